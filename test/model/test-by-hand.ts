import type { CaseState } from '../../domain/case/state.ts';
import { casesOfCause } from '../../domain/law/cause.ts';
import type { CaseEntry, Kin, LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { maxUnits, minUnits } from '../../domain/money.ts';
import type { FamilyLaw } from '../../domain/policy.ts';
import type { RungId } from '../../domain/violation.ts';
import type { Charge } from './test-decisions.ts';
import type { Network } from './test-network.ts';

type Owned = Pick<LedgerSnapshot, 'deposits' | 'withdrawals' | 'cases'>;

const ORDER: readonly RungId[] = ['W', 'P1', 'P2', 'S1', 'S2'];

/** Stake at an instant: paid in and given back by then, less what had left and what was final by then. */
export function ownedAt({ deposits, withdrawals, cases }: Owned, atMs: number): bigint {
  let units = 0n;
  for (const one of deposits) if (one.atMs <= atMs) units += one.units;
  for (const one of withdrawals.flatMap(({ left }) => left))
    if (one.atMs <= atMs) units -= one.units;
  for (const { parts, rebate } of cases) {
    for (const part of parts)
      if (part.status === 'final' && (part.settledAtMs ?? 0) <= atMs) units -= part.stakeUnits;
    if (rebate && rebate.atMs <= atMs) units += BigInt(rebate.units);
  }
  return maxUnits(units, 0n);
}

/**
 * What one decision may take, worked out a second time from the books as they were and the policy as it was written (rules D1–D6): its own
 * arithmetic, nothing of the calculation is used.
 */
export function chargeByHand(network: Network, { decision, written }: Charge): bigint {
  const { snapshot } = written.before;
  const { rung: id, occurredAtMs, participantId, evidence, inputs, kind } = decision;
  if (!snapshot || !id || occurredAtMs === null)
    throw new Error('A charge has a ledger and a rung.');
  const law = lawOf(network, decision.law.policyVersion, decision.family);
  const rung = law.rungs.find((one) => one.id === id);
  if (!rung) throw new Error(`There is no ${id}.`);
  const { startRung, multiplierBps, newcomer, proposal } = inputs.case;
  const rate = BigInt(rung.slashBps) * BigInt(startRung === id ? multiplierBps : 10_000);
  const isSpared = newcomer?.isNew === true && decision.family === 'performance';
  const { resources } = network.store.tables.book(participantId).participant;
  let [part, whole] = [0n, 0n];
  for (const { resourceId, capacity } of resources) {
    whole += BigInt(capacity);
    if (evidence?.earning.includes(resourceId)) part += BigInt(capacity);
  }
  const own = casesOfCause(snapshot.cases, decision.caseId, 3_600_000);
  const draft = proposal?.kind === 'rung' ? proposal : null;
  const rest = otherUnits(snapshot, own, occurredAtMs);
  const capped = capLeft(snapshot, law, { own, occurredAtMs, family: decision.family });
  const stake = ownedAt(snapshot, occurredAtMs);
  const target = isSpared ? 0n : rounded(stake * part, whole, rate);
  const slashable = maxUnits(stake - rest, 0n);
  const most = id === 'S2' ? slashable : minUnits(capped, slashable);
  const total = minUnits(target, most);
  const already = snapshot.cases
    .filter(({ caseId }) => own.has(caseId))
    .flatMap(({ parts }) => parts)
    // Its own draft does not stand in its way.
    .filter((one) => isLive(one.status) && one.decisionId !== draft?.proposalId)
    .reduce((sum, one) => sum + one.stakeUnits + one.rewardUnits, 0n);
  const charge = maxUnits(total - already, 0n);
  return kind === 'imposed' && draft ? minUnits(charge, BigInt(draft.heldUnits)) : charge;
}

/** The law of a family in a version of the policy. */
export function lawOf(network: Network, version: string, family: keyof Families): FamilyLaw {
  const found = network.policies.find(({ policy }) => policy.version === version);
  if (!found) throw new Error(`There is no policy ${version}.`);
  return found.policy.families[family];
}

type Families = Network['policies'][number]['policy']['families'];

/** A base, as a fraction, at a rate of hundred millionths: rounded up, but never the whole, and nothing below one unit. */
function rounded(base: bigint, whole: bigint, rate: bigint): bigint {
  const numerator = base * rate;
  const denominator = whole * 100_000_000n;
  if (numerator < denominator) return 0n;
  let target = numerator / denominator + (numerator % denominator === 0n ? 0n : 1n);
  while (rate < 100_000_000n && target * whole >= base) target -= 1n;
  return minUnits(target, base / whole);
}

function isLive(status: string): boolean {
  return status === 'held' || status === 'pending' || status === 'final';
}

/** What others have of the stake at the fault, and what has left since. */
function otherUnits(snapshot: LedgerSnapshot, own: ReadonlySet<string>, atMs: number): bigint {
  let units = 0n;
  for (const { caseId, parts } of snapshot.cases) {
    if (own.has(caseId)) continue;
    for (const { status, stakeUnits, settledAtMs } of parts)
      if (isLive(status) && (status !== 'final' || (settledAtMs ?? 0) > atMs)) units += stakeUnits;
  }
  return units + goneSince(snapshot, atMs);
}

/** By how much more had left than had come in since, when that was most (rule D6): at each leaving, all of it counted anew. */
export function goneSince({ deposits, withdrawals, cases }: Owned, atMs: number): bigint {
  const left = withdrawals.flatMap((one) => one.left).filter((one) => one.atMs > atMs);
  let most = 0n;
  for (const { atMs: untilMs } of left) {
    let gone = 0n;
    for (const one of left) if (one.atMs <= untilMs) gone += one.units;
    for (const one of deposits) if (one.atMs > atMs && one.atMs <= untilMs) gone -= one.units;
    for (const { rebate } of cases)
      if (rebate && rebate.atMs > atMs && rebate.atMs <= untilMs) gone -= BigInt(rebate.units);
    most = maxUnits(most, gone);
  }
  return most;
}

/** The room under the family's cap of the whole control group (rules C8, D4). */
function capLeft(
  snapshot: LedgerSnapshot,
  law: FamilyLaw,
  about: { own: ReadonlySet<string>; occurredAtMs: number; family: string },
): bigint {
  const kin: Kin[] = snapshot.group?.kin ?? [];
  let stake = ownedAt(snapshot, about.occurredAtMs);
  for (const one of kin) stake += ownedAt(one, about.occurredAtMs);
  let left = (stake * BigInt(law.capBps)) / 10_000n;
  for (const { caseId, family, occurredAtMs, parts } of [snapshot, ...kin].flatMap(
    (one) => one.cases,
  )) {
    if (about.own.has(caseId) || family !== about.family) continue;
    if (Math.abs(occurredAtMs - about.occurredAtMs) > law.capWindowMs) continue;
    for (const { status, stakeUnits, rewardUnits } of parts)
      if (isLive(status)) left -= stakeUnits + rewardUnits;
  }
  return maxUnits(left, 0n);
}

/**
 * What all confirmed cases together may still take from the stake, worked out a second time (rule D8): for each that is open, the dearest of
 * the rungs that time or people can lead it to, within cap and stake, less what it has taken. Looked at before the
 * stake leaves, as the law does (invariant H7).
 */
export function blockedByHand(
  network: Network,
  snapshot: LedgerSnapshot,
  states: readonly CaseState[],
): bigint {
  let sum = 0n;
  for (const state of states) {
    const entry = snapshot.cases.find(({ caseId }) => caseId === state.caseId);
    if (!entry || !isNeeded(state, entry)) continue;
    const { law, occurredAtMs } = state;
    if (!law || occurredAtMs === null) continue;
    const stake = ownedAt(snapshot, occurredAtMs);
    const gone = otherUnits(snapshot, new Set([state.caseId]), occurredAtMs);
    const slashable = maxUnits(stake - gone, 0n);
    const live = entry.parts
      .filter(({ status }) => isLive(status))
      .reduce((all, part) => all + part.stakeUnits + part.rewardUnits, 0n);
    const family = lawOf(network, law.policyVersion, law.family);
    const { resources } = network.store.tables.book(state.participantId).participant;
    let [part, whole] = [0n, 0n];
    for (const { resourceId, capacity } of resources) {
      whole += BigInt(capacity);
      if (state.exposure?.resourceIds.includes(resourceId)) part += BigInt(capacity);
    }
    const isSpared = state.newcomer?.isNew === true && law.family === 'performance';
    const about = { own: new Set([state.caseId]), occurredAtMs, family: law.family };
    const cap = minUnits(capLeft(snapshot, family, about), slashable);
    let most = 0n;
    for (const rung of family.rungs) {
      if (isSpared || !isWithinReach(state, rung.id)) continue;
      const factor = BigInt(state.startRung === rung.id ? state.multiplierBps : 10_000);
      const target = rounded(stake * part, whole, BigInt(rung.slashBps) * factor);
      most = maxUnits(most, minUnits(target, rung.id === 'S2' ? slashable : cap));
    }
    sum += maxUnits(most - live, 0n);
  }
  return sum;
}

/** Rules A8, A12, D7 in words of their own: time leads to S1, graver faults to S2, nothing beyond what was refused. */
function isWithinReach(state: CaseState, rung: RungId): boolean {
  const at = (id: RungId): number => ORDER.indexOf(id);
  const raised = state.proposal?.rung ?? state.announced?.rung ?? null;
  if (raised !== null && at(rung) <= at(raised)) return true;
  if (at(rung) < at(state.startRung ?? 'W')) return false;
  const mild = state.severity === 'minor' || state.severity === 'moderate';
  const top: RungId = mild && state.startRung !== 'S2' ? 'S1' : 'S2';
  return at(rung) <= at(top) && at(rung) < Math.min(99, ...state.refusedRungs.map(at));
}

function isNeeded({ stage, inert }: CaseState, { counts }: CaseEntry): boolean {
  return stage !== 'ended' && inert?.because !== 'cause' && (counts || inert !== undefined);
}
