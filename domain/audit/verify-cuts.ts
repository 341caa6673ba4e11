import { canonicalJson } from '../canonical-json.ts';
import type { AuditEntry } from '../case/record.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Account } from './findings.ts';

/** Kind of the entry that tells a participant what of a case of its kin no longer cuts its rewards (rules C8, D10). */
export const CUT_RETURNED = 'cut-returned';

/**
 * What of the kin's cases gave rewards back, or no longer cuts, without an entry of the history that says so (invariants H4, H17): a limit is
 * told by an entry about its case, and a movement by one of the same amount. The history may be younger than the account.
 */
export function kinCutFaults(
  { snapshot, transfers }: Account,
  history: readonly Pick<AuditEntry, 'kind' | 'data'>[],
): string[] {
  const told = history.filter(({ kind }) => kind === CUT_RETURNED).map(({ data }) => data);
  const own = new Set(snapshot.cases.map(({ caseId }) => caseId));
  const moved = transfers
    .filter(({ kind, caseId = '' }) => kind === 'return-cut' && !own.has(caseId))
    .flatMap(({ transferId, postings }) => {
      const units = postings.find(({ account }) => account === 'rewardsUnpaid')?.deltaUnits ?? 0n;
      const entry = told.find(({ transfers: ids }) => isListed(ids, transferId));
      if (entry === undefined) return [`transfer ${transferId} is told by no entry`];
      return entry['units'] === units.toString()
        ? []
        : [`transfer ${transferId} gave ${units} units back, its entry says ${entry['units']}`];
    });
  const limits = (snapshot.kinCutLimits ?? [])
    .filter((limit) => {
      const stored = canonicalJson(limit);
      return !told.some((data) => canonicalJson(data['limit'] ?? null) === stored);
    })
    .map(({ caseId }) => `what case ${caseId} of the kin may cut is not what its history says`);
  return [...moved, ...limits];
}

function isListed(ids: unknown, transferId: string): boolean {
  return Array.isArray(ids) && ids.includes(transferId);
}

/**
 * Limits of the kin's cases that are narrower than the cases themselves say, over all accounts. A wider one is no fault: what has just fallen is
 * given back in each ledger by a step of its own.
 */
export function kinLimitFaults(accounts: Iterable<Pick<Account, 'snapshot'>>): string[] {
  const all = [...accounts].map(({ snapshot }) => snapshot);
  const entries = new Map<string, CaseEntry>();
  for (const entry of all.flatMap(({ cases }) => cases)) entries.set(entry.caseId, entry);
  return all.flatMap(({ participantId, kinCutLimits = [] }) =>
    kinCutLimits
      .filter(({ caseId, cutLimitBps = 0 }) => {
        const entry = entries.get(caseId);
        return entry?.cutLimitBps === undefined || cutLimitBps < entry.cutLimitBps;
      })
      .map(({ caseId }) => `case ${caseId} may cut less of ${participantId} than it says itself`),
  );
}
