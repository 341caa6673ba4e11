import type { Sha256 } from '../audit/chain.ts';
import { canonicalJson } from '../canonical-json.ts';
import { mayBeImposed, restorationComplete } from '../case/outlook.ts';
import type { CaseState, PinnedLaw } from '../case/state.ts';
import { calculateCharge } from '../law/calculation.ts';
import { judge } from '../law/gate.ts';
import { joinPassed } from '../law/joined-verdict.ts';
import { multiplierBpsFor, type Recurrence, startOf } from '../law/ladder.ts';
import { rungOf, windowMs } from '../law/pin.ts';
import { countRecurrence } from '../law/recurrence.ts';
import { minUnits } from '../money.ts';
import { lawHashOf } from './build.ts';
import { differs } from './differs.ts';
import { reviewingFaults } from './recompute-reviews.ts';
import type { Decision, RecurrenceInput } from './record.ts';

/** Counts earlier cases from what the record keeps (rules C6, C11). */
export function recurrenceOf(law: PinnedLaw, input: RecurrenceInput): Recurrence {
  const { entries, caseId, family, occurredAtMs, sanctions, nowMs } = input;
  return countRecurrence(law, entries, caseId, family, occurredAtMs, sanctions, nowMs);
}

/**
 * Decides again from a record's inputs and says where the record differs, one sentence each; empty when every verdict, amount, count and
 * consent comes out as it was (invariants H4, H8). `law` is the pinned law that the record names by its hash.
 */
export function recompute(decision: Decision, law: PinnedLaw, sha256: Sha256): string[] {
  const found = lawHashOf(law, sha256);
  if (found !== decision.law.lawHash)
    return [`the law has hash ${found}, the record was made under ${decision.law.lawHash}`];
  return [
    ...gateFaults(decision, law),
    ...recurrenceFaults(decision, law),
    ...chargeFaults(decision, law),
    ...consentFaults(decision, law, sha256),
    ...restorationFaults(decision, law),
    ...settlementFaults(decision),
    ...reviewingFaults(decision, law),
  ];
}

/** Whether all that the gate saw is there: very long lists are cut. */
export function isCut(decision: Decision, list: 'heads' | 'movements'): boolean {
  return decision.inputs.cut.some((cut) => (cut.list === 'heads') === (list === 'heads'));
}

function gateFaults(decision: Decision, pinned: PinnedLaw): string[] {
  const { gate } = decision.inputs;
  if (gate === null || isCut(decision, 'heads')) return [];
  const law = gate.law ?? pinned;
  const faults: string[] = [];
  const verdicts = gate.questions.map(({ noticeId, named, verdict }) => {
    const again = judge({ ...gate.input, law, named });
    const about = noticeId === null ? 'the gate' : `the gate on notice ${noticeId}`;
    faults.push(...differs(about, again, verdict));
    return { noticeId: noticeId ?? '', ...again };
  });
  const { evidence, decidedAtMs, occurredAtMs, inputs } = decision;
  if (gate.input.nowMs !== decidedAtMs) faults.push('the gate was asked at another instant');
  const joined = joinPassed(verdicts);
  if (joined.noticeIds.length === 0) return [...faults, 'the gate did not pass'];
  const earning = new Set(joined.earning);
  if (evidence?.earning.some((id) => !earning.has(id)) !== false)
    faults.push('a resource is named that did not earn the rung');
  faults.push(...differs('the confirming groups', joined.groups, evidence?.groups));
  if (inputs.recurrence !== null)
    faults.push(...differs('occurredAt', joined.occurredAtMs, occurredAtMs));
  else faults.push(...windowFaults(decision, pinned));
  return faults;
}

/** Rules A7, A8: no rung above the warning before its windows have run from a served notice. */
function windowFaults({ kind, rung, notices, decidedAtMs }: Decision, law: PinnedLaw): string[] {
  if (kind !== 'imposed' || rung === null) return [];
  const neededMs = windowMs(rungOf(law, rung));
  const isRun = notices.some(
    ({ servedAtMs, frozenMs }) =>
      servedAtMs !== null && decidedAtMs - servedAtMs - frozenMs >= neededMs,
  );
  return isRun ? [] : [`no notice of ${rung} was served ${neededMs} ms before`];
}

