import { expect } from 'vitest';
import { rewardCutBpsFor } from '../domain/law/calculation.ts';
import { effectiveSeverity } from '../domain/law/ladder.ts';
import { rungOf } from '../domain/law/pin.ts';
import { rewardMultiplier } from '../domain/law/reward-cut.ts';
import { isLive, liveUnits } from '../domain/law/slashable.ts';
import type { CaseEntry } from '../domain/ledger/accounts.ts';
import { entryOf } from '../domain/ledger/move.ts';
import { withheldOf } from '../domain/ledger/rewards.ts';
import { type Sanction, STANDINGS, standingOf } from '../domain/sanction.ts';
import { FAMILIES, rungOrder } from '../domain/violation.ts';
import type { TracedLife } from './test-traces.ts';

/** How often an overturn made something smaller: that nothing is higher would hold also if nothing ever fell. */
export type Seen = Map<string, number>;

/** What the fallen case itself did is gone exactly. */
export function ownIsGone({ ledger, sanctions }: TracedLife, caseId: string): void {
  const entry = entryOf(ledger, caseId);
  expect(liveUnits(entry)).toBe(0n);
  expect(entry.counts).toBe(false);
  for (const reward of ledger.rewards) {
    const own = reward.cuts.filter((cut) => cut.caseId === caseId);
    expect(withheldOf({ ...reward, cuts: own }, ledger.cases)).toBe(0n);
  }
  expect(sanctions.get(caseId)?.access ?? 'active').toBe('active');
}

/** No charge, rung, start, cut or access of a case is higher than before, and its cuts follow the rung that stands. */
export function noneIsHigher(
  before: TracedLife,
  after: TracedLife,
  caseId: string,
  seen: Seen,
): void {
  const was = entryOf(before.ledger, caseId);
  const is = entryOf(after.ledger, caseId);
  const notHigher = (what: string, now: bigint | number, old: bigint | number) => {
    expect(now <= old, `${what} of ${caseId}: ${now} after ${old}`).toBe(true);
    if (now < old) seen.set(what, (seen.get(what) ?? 0) + 1);
  };
  notHigher('charge', liveUnits(is), liveUnits(was));
  for (const part of is.parts)
    notHigher('part', unitsOf(is, part.decisionId), unitsOf(was, part.decisionId));
  notHigher('rung', rungOrder(is.servedRung ?? 'W'), rungOrder(was.servedRung ?? 'W'));
  const [old, now] = [before.cases.get(caseId), after.cases.get(caseId)];
  notHigher('rung of the case', rungOrder(now?.rung ?? 'W'), rungOrder(old?.rung ?? 'W'));
  notHigher('start', rungOrder(now?.startRung ?? 'W'), rungOrder(old?.startRung ?? 'W'));
  const [had, has] = [before.sanctions.get(caseId), after.sanctions.get(caseId)];
  if (!had || !has) return;
  notHigher('cut', has.rewardCutBps, had.rewardCutBps);
  notHigher('end of the cut', has.rewardCutUntilMs ?? 0, had.rewardCutUntilMs ?? 0);
  notHigher('access', accessOf(has), accessOf(had));
  notHigher('cut of rewards', withheldBy(after, caseId), withheldBy(before, caseId));
  notHigher('cut while suspended', has.rewardCutSuspendedBps ?? 0, had.rewardCutSuspendedBps ?? 0);
  notHigher('cut after return', has.rewardCutAfterMs ?? 0, had.rewardCutAfterMs ?? 0);
  if (now?.law && now.rung && now.rung !== old?.rung) {
    const { rewardCutSuspendedBps = 0 } = rungOf(now.law, now.rung);
    expect(has.rewardCutSuspendedBps ?? 0).toBeLessThanOrEqual(rewardCutSuspendedBps);
  }
  // What was booked is cut as the rung that stands cuts from now on: neither more nor less (rule C3).
  const fall = is.cutFalls?.at(-1);
  if (fall && now?.law && now.rung)
    expect(fall.bps).toBe(
      rewardCutBpsFor(rungOf(now.law, now.rung), effectiveSeverity(is.family, now.severity)),
    );
}

function unitsOf(entry: CaseEntry, decisionId: string): bigint {
  const part = entry.parts.find((one) => one.decisionId === decisionId);
  return part && isLive(part) ? part.stakeUnits + part.rewardUnits : 0n;
}

function accessOf({ access }: Sanction): number {
  return STANDINGS.indexOf(access);
}

/** What a case would cut from all rewards if it were the only one to do so. */
function withheldBy({ ledger }: TracedLife, caseId: string): bigint {
  const own = ledger.rewards.map((reward) => ({
    ...reward,
    cuts: reward.cuts.filter((cut) => cut.caseId === caseId),
  }));
  return own.reduce((sum, reward) => sum + withheldOf(reward, ledger.cases), 0n);
}

/** The participant as a whole is no worse off in any of what it has. */
export function togetherNotHigher(before: TracedLife, after: TracedLife): void {
  const [had, has] = [before.ledger.balances, after.ledger.balances];
  for (const account of ['held', 'pending', 'slashed', 'withheld'] as const)
    expect(has[account] <= had[account]).toBe(true);
  const [old, now] = [[...before.sanctions.values()], [...after.sanctions.values()]];
  expect(STANDINGS.indexOf(standingOf(now))).toBeLessThanOrEqual(
    STANDINGS.indexOf(standingOf(old)),
  );
  const pays = (sanctions: Sanction[]) => rewardMultiplier(sanctions, after.nowMs).bps;
  expect(pays(now)).toBeGreaterThanOrEqual(pays(old));
  const { reputation } = after.lawFor('security');
  if (!reputation) throw new Error('The default policy has a reputation.');
  FAMILIES.forEach((family, index) => {
    const score = ({ ledger, traceLaws, nowMs }: TracedLife) =>
      traceLaws.reputations(ledger.cases, reputation, nowMs)[index]?.scoreFixed ?? 0n;
    expect(score(after) >= score(before), family).toBe(true);
  });
}
