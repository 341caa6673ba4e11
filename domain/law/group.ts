import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { countingEntries } from './cause.ts';
import { stakeAt } from './slashable.ts';

/** What a case pinned of its group's newness when it confirmed (rule C7). */
export interface NewcomerFacts {
  firstRegisteredAtMs: number;
  checksPassed: number;
  isNew: boolean;
}

/**
 * The cases of the participant and of its kin: recurrence and caps count them alike (rules C8, C11, D4). Of the kin's cases with one cause
 * only the lead counts; a cause is never shared by two participants (rule C9).
 */
export function casesOfGroup(snapshot: LedgerSnapshot, causeWindowMs?: number): CaseEntry[] {
  const kin = (snapshot.group?.kin ?? []).flatMap(({ cases }) => {
    const counting = new Map(
      countingEntries(cases, causeWindowMs).map((lead) => [lead.caseId, lead]),
    );
    return cases.map(({ inert: _, behind: __, resourceIds: ___, ...entry }) => ({
      ...entry,
      counts: counting.has(entry.caseId),
      servedRung: counting.get(entry.caseId)?.servedRung ?? entry.servedRung,
    }));
  });
  return [...snapshot.cases, ...kin];
}

/** What each case of the participant and of its kin has done, as their own ledgers have it: sanctions of all cut alike (rules C3, C8). */
export function entriesOfGroup(snapshot: Pick<LedgerSnapshot, 'cases' | 'group'>): CaseEntry[] {
  return [...snapshot.cases, ...(snapshot.group?.kin ?? []).flatMap(({ cases }) => cases)];
}

/** Stake that the whole control group owned at an instant (rules C8, D4). */
export function stakeOfGroup(snapshot: LedgerSnapshot, atMs: number): bigint {
  const kin = snapshot.group?.kin ?? [];
  return kin.reduce((sum, one) => sum + stakeAt(one, atMs), stakeAt(snapshot, atMs));
}

/**
 * Whether the participant's group was new when the violation occurred: younger than the policy's age, or with fewer passed checks
 * (rule C7). The grace belongs to the group, so that nobody gets it again under another id. Undefined where the law knows no newcomers.
 */
export function newcomerFacts(
  law: Pick<PinnedLaw, 'newcomer'>,
  snapshot: LedgerSnapshot,
  occurredAtMs: number,
): NewcomerFacts | undefined {
  const { group } = snapshot;
  if (law.newcomer === undefined || group === undefined) return undefined;
  const { firstRegisteredAtMs, checksPassed } = group;
  const isYoung = occurredAtMs - firstRegisteredAtMs < law.newcomer.ageMs;
  return {
    firstRegisteredAtMs,
    checksPassed,
    isNew: isYoung || checksPassed < law.newcomer.checks,
  };
}
