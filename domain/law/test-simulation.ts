import { noticeServed } from '../case/announcing.ts';
import { ended } from '../case/ending.ts';
import { newCaseState } from '../case/open.ts';
import { type Due, nextDue } from '../case/outlook.ts';
import type { CaseState } from '../case/state.ts';
import { creditReward, deposit, payRewards } from '../ledger/bookings.ts';
import { returnWithheld } from '../ledger/cuts.ts';
import { reduceCase } from '../ledger/inverse.ts';
import { beginExit, cancelExit, leave } from '../ledger/withdrawals.ts';
import { standingOf } from '../sanction.ts';
import type { RungId } from '../violation.ts';
import { cutsOn } from './reward-cut.ts';
import { act, reassess, refuse } from './test-engine.ts';
import { defaultPolicy, HOUR_MS, T0 } from './test-fixtures.ts';
import { isBarred } from './test-sanctions.ts';
import { type Laws, REPEAT_MS, type Setup, World } from './test-world.ts';

/** What happens in the model's world. `source`, `type` and `node` are 0 or 1, `person` is 0 to 2. */
export type Command =
  | { do: 'fire' | 'clear'; source: number; type: number; node: number }
  | { do: 'wait'; hours: number }
  | { do: 'serve' }
  | { do: 'probe'; mode: 'honest' | 'blind' | 'healthy' }
  | { do: 'backlog'; waiting: boolean }
  | { do: 'deposit' | 'reward'; units: bigint }
  | { do: 'withdraw' | 'pay-out'; parts: number }
  | { do: 'stay' }
  | CaseCommand;

/** What people do in the latest case of a type. */
type CaseCommand =
  | { do: 'approve'; type: number; person: number }
  | { do: 'veto' | 'remedy' | 'overturn'; type: number }
  | { do: 'find'; type: number; person: number; result: 'pass' | 'fail' }
  | { do: 'reduce'; type: number; toRung: RungId };

/** Governors, two of them of one organisation. */
const PEOPLE = [
  { person: 'ada', organisation: 'north' },
  { person: 'ben', organisation: 'north' },
  { person: 'cem', organisation: 'south' },
];

/**
 * A small network in one thread: random commands, virtual time, and cases that live by the law's pure functions. It never steps
 * over a deadline. A planted bug replaces one of `LAWS`.
 */
export class Simulation {
  readonly world: World;
  private repeatAtMs = T0 + REPEAT_MS;

  constructor(setup: Setup, laws: Partial<Laws> = {}) {
    this.world = new World(setup, laws);
  }

  /** Plays one command and whatever it makes due; time passes in `wait` alone. */
  play(command: Command): void {
    const { world } = this;
    switch (command.do) {
      case 'fire':
      case 'clear':
        this.alert(command.source, command.type, command.node, command.do === 'fire');
        break;
      case 'wait':
        this.runUntil(world.nowMs + command.hours * HOUR_MS);
        break;
      case 'serve':
        world.cases = world.cases.map((state) => this.served(state, 0));
        break;
      case 'probe':
        world.probe = command.mode;
        break;
      case 'backlog':
        world.backlogSinceMs = command.waiting ? (world.backlogSinceMs ?? world.nowMs) : null;
        break;
      case 'deposit': {
        const booking = {
          transferId: `in-${world.next()}`,
          units: command.units,
          atMs: world.nowMs,
        };
        world.move(deposit(world.ledger, booking));
        break;
      }
      case 'reward':
        this.reward(command.units);
        break;
      case 'withdraw':
        this.withdraw(command.parts);
        break;
      case 'pay-out':
        this.payOut(command.parts);
        break;
      case 'stay':
        this.stay();
        break;
      default:
        this.people(command);
    }
    this.runUntil(world.nowMs);
  }

  private alert(source: number, typeNo: number, node: number, fires: boolean): void {
    const { world } = this;
    const type = world.types[typeNo] ?? world.types[0];
    const key = `s${source}/${type}/node-${node + 1}`;
    const spells = world.truth.get(key) ?? [];
    const last = spells.at(-1);
    if ((last?.toMs === null) === fires || (last === undefined && !fires)) return;
    if (last === undefined || fires) spells.push({ fromMs: world.nowMs, toMs: null });
    else last.toMs = world.nowMs;
    world.truth.set(key, spells);
    this.observe(key, fires);
  }

  private observe(key: string, fires: boolean): void {
    this.world.observe(key, fires);
    const state = this.world.openCase(key.split('/')[1] ?? '');
    if (state !== undefined) this.world.put(reassess(this.world, state));
  }

