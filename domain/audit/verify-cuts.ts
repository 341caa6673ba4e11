import { canonicalJson } from '../canonical-json.ts';
import type { AuditEntry } from '../case/record.ts';
import type { CutFall } from '../ledger/accounts.ts';
import type { Account } from './findings.ts';

/** Kind of the entry that tells a participant what a fallen case of its kin gave back of its rewards (rules C8, D10). */
export const CUT_RETURNED = 'cut-returned';

/**
 * What cases of the kin gave back without an entry of the history that says so (invariants H4, H17): a fall is told by an entry, and a
 * movement by one of the same amount. The history may be younger than the account.
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
  const falls = (snapshot.kinCutFalls ?? []).flatMap(({ caseId, cutFalls = [] }) =>
    cutFalls
      .filter(
        (fall) => !told.some((data) => data['caseId'] === caseId && isSame(data['fall'], fall)),
      )
      .map(({ reviewId }) => `the fall of case ${caseId} by ${reviewId} is told by no entry`),
  );
  return [...moved, ...falls];
}

function isListed(ids: unknown, transferId: string): boolean {
  return Array.isArray(ids) && ids.includes(transferId);
}

function isSame(told: unknown, fall: CutFall): boolean {
  return canonicalJson(told ?? null) === canonicalJson(fall);
}

/** Falls of the kin's cases that are others than those cases themselves say, over all accounts. */
export function kinFallFaults(accounts: Iterable<Pick<Account, 'snapshot'>>): string[] {
  const all = [...accounts].map(({ snapshot }) => snapshot);
  const entries = new Map(
    all.flatMap(({ cases }) => cases.map((entry) => [entry.caseId, entry] as const)),
  );
  return all.flatMap(({ participantId, kinCutFalls = [] }) =>
    kinCutFalls.flatMap(({ caseId, cutFalls = [] }) =>
      cutFalls
        .filter((fall) => {
          const own = entries.get(caseId)?.cutFalls?.find((one) => one.reviewId === fall.reviewId);
          // Each ledger has its own last credit before the fall.
          return !own || !isSame({ ...own, creditedByMs: fall.creditedByMs }, fall);
        })
        .map(({ reviewId }) => `${participantId}: case ${caseId} did not fall so by ${reviewId}`),
    ),
  );
}
