import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import type { Calculation } from '../domain/law/calculation.ts';
import { nextRung } from '../domain/law/ladder.ts';
import { rungOf } from '../domain/law/pin.ts';
import { cutsOn } from '../domain/law/reward-cut.ts';
import { type Charged, FALL_LAWS, FallingCases, type FallLaws } from '../domain/law/test-falls.ts';
import { aParticipant, DAY_MS, lawOf, T0 } from '../domain/law/test-fixtures.ts';
import { creditReward, deposit, payRewards } from '../domain/ledger/bookings.ts';
import { entryOf, type LedgerMove, still, toLedgerChange } from '../domain/ledger/move.ts';
import { chargeAutomatic, holdForProposal, imposeHeld } from '../domain/ledger/moves.ts';
import { beginExit } from '../domain/ledger/withdrawals.ts';
import { reputationsOf } from '../domain/reputation/track.ts';
import { barredUntil, isBarring } from '../domain/sanction.ts';
import type { Family, RungId } from '../domain/violation.ts';
import { sanctionOf } from './impose-rung.ts';
import { withFinalReputation, withReputation } from './reputation.ts';
import { withCutsReturned } from './returned-cuts.ts';
import type { TracedCase, TracedReward, TracedStory } from './test-trace-stories.ts';

/** What a planted bug may replace of what a case leaves behind. */
export const TRACE_LAWS = {
  ...FALL_LAWS,
  cutsReturned: withCutsReturned,
  reputations: reputationsOf,
};

export type TraceLaws = typeof TRACE_LAWS;

/** When the story is judged: everything before has happened. */
export const JUDGED_DAY = 100;

/**
 * One participant whose cases overlap in time: they climb day by day, suspend, cut the rewards credited meanwhile, leave marks, give access
 * back, and fall. What moves is moved by the functions of the steps themselves.
 */
export class TracedLife extends FallingCases {
  readonly traceLaws: TraceLaws;
  private readonly story: TracedStory;

  constructor(story: TracedStory, laws: Partial<TraceLaws> = {}) {
    super(story.stake, 0n, laws as Partial<FallLaws>);
    this.traceLaws = { ...TRACE_LAWS, ...laws };
    this.story = story;
    this.participant = aParticipant(story.capacities.length);
    this.participant.resources.forEach((resource, index) => {
      resource.capacity = story.capacities[index] ?? 1;
    });
    this.toDay(-2);
    if (story.exitPart > 0n) this.exit(story.stake / story.exitPart);
  }

  /** Lets everything happen that does before a day, but for the case that never was. */
  untilDay(day: number, never?: string): void {
    const { cases, rewards, deposits } = this.story;
    const happens: [day: number, run: () => void][] = [];
    rewards.forEach((reward, index) => {
      const { earnedDay, lateDays } = reward;
      happens.push([earnedDay + lateDays, () => this.reward(`r${index}`, reward)]);
    });
    deposits.forEach(({ units, day: at }, index) => {
      happens.push([at, () => this.move(deposit(this.ledger, this.booking(`d${index}`, units)))]);
    });
    [...cases].forEach(([caseId, told], index) => {
      if (caseId === never) return;
      // Two faults of the same instant are not before one another; here each has its own.
      const openDay = told.openDay + index / 1_000;
      happens.push([openDay, () => this.open(caseId, told)]);
      for (let climb = 1; climb <= told.climbs; climb += 1)
        happens.push([
          openDay + climb * told.everyDays,
          () => this.climb(caseId, told, climb === told.climbs),
        ]);
      const backDay = openDay + told.climbs * told.everyDays + told.restDays;
      happens.push([backDay, () => this.giveBack(caseId)]);
    });
    happens.sort(([a], [b]) => a - b);
    for (const [at, run] of happens) {
      if (at >= day) break;
      this.toDay(at);
      run();
    }
    this.toDay(day);
  }

  get nowMs(): number {
    return this.atMs;
  }

  get participantId(): string {
    return this.participant.participantId;
  }

  /** A case begins: it confirms and warns. */
  open(caseId: string, told: TracedCase): void {
    this.cases.set(caseId, this.opened(caseId, told));
  }

  /** The next rung comes, if there is one. */
  climb(caseId: string, told: TracedCase, isLast: boolean): void {
    const state = this.state(caseId);
    if (state.stage === 'ended' || !state.law || !state.rung) return;
    const rung = nextRung(state.law, state.rung, told.severity, state.startRung ?? 'W');
    if (rung === null) return;
    const isDraft = isLast && told.isDraft && rung.startsWith('S');
    this.way = isDraft ? 'draft' : told.isHalved ? 'half' : 'whole';
    const after = this.imposed(state, told, rung);
    if (!isDraft) this.impose(after, rung);
  }

  /** The first decisions of a case become final: as many as the story says, and the reputation's marks with them (rule D7). */
  settle(caseId: string): void {
    const told = this.story.cases.get(caseId);
    let state = this.state(caseId);
    const due = state.imposed.filter(({ rung }) => rung !== 'W').slice(0, told?.final ?? 0);
    for (const step of due) state = this.final(state, step);
    this.cases.set(caseId, state);
    const unmoved = still(this.ledger, entryOf(this.ledger, caseId));
    const change = toLedgerChange(this.ledger, unmoved);
    const settled = { caseId, final: due, nowMs: this.atMs };
    this.move({ ...unmoved, entry: withFinalReputation(this.ledger, change, settled).entry });
  }

