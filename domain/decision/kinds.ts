import type { CaseState, ImposedStep } from '../case/state.ts';
import { invariant } from '../errors.ts';
import type { Calculation, ChargeInput } from '../law/calculation.ts';
import { rungOf } from '../law/pin.ts';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import type { Rung } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import {
  type DecisionBasis,
  evidenceOf,
  ledgerOf,
  noticesOf,
  type PassedGate,
  recordDecision,
  sanctionWindows,
} from './build.ts';
import type { DecisionAmount, DecisionInputs, DecisionRecord, SettledDecision } from './record.ts';
import {
  dismissedWords,
  imposedWords,
  proposedWords,
  restoredWords,
  type Subject,
  settledWords,
  warningWords,
} from './words.ts';

type Basis = Omit<DecisionBasis, 'kind'>;

/** A charge as it was computed, on the ledger that was read. */
export interface ChargeMade {
  snapshot: LedgerSnapshot;
  input: ChargeInput;
  calculation: Calculation;
  /** The decision's part of the case's entry afterwards; absent when it took nothing. */
  entry: CaseEntry | null;
}

/** The record of a confirmed violation and its warning (rules A3, A8, B4, C11). `basis.state` has the law that was pinned. */
export function warningRecord(
  basis: Basis & { rung: Rung },
  facts: {
    gate: PassedGate;
    snapshot: LedgerSnapshot;
    sanctions: Sanction[];
    recurrence: NonNullable<DecisionInputs['recurrence']>;
    announced: Rung;
    step: ImposedStep;
  },
): DecisionRecord {
  const { gate, snapshot, sanctions, recurrence, announced, step } = facts;
  const { occurredAtMs } = recurrence.input;
  return recordDecision(
    { ...basis, kind: 'imposed' },
    {
      occurredAtMs,
      severity: recurrence.severity,
      words: warningWords(
        { ...subjectOf(basis.state), severity: recurrence.severity },
        {
          groups: gate.groups,
          resources: gate.earning,
          earlier: recurrence.found.counted,
          announced,
        },
      ),
      evidence: evidenceOf(gate),
      windows: {
        graceMs: announced.graceBeforeMs,
        answerWindowMs: announced.answerWindowMs,
        disputeUntilMs: step.finalDueAtMs,
      },
      inputs: { ledger: ledgerOf(snapshot), sanctions, gate: gate.asked, recurrence },
    },
  );
}

/** The record of a proposed rung: its draft, what is held, and what people need to decide (rules D7, E2). */
export function proposedRecord(
  basis: Basis & { rung: Rung },
  facts: {
    gate: PassedGate;
    noticeIds: string[];
    charge: ChargeMade;
    sanctions: Sanction[];
    proposal: NonNullable<CaseState['proposal']>;
    draft: Record<string, unknown>;
  },
): DecisionRecord {
  const { state, rung, decisionId } = basis;
  const { gate, charge, proposal, sanctions, draft } = facts;
  const amount = amountOf(state, charge, decisionId);
  const { groups, earning } = gate;
  return recordDecision(
    { ...basis, kind: 'proposed' },
    {
      words: proposedWords(subjectOf(state), { rung, groups, earning, amount }),
      evidence: evidenceOf(gate),
      notices: noticesOf(state, facts.noticeIds),
      windows: {
        graceMs: rung.graceBeforeMs,
        answerWindowMs: rung.answerWindowMs,
        notBeforeAtMs: proposal.windowEndsAtMs,
        lapsesAtMs: proposal.lapsesAtMs,
      },
      people: {
        proposedBy: proposal.proposedBy,
        draftHash: proposal.draftHash,
        approvals: [],
        veto: null,
      },
      calculation: charge.calculation.lines,
      amount,
      inputs: { ...inputsOf(charge), sanctions, gate: gate.asked, draft },
    },
  );
}