function recurrenceFaults({ inputs, occurredAtMs }: Decision, law: PinnedLaw): string[] {
  if (inputs.recurrence === null) return [];
  const { input, severity, found, start } = inputs.recurrence;
  const again = recurrenceOf(law, input);
  return [
    ...differs('the count of earlier cases', again, found),
    ...differs('the start', startOf(law, severity, again), start),
    ...differs('the instant of the count', input.occurredAtMs, occurredAtMs),
  ];
}

function chargeFaults(decision: Decision, law: PinnedLaw): string[] {
  const { charge } = decision.inputs;
  if (charge === null || isCut(decision, 'movements')) return [];
  const { input, calculation } = charge;
  const again = calculateCharge({ ...input, law });
  const faults = [
    ...differs('the calculation', again, calculation),
    ...differs('the lines of the calculation', again.lines, decision.calculation),
    ...differs('the rung', input.rung, rungOf(law, input.rung.id)),
    ...differs('the instant of the calculation', input.nowMs, decision.decidedAtMs),
    ...differs('the fault time', input.occurredAtMs, decision.occurredAtMs),
    ...differs('the charged resources', input.earning, decision.evidence?.earning),
  ];
  const { startRung, multiplierBps, proposal } = decision.inputs.case;
  if (startRung !== null) {
    const due = multiplierBpsFor({ rung: startRung, multiplierBps }, input.rung.id);
    faults.push(...differs('the multiplier', due, input.multiplierBps));
  }
  // Rule E2: between proposal and imposition an amount may only fall.
  const isDraft = decision.kind === 'imposed' && proposal?.kind === 'rung';
  const most = isDraft ? BigInt(proposal.heldUnits) : again.chargeUnits;
  const units = minUnits(again.chargeUnits, most);
  faults.push(...differs('the amount', units, decision.amount?.units));
  if (!isDraft) {
    faults.push(
      ...differs(
        'the part from rewards',
        again.fromRewardsUnits,
        decision.amount?.fromRewardsUnits,
      ),
    );
  }
  return faults;
}

/** Rules E2, E3, E4: the consent that a decision needs, and the draft that it names. */
function consentFaults(decision: Decision, law: PinnedLaw, sha256: Sha256): string[] {
  const { kind, inputs, people } = decision;
  const state: CaseState = { ...inputs.case, law };
  const { proposal } = state;
  if (kind === 'proposed')
    return differs('the draft’s hash', sha256(canonicalJson(inputs.draft)), people.draftHash);
  if (kind === 'imposed' && proposal?.kind === 'rung')
    return mayBeImposed(state) ? [] : ['the people had not agreed to impose it'];
  if (kind !== 'dismissed') return [];
  const persons = new Set(people.approvals.map(({ person }) => person));
  if (people.proposedBy !== null) persons.add(people.proposedBy);
  return persons.size >= 2 ? [] : ['fewer than two persons agreed to dismiss'];
}

function restorationFaults(decision: Decision, law: PinnedLaw): string[] {
  if (decision.kind !== 'restored') return [];
  const state: CaseState = { ...decision.inputs.case, law };
  const faults: string[] = [];
  if (!restorationComplete(state)) faults.push('the people had not done what restoration needs');
  if (state.checks?.passed !== true) faults.push('the system checks had not passed');
  if (decision.decidedAtMs < (state.suspendedUntilMs ?? 0))
    faults.push('the minimum suspension was not over');
  return faults;
}

function settlementFaults({ settled, decidedAtMs, inputs }: Decision): string[] {
  return settled.flatMap(({ decisionId, finalDueAtMs, units }) => {
    const step = inputs.case.imposed.find((one) => one.decisionId === decisionId);
    if (step === undefined) return [`${decisionId} was never imposed`];
    return [
      ...(finalDueAtMs > decidedAtMs ? [`${decisionId} became final before its term`] : []),
      ...differs(`the amount of ${decisionId}`, step.chargedUnits, units.toString()),
    ];
  });
}