  /** A reward is booked now, with what the cases cut of it (rule C3). */
  credit(transferId: string, units: bigint, earnedAtMs: number): void {
    const reward = { earnedAtMs, creditedAtMs: this.atMs };
    const cuts = cutsOn(reward, [...this.sanctions.values()], this.ledger.cases);
    const booking = { ...this.booking(transferId, units), earnedAtMs, cuts };
    this.move(creditReward(this.ledger, booking));
  }

  /** Everything that is unpaid is paid out. */
  payOut(): void {
    const units = this.ledger.balances.rewardsUnpaid;
    if (units > 0n) this.move(payRewards(this.ledger, this.booking('out', units)));
  }

  override lawFor(family: Family): PinnedLaw {
    const law = lawOf(family);
    const { slash, cut, cap, window } = this.story.policy;
    const scaled = (bps: number, hundredths: number) =>
      Math.min(10_000, Math.floor((bps * hundredths) / 100));
    return {
      ...law,
      capBps: scaled(law.capBps, cap),
      recurrenceWindowMs: Math.floor((law.recurrenceWindowMs * window) / 100),
      rungs: law.rungs.map((rung) => ({
        ...rung,
        slashBps: scaled(rung.slashBps, slash),
        rewardCutBps: scaled(rung.rewardCutBps, cut),
      })),
    };
  }

  private way: 'whole' | 'half' | 'draft' = 'whole';

  protected override charge(decision: Charged, amount: Calculation): bigint {
    const { rung } = decision;
    if (!rung.startsWith('S')) {
      this.move(chargeAutomatic(this.ledger, { ...decision, amount }));
      return amount.chargeUnits;
    }
    this.move(holdForProposal(this.ledger, { ...decision, amount }));
    if (this.way === 'draft') return amount.chargeUnits;
    const chargeUnits = this.way === 'half' ? amount.chargeUnits / 2n : amount.chargeUnits;
    this.move(imposeHeld(this.ledger, { ...decision, chargeUnits }));
    return chargeUnits;
  }

  protected override withCuts(
    move: LedgerMove,
    fall: { reviewId: string; after: CaseState; atMs: number },
  ): LedgerMove {
    const own = this.sanctions.get(fall.after.caseId);
    const sanction = own ? this.traceLaws.sanctionAfter(fall.after, own, fall.atMs) : null;
    return this.traceLaws.cutsReturned(this.ledger, move, { ...fall, sanction });
  }

  private impose(state: CaseState, id: RungId): void {
    const { caseId, law } = state;
    const step = state.imposed.at(-1);
    if (!law || !step) throw new Error('Only an imposed rung sanctions.');
    const rung = rungOf(law, id);
    const isExcluded = rung.suspension.kind === 'exclusion';
    const own = this.sanctions.get(caseId) ?? null;
    this.sanctions.set(caseId, sanctionOf(state, rung, own, this.atMs));
    const unmoved = still(this.ledger, entryOf(this.ledger, caseId));
    const change = toLedgerChange(this.ledger, unmoved);
    const { entry } = withReputation(this.ledger, change, { state, rung, imposed: step });
    this.move({ ...unmoved, entry });
    this.cases.set(
      caseId,
      isExcluded
        ? { ...state, stage: 'ended', outcome: 'excluded', endedAtMs: this.atMs }
        : { ...state, stage: 'correcting' },
    );
  }

  /** Access returns by the gate: the episode ends in probation, unless it excluded. */
  private giveBack(caseId: string): void {
    const state = this.state(caseId);
    if (state.stage === 'ended' || !state.law || !state.rung) return;
    const own = this.sanctions.get(caseId);
    const outcome = own ? 'reinstated' : 'corrected';
    const probationUntilMs = own ? this.atMs + rungOf(state.law, state.rung).probationMs : null;
    this.cases.set(caseId, {
      ...state,
      stage: 'ended',
      outcome,
      endedAtMs: this.atMs,
      // Mended at once; what followed was the gate (ADR 0026).
      correctedAtMs: state.imposed.at(-1)?.imposedAtMs ?? this.atMs,
      probationUntilMs,
    });
    if (!own || !isBarring(own)) return;
    const barred = barredUntil(own, this.atMs);
    const probation = { access: 'probation' as const, sinceMs: this.atMs, probationUntilMs };
    // "All, then 50 %": the cut's own term begins with the return (rules C3, §G).
    const untilMs = this.atMs + (own.rewardCutAfterMs ?? 0);
    const rewardCutUntilMs = Math.max(own.rewardCutUntilMs ?? 0, untilMs);
    this.sanctions.set(caseId, { ...own, ...probation, barred, rewardCutUntilMs });
  }

  private reward(transferId: string, { units, earnedDay }: TracedReward): void {
    this.credit(transferId, units, T0 + earnedDay * DAY_MS);
  }

  private exit(units: bigint): void {
    if (units === 0n) return;
    const requested = { externalRef: 'w1', requestedAtMs: this.atMs, units };
    const dueAtMs = this.atMs + 28 * DAY_MS;
    this.move(beginExit(this.ledger, { withdrawalId: 'w1', ...requested, dueAtMs }));
  }

  private booking(transferId: string, units: bigint) {
    return { transferId, units, atMs: this.atMs };
  }

  private toDay(day: number): void {
    this.atMs = T0 + Math.round(day * DAY_MS);
  }
}