/** The record of an imposed rung above the warning (rules A8, D7). */
export function imposedRecord(
  basis: Basis & { rung: Rung },
  facts: {
    gate: PassedGate;
    noticeIds: string[];
    charge: ChargeMade;
    sanctions: Sanction[];
    sanction: Sanction;
    step: ImposedStep;
  },
): DecisionRecord {
  const { state, rung, decisionId } = basis;
  const { gate, charge, sanction, sanctions, step } = facts;
  const { groups, earning } = gate;
  const amount = amountOf(state, charge, decisionId);
  const approvals = state.proposal?.approvals.length ?? 0;
  return recordDecision(
    { ...basis, kind: 'imposed' },
    {
      words: imposedWords(subjectOf(state), { rung, groups, earning, amount, sanction, approvals }),
      evidence: evidenceOf(gate),
      notices: noticesOf(state, facts.noticeIds),
      windows: {
        graceMs: rung.graceBeforeMs,
        answerWindowMs: rung.answerWindowMs,
        disputeUntilMs: step.finalDueAtMs,
        ...sanctionWindows(sanction),
      },
      calculation: charge.calculation.lines,
      amount,
      sanction,
      inputs: { ...inputsOf(charge), sanctions, gate: gate.asked },
    },
  );
}

/** The record of a dismissal (rule E4). */
export function dismissedRecord(basis: Basis): DecisionRecord {
  const { proposal } = basis.state;
  const persons = proposal?.approvals.map(({ person }) => person) ?? [];
  const both = [...(proposal?.proposedBy ? [proposal.proposedBy] : []), ...persons];
  return recordDecision(
    { ...basis, kind: 'dismissed' },
    { words: dismissedWords(subjectOf(basis.state), proposal?.reason ?? 'no reason', both) },
  );
}

/** The record of what became final and of a probation that ended (rules C6, D7). */
export function settledRecord(
  basis: Basis,
  facts: {
    final: ImposedStep[];
    isProbationOver: boolean;
    snapshot: LedgerSnapshot;
    sanction: Sanction | null;
  },
): DecisionRecord {
  const settled: SettledDecision[] = facts.final.map((step) => ({
    decisionId: step.decisionId,
    rung: step.rung,
    units: BigInt(step.chargedUnits),
    finalDueAtMs: step.finalDueAtMs,
  }));
  return recordDecision(
    { ...basis, kind: 'settled' },
    {
      words: settledWords(subjectOf(basis.state), settled, facts.isProbationOver),
      settled,
      sanction: facts.sanction,
      inputs: { ledger: ledgerOf(facts.snapshot) },
    },
  );
}

/** The record of restored access: all that its gate asks for (rule C4). */
export function restoredRecord(
  basis: Basis,
  facts: { sanction: Sanction; sanctions: Sanction[]; snapshot: LedgerSnapshot },
): DecisionRecord {
  const { state } = basis;
  invariant(state.law !== null && state.rung !== null, 'Only an imposed rung is restored.');
  const rung = rungOf(state.law, state.rung);
  const passed = state.findings.filter(({ result }) => result === 'pass');
  const auditors = passed.map(({ auditor }) => auditor);
  const { remediation, appeal, findings, checks } = state;
  return recordDecision(
    { ...basis, rung, kind: 'restored' },
    {
      words: restoredWords(subjectOf(state), rung, auditors),
      windows: { probationUntilMs: facts.sanction.probationUntilMs },
      sanction: facts.sanction,
      restoration: { remediation, appeal, findings, checks },
      inputs: { ledger: ledgerOf(facts.snapshot), sanctions: facts.sanctions },
    },
  );
}

function inputsOf({ snapshot, input, calculation }: ChargeMade): Partial<DecisionInputs> {
  const { law: _pinned, participant, ...rest } = input;
  // How a participant is reached has no part in what it is charged.
  const { endpoint: _endpoint, ...known } = participant;
  const charge = { input: { ...rest, participant: known }, calculation };
  return { ledger: ledgerOf(snapshot), charge };
}

/** The money of a decision as the ledger has it afterwards. */
function amountOf(state: CaseState, charge: ChargeMade, decisionId: string): DecisionAmount {
  const part = charge.entry?.parts.find((one) => one.decisionId === decisionId);
  const money = part?.status === 'held' || part?.status === 'pending' ? part.status : 'none';
  const [fromRewardsUnits, fromStakeUnits] = [part?.rewardUnits ?? 0n, part?.stakeUnits ?? 0n];
  return {
    asset: state.law?.asset ?? '',
    units: fromRewardsUnits + fromStakeUnits,
    fromRewardsUnits,
    fromStakeUnits,
    money,
  };
}

function subjectOf(state: CaseState): Subject {
  return {
    participantId: state.participantId,
    violationType: state.violationType,
    severity: state.severity,
    harm: state.law?.guidance.impact ?? '',
  };
}
