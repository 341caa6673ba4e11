import { sanctionAfterFall, stepsAfter, wholeFallen } from '../case/falling.ts';
import { newCaseState } from '../case/open.ts';
import { recomputed } from '../case/recomputing.ts';
import type { CaseState, ImposedStep, PinnedLaw } from '../case/state.ts';
import type { LedgerSnapshot, Transfer } from '../ledger/accounts.ts';
import { creditReward, deposit } from '../ledger/bookings.ts';
import { emptyBalances } from '../ledger/conservation.ts';
import { dependentsOf, overturnCase, restateCase } from '../ledger/inverse.ts';
import { applyMove, entryOf, type LedgerMove } from '../ledger/move.ts';
import { chargeAutomatic, finalise, openCaseEntry, recordServed } from '../ledger/moves.ts';
import type { Participant } from '../participant.ts';
import type { Sanction } from '../sanction.ts';
import { type Family, type RungId, rungOrder, type Severity } from '../violation.ts';
import { type Calculation, calculateCharge, rewardCutBpsFor } from './calculation.ts';
import { effectiveSeverity, multiplierBpsFor, nextRung, startOf } from './ladder.ts';
import { rungOf } from './pin.ts';
import { countRecurrence } from './recurrence.ts';
import { basisOf, restated } from './restating.ts';
import { aLedger, aParticipant, aSanction, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

/** One case of a history: when its fault was, what it was, and how often it climbed before it was corrected. */
export interface Told {
  family: Family;
  severity: Severity;
  afterDays: number;
  climbs: number;
  /** How many of its decisions have become final. */
  final: number;
  nodes: number;
}

const NODES = 4;

/** What a planted bug may replace of what happens when a case falls. */
export const FALL_LAWS = {
  count: countRecurrence,
  overturn: overturnCase,
  restated,
  restate: restateCase,
  sanctionAfter: sanctionAfterFall,
};

export type FallLaws = typeof FALL_LAWS;

/** Which decision a charge is of. */
export interface Charged {
  caseId: string;
  decisionId: string;
  rung: RungId;
  atMs: number;
  finalDueAtMs: number;
}

/** A participant with cases one after the other, each lifted by those before it, and what becomes of them when one falls. */
export class FallingCases {
  ledger: LedgerSnapshot;
  readonly cases = new Map<string, CaseState>();
  readonly sanctions = new Map<string, Sanction>();
  readonly transfers: Transfer[] = [];
  protected atMs = T0;
  protected participant: Participant = aParticipant(NODES);
  protected readonly laws: FallLaws;

  constructor(stakeUnits: bigint, rewardUnits: bigint, laws: Partial<FallLaws> = {}) {
    this.laws = { ...FALL_LAWS, ...laws };
    this.ledger = { ...aLedger(0n), balances: emptyBalances(), deposits: [] };
    const first = { transferId: 'in', units: stakeUnits, atMs: T0 - DAY_MS };
    this.move(deposit(this.ledger, first));
    if (rewardUnits === 0n) return;
    const earned = { earnedAtMs: T0 - 2, atMs: T0 - 2, cuts: [] };
    const reward = { transferId: 'r', units: rewardUnits, ...earned };
    this.move(creditReward(this.ledger, reward));
  }

  protected move(move: LedgerMove): void {
    this.ledger = applyMove(this.ledger, move);
    this.transfers.push(...move.transfers);
  }

  protected lawFor(family: Family): PinnedLaw {
    return lawOf(family);
  }

  /** Lives one case through: warning, the rungs it climbs to, and probation. */
  live(told: Told): string {
    const caseId = `c${this.cases.size + 1}`;
    this.atMs += told.afterDays * DAY_MS + 1;
    let state = this.opened(caseId, told);
    const atMs = this.atMs;
    let rung: RungId = 'W';
    for (let climb = 0; climb < told.climbs; climb += 1) {
      const next = nextRung(this.lawFor(told.family), rung, told.severity, state.startRung ?? 'W');
      if (next === null) break;
      rung = next;
      state = this.imposed(state, told, rung);
    }
    for (const step of state.imposed.slice(1, 1 + told.final)) state = this.final(state, step);
    this.cases.set(caseId, { ...state, stage: 'ended', outcome: 'reinstated', endedAtMs: atMs });
    if (state.rung !== 'W') this.sanctions.set(caseId, this.sanctionFor(state));
    return caseId;
  }

  protected opened(caseId: string, { family, severity }: Told): CaseState {
    const law = this.lawFor(family);
    const occurredAtMs = this.atMs;
    const sanctions = [...this.sanctions.values()];
    const { cases } = this.ledger;
    const recurrence = this.laws.count(
      law,
      cases,
      caseId,
      family,
      occurredAtMs,
      sanctions,
      occurredAtMs,
    );
    const start = startOf(law, severity, recurrence);
    const violationType = 'any';
    const opening = { caseId, family, violationType, severity, occurredAtMs };
    this.move(openCaseEntry(this.ledger, opening));
    this.move(recordServed(this.ledger, caseId, 'W'));
    const fresh = newCaseState({
      networkId: 'main',
      caseId,
      participantId: 'p-1',
      violationType,
      controlGroup: 'group-p-1',
      severity,
      openedAtMs: occurredAtMs,
      confirmAtMs: occurredAtMs,
    });
    const warning: ImposedStep = {
      decisionId: `${caseId}-W`,
      rung: 'W',
      imposedAtMs: occurredAtMs,
      chargedUnits: '0',
      finalDueAtMs: occurredAtMs,
      money: 'none',
    };
    return {
      ...fresh,
      law,
      occurredAtMs,
      recurrence,
      startRung: start.rung,
      multiplierBps: start.multiplierBps,
      rung: 'W',
      imposed: [warning],
    };
  }

  protected imposed(state: CaseState, told: Told, rung: RungId): CaseState {
    const { caseId, severity } = state;
    const law = this.lawFor(told.family);
    const earning = Array.from({ length: told.nodes }, (_, index) => `node-${index + 1}`);
    const start = { rung: state.startRung ?? 'W', multiplierBps: state.multiplierBps };
    const calculation = calculateCharge({
      law,
      rung: rungOf(law, rung),
      multiplierBps: multiplierBpsFor(start, rung),
      severity,
      participant: this.participant,
      earning,
      snapshot: this.ledger,
      caseId,
      occurredAtMs: state.occurredAtMs ?? this.atMs,
      nowMs: this.atMs,
    });
    const decisionId = `${caseId}-${rung}`;
    const decision = { caseId, decisionId, rung, atMs: this.atMs, finalDueAtMs: this.atMs };
    const chargedUnits = this.charge(decision, calculation);
    const step: ImposedStep = {
      decisionId,
      rung,
      imposedAtMs: this.atMs,
      chargedUnits: chargedUnits.toString(),
      finalDueAtMs: this.atMs,
      money: chargedUnits > 0n ? 'pending' : 'none',
      basis: basisOf(calculation, { severity, earning, byPerson: false }),
    };
    return { ...state, rung, imposed: [...state.imposed, step] };
  }

  /** Books what a decision charges, and says how much that was. */
  protected charge(decision: Charged, amount: Calculation): bigint {
    this.move(chargeAutomatic(this.ledger, { ...decision, amount }));
    return amount.chargeUnits;
  }

  protected final(state: CaseState, step: ImposedStep): CaseState {
    const { caseId } = state;
    if (step.money === 'pending') {
      const ref = { caseId, decisionId: step.decisionId, atMs: this.atMs };
      this.move(finalise(this.ledger, ref));
    }
    const done = { ...step, money: 'final' as const };
    return { ...state, imposed: state.imposed.map((old) => (old === step ? done : old)) };
  }

  private sanctionFor(state: CaseState): Sanction {
    const { caseId, law, rung } = state;
    if (!law || !rung) throw new Error('Only an imposed rung sanctions.');
    const { probationMs } = rungOf(law, rung);
    const severity = effectiveSeverity(law.family, state.severity);
    return aSanction(caseId, {
      family: law.family,
      rung,
      sinceMs: this.atMs,
      probationUntilMs: this.atMs + probationMs,
      rewardCutBps: rewardCutBpsFor(rungOf(law, rung), severity),
    });
  }

  /** Overturns a case, and tells those that it had lifted, and those that they had lifted, in the order that `pick` says. */
  overturn(caseId: string, pick: (of: number) => number): void {
    const waiting = this.later(caseId);
    const review = { caseId, reviewId: 'x1', atMs: this.atMs };
    const state = this.state(caseId);
    const move = this.laws.overturn(this.ledger, review);
    const entry = move.entry ?? entryOf(this.ledger, caseId);
    const imposed = stepsAfter(state, entry, () => null, 'void');
    const after = wholeFallen(state, imposed, this.atMs);
    this.move(this.withCuts(move, { ...review, after }));
    this.become(after);
    while (waiting.length > 0) {
      const [next = ''] = waiting.splice(pick(waiting.length), 1);
      waiting.push(...this.recompute(next));
    }
  }

  /** A fall with what the case had cut from rewards; these cases have cut nothing. */
  protected withCuts(
    move: LedgerMove,
    _fall: { reviewId: string; after: CaseState; atMs: number },
  ): LedgerMove {
    return move;
  }

  private later(caseId: string): string[] {
    const { law } = this.state(caseId);
    const windowMs = law?.recurrenceWindowMs ?? 0;
    return dependentsOf(this.ledger, caseId, windowMs).map((entry) => entry.caseId);
  }

  private recompute(caseId: string): string[] {
    const state = this.state(caseId);
    const { law, occurredAtMs } = state;
    if (!law || occurredAtMs === null || state.outcome === 'dismissed') return [];
    const sanctions = [...this.sanctions.values()];
    const { cases } = this.ledger;
    const now = this.laws.restated(
      state,
      this.laws.count(law, cases, caseId, law.family, occurredAtMs, sanctions, this.atMs),
    );
    if (!now) return [];
    const reviewId = `after-${this.ledger.version}`;
    const restatement = { caseId, parts: now.parts, reviewId, atMs: this.atMs };
    const move = this.laws.restate(this.ledger, restatement);
    const rungs = new Map(now.parts.map((part) => [part.decisionId, part.rung]));
    const rungAfter = (step: ImposedStep) => rungs.get(step.decisionId) ?? step.rung;
    const imposed = stepsAfter(
      state,
      move.entry ?? entryOf(this.ledger, caseId),
      rungAfter,
      'void',
    );
    const next = recomputed(state, imposed, now, this.atMs);
    const isLower = rungOrder(next.rung ?? 'W') < rungOrder(state.rung ?? 'W');
    const fall = { reviewId, after: next, atMs: this.atMs };
    const money = isLower ? this.withCuts(move, fall) : move;
    const entry = { ...entryOf(this.ledger, caseId), ...money.entry, servedRung: next.rung };
    this.move({ ...money, entry });
    this.become(next);
    return this.later(caseId);
  }

  private become(state: CaseState): void {
    this.cases.set(state.caseId, state);
    const own = this.sanctions.get(state.caseId);
    if (own) this.sanctions.set(state.caseId, this.laws.sanctionAfter(state, own, this.atMs));
  }

  protected state(caseId: string): CaseState {
    const state = this.cases.get(caseId);
    if (!state) throw new Error(`There is no case ${caseId}.`);
    return state;
  }
}