  private reward(units: bigint): void {
    const { world } = this;
    const { nowMs, ledger, sanctions } = world;
    const cuts = cutsOn({ earnedAtMs: nowMs, creditedAtMs: nowMs }, sanctions, ledger.cases);
    const booking = { transferId: `r-${world.next()}`, units, atMs: nowMs, earnedAtMs: nowMs };
    world.move(creditReward(ledger, { ...booking, cuts }));
  }

  /** A part of what is unpaid is paid out, unless the participant is barred (rule C3). */
  private payOut(parts: number): void {
    const { world } = this;
    const units = world.ledger.balances.rewardsUnpaid / BigInt(parts);
    if (units === 0n || world.sanctions.some(isBarred)) return;
    const booking = { transferId: `out-${world.next()}`, units, atMs: world.nowMs };
    world.move(payRewards(world.ledger, booking));
  }

  /** A part of what is free begins to leave (rule D8). */
  private withdraw(parts: number): void {
    const { world } = this;
    const units = world.laws.freeUnits(world.ledger) / BigInt(parts);
    if (units === 0n) return;
    const withdrawalId = `w-${world.next()}`;
    const dueAtMs = world.nowMs + defaultPolicy.unbondingMs;
    const request = { withdrawalId, externalRef: withdrawalId, requestedAtMs: world.nowMs };
    world.move(beginExit(world.ledger, { ...request, units, dueAtMs }));
  }

  /** The oldest withdrawal that still runs is taken back. */
  private stay(): void {
    const { world } = this;
    const running = world.ledger.withdrawals.find(({ outcome }) => outcome === null);
    if (running === undefined) return;
    const { withdrawalId } = running;
    world.move(cancelExit(world.ledger, { withdrawalId, atMs: world.nowMs }));
  }

  /** Looks once a day at what wants to leave and may; between, nothing leaves. */
  private letLeave(): void {
    const { world } = this;
    for (const { withdrawalId, dueAtMs, outcome } of world.ledger.withdrawals) {
      if (outcome !== null || dueAtMs > world.nowMs) continue;
      const mayLeaveUnits = world.laws.mayLeaveUnits(world.ledger);
      if (mayLeaveUnits === 0n) continue;
      world.move(leave(world.ledger, { withdrawalId, mayLeaveUnits, atMs: world.nowMs }));
      world.exits.push({ ledger: world.ledger, cases: world.cases });
    }
  }

  private people(command: CaseCommand): void {
    const { world } = this;
    const type = world.types[command.type];
    const state = world.cases.findLast(({ violationType }) => violationType === type);
    if (state === undefined) return;
    switch (command.do) {
      case 'approve':
        this.approve(state, command.person);
        break;
      case 'veto':
        if (state.stage === 'proposed') world.put(refuse(world, state));
        break;
      case 'remedy':
        this.remedy(state);
        break;
      case 'find':
        this.find(state, command.person, command.result);
        break;
      case 'overturn':
        this.overturn(state);
        break;
      case 'reduce':
        this.reduce(state, command.toRung);
        break;
    }
  }

  private approve(state: CaseState, no: number): void {
    const voter = PEOPLE[no];
    const { proposal } = state;
    if (voter === undefined || proposal === null || state.stage !== 'proposed') return;
    const isSecond = proposal.approvals.some(
      ({ person, organisation }) => person === voter.person || organisation === voter.organisation,
    );
    // Rule E2: each person once, each organisation once.
    if (isSecond) return;
    const { proposalId, draftHash } = proposal;
    const ballot = { ...voter, atMs: this.world.nowMs, reason: 'seen' };
    this.world.put({
      ...state,
      proposal: { ...proposal, approvals: [...proposal.approvals, ballot] },
    });
    const votes = this.world.votes.get(proposalId) ?? [];
    this.world.votes.set(proposalId, [...votes, { ...voter, draftHash }]);
  }

  private remedy(state: CaseState): void {
    if (state.stage !== 'restoring') return;
    const atMs = this.world.nowMs;
    const confirmed = { confirmedBy: 'operator', confirmedAtMs: atMs };
    const remediation = { by: 'p-1', cause: 'known', actions: 'done', atMs, ...confirmed };
    this.world.put({ ...state, remediation, appeal: { by: 'p-1', grounds: 'fixed', atMs } });
  }

  private find(state: CaseState, person: number, result: 'pass' | 'fail'): void {
    const auditor = `auditor-${person}`;
    if (state.stage !== 'restoring' || state.appeal === null) return;
    if (state.findings.some((finding) => finding.auditor === auditor)) return;
    const finding = { auditor, organisation: 'audit', result, note: '', atMs: this.world.nowMs };
    this.world.put({ ...state, findings: [...state.findings, finding] });
  }

  private overturn(state: CaseState): void {
    const { world } = this;
    if (world.entry(state.caseId) === undefined || state.outcome === 'dismissed') return;
    const review = { caseId: state.caseId, reviewId: `review-${world.next()}`, atMs: world.nowMs };
    world.move(world.laws.overturn(world.ledger, review));
    world.move(returnWithheld(world.ledger, { ...review, decisionId: review.reviewId }));
    const imposed = state.imposed.map((step) =>
      step.money === 'final' ? step : { ...step, money: 'void' as const },
    );
    world.put({ ...ended(state, 'dismissed', world.nowMs), imposed, probationUntilMs: null });
    const own = world.sanctionOf(state.caseId);
    if (own === null) return;
    const { caseId, violationType } = state;
    if (isBarred(own))
      world.returns.push({ caseId, violationType, atMs: world.nowMs, cause: 'overturn', state });
    world.sanction({ ...own, access: 'active', rewardCutBps: 0, probationUntilMs: null });
  }

  private reduce(state: CaseState, toRung: RungId): void {
    const { world } = this;
    if (world.entry(state.caseId) === undefined || state.stage === 'proposed') return;
    const reviewId = `review-${world.next()}`;
    const { caseId } = state;
    world.move(
      reduceCase(world.ledger, { caseId, toRung, keepUnits: null, reviewId, atMs: world.nowMs }),
    );
  }

  private runUntil(targetMs: number): void {
    const { world } = this;
    for (let turns = 0; ; turns += 1) {
      // Invariant H10: a case waits for something, it never spins.
      if (turns > 5_000) throw new Error('The model does not come to rest.');
      this.openNew();
      const next = this.nextAct(targetMs);
      if (next === null) break;
      world.nowMs = Math.max(world.nowMs, next.atMs);
      if (next.state === null) this.repeat();
      else act(world, next.state, next.due);
    }
    world.nowMs = Math.max(world.nowMs, targetMs);
  }

  /** A head that fires without an open case opens one (rule B6); after an exclusion alerts are recorded only. */
  private openNew(): void {
    const { world } = this;
    if (standingOf(world.sanctions) === 'excluded') return;
    for (const violationType of world.types) {
      if (
        world.openCase(violationType) !== undefined ||
        world.firingNodes(violationType).length === 0
      )
        continue;
      const fresh = newCaseState({
        networkId: 'main',
        caseId: `c${world.next()}`,
        participantId: 'p-1',
        violationType,
        controlGroup: world.participant.controlGroup,
        severity: world.severityOf(violationType),
        openedAtMs: world.nowMs,
        confirmAtMs: world.nowMs + world.law.allowanceMs,
      });
      world.cases = [...world.cases, { ...fresh, law: world.law }];
    }
  }

  private nextAct(
    targetMs: number,
  ): ({ atMs: number } & ({ state: CaseState; due: Due } | { state: null })) | null {
    const dues = this.world.cases.flatMap((state) => {
      const due = this.dueOf(state);
      return due === null ? [] : [{ atMs: due.atMs, state, due }];
    });
    const all = [{ atMs: this.repeatAtMs, state: null }, ...dues];
    const first = all.reduce((best, one) => (one.atMs < best.atMs ? one : best));
    return first.atMs <= targetMs ? first : null;
  }

  /** `nextDue`, except where a planted bug is more eager than the law. */
  private dueOf(state: CaseState): Due | null {
    const { laws, nowMs } = this.world;
    const isClear = !this.world.isFiring(state.violationType);
    if (state.stage === 'restoring' && laws.mayReturn(state, isClear, nowMs))
      return { act: 'reinstate', atMs: nowMs };
    const isReady = state.stage === 'proposed' && state.recheck === null && state.holdDown === null;
    if (isReady && laws.mayBeImposed(state)) {
      return { act: 'impose-proposed', atMs: state.proposal?.windowEndsAtMs ?? nowMs };
    }
    return nextDue(state);
  }

  private repeat(): void {
    this.repeatAtMs += REPEAT_MS;
    this.letLeave();
    for (const [key, spells] of this.world.truth)
      if (spells.at(-1)?.toMs === null) this.observe(key, true);
    // Rule A7: a notice that nobody took in counts as served after its fallback.
    this.world.cases = this.world.cases.map((state) =>
      this.served(state, this.world.law.noticeFallbackMs),
    );
  }

  private served(state: CaseState, afterMs: number): CaseState {
    const { nowMs } = this.world;
    return (state.announced?.notices ?? [])
      .filter((notice) => notice.servedAtMs === null && nowMs - notice.announcedAtMs >= afterMs)
      .reduce((next, notice) => noticeServed(next, notice.noticeId, nowMs), state);
  }
}
