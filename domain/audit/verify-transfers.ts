import { canonicalJson } from '../canonical-json.ts';
import { toPlain } from '../decision/exact.ts';
import type { Decision, DecisionRecount, DecisionReview } from '../decision/record.ts';
import type { Balances, Posting } from '../ledger/accounts.ts';
import { caseFaults, foldBalances } from '../ledger/conservation.ts';
import type { Account, Finding, Told, VersionedTransfer } from './findings.ts';

/**
 * What a record says it read of the ledger and what the ledger's own transfers say of that version (invariant H8). A case in shadow reckons with
 * what it would have moved (design §6): it reads the same money, only elsewhere.
 */
export function ledgerFaults(decision: Decision, account: Account, isShadow = false): string[] {
  const { ledger, charge, cut } = decision.inputs;
  if (ledger === null || ledger.version > account.snapshot.version) return [];
  const before = account.transfers.filter(({ version }) => version <= ledger.version);
  const read = isShadow ? asOne : (balances: Balances) => balances;
  const faults = same(read(foldBalances(before)), read(ledger.balances))
    ? []
    : [`the balances it read are not those of version ${ledger.version}`];
  if (charge === null || cut.some(({ list }) => list !== 'heads')) return faults;
  const { snapshot } = charge.input;
  // What shadow would have taken may really be paid out meanwhile, so its books need not add up.
  if (!isShadow)
    faults.push(...caseFaults(snapshot).map((fault) => `the ledger it read: ${fault}`));
  // Its own open hold counts as given back, so only the sum is the same (rule D6).
  if (asOne(snapshot.balances).available !== asOne(ledger.balances).available)
    faults.push('the balances it reckoned with are not those it read');
  const paidIn = before.flatMap(({ atMs, postings }) => {
    const units = sum(postings, 'available');
    // What comes out of the reserve is a rebate: no deposit, but read off the case that earned it (rule D11).
    return sum(postings, 'outside') < 0n && units > 0n ? [{ atMs, units }] : [];
  });
  if (!same(sorted(paidIn), sorted(snapshot.deposits)))
    faults.push('the deposits it read are not those that were booked');
  return faults;
}

/** Transfers of a case without a decision that orders them, and decisions whose transfers moved something else (invariant H4). */
export function transferFaults(
  account: Account,
  caseId: string,
  told: readonly Told[],
): { faults: Pick<Finding, 'seq' | 'entryId' | 'what'>[]; note: string | null } {
  const transfers = account.transfers.filter((transfer) => transfer.caseId === caseId);
  const isConfirmation = ({ kind, inputs }: Decision) =>
    kind === 'imposed' && inputs.recurrence !== null;
  if (!told.some(({ decision }) => isConfirmation(decision))) {
    const note = `Case ${caseId} was confirmed before there were records; its decisions are not computed again.`;
    return { faults: [], note: transfers.length > 0 || told.length > 0 ? note : null };
  }
  const unordered = transfers
    .filter((transfer) => !isOrdered(transfer, told))
    .map(({ transferId }) => ({
      seq: null,
      entryId: null,
      what: `transfer ${transferId} has no decision record that orders it`,
    }));
  const other = told.flatMap(({ entry: { seq, entryId }, decision }) =>
    movedOtherwise(decision, transfers, account.snapshot.version).map((what) => ({
      seq,
      entryId,
      what,
    })),
  );
  return { faults: [...unordered, ...other], note: null };
}

/** Which kind of decision orders a movement; what follows from a decision without one of its own is ordered by none. */
const ORDERED_BY: Partial<Record<VersionedTransfer['kind'], Decision['kind']>> = {
  hold: 'proposed',
  charge: 'imposed',
  impose: 'imposed',
  finalise: 'settled',
};

function isOrdered(transfer: VersionedTransfer, told: readonly Told[]): boolean {
  const { kind, decisionId } = transfer;
  if (isOfReview(transfer)) return told.some(({ decision }) => isReviewedBy(transfer, decision));
  if (ORDERED_BY[kind] === undefined) return true;
  return told.some(
    ({ decision }) =>
      decision.kind === ORDERED_BY[kind] &&
      (kind === 'finalise'
        ? decision.settled.some((one) => one.decisionId === decisionId)
        : decision.decisionId === decisionId),
  );
}

/** What takes a decision back bears its name and that of the review. */
function isOfReview({ kind, decisionId }: VersionedTransfer): boolean {
  return (kind === 'void' || kind === 'lapse') && decisionId?.includes('/') === true;
}

function isReviewedBy({ decisionId }: VersionedTransfer, { kind, ...review }: Decision): boolean {
  if (kind !== 'reviewed' && kind !== 'recounted') return false;
  if (review.review?.result === 'upheld') return false;
  const reviewId =
    kind === 'recounted' ? review.decisionId.slice(review.caseId.length + 1) : review.decisionId;
  return decisionId === reviewId || decisionId?.endsWith(`/${reviewId}`) === true;
}

function movedOtherwise(
  decision: Decision,
  transfers: readonly VersionedTransfer[],
  version: number,
): string[] {
  const { kind, decisionId, amount, settled, inputs } = decision;
  // Written after the account was read.
  if (inputs.ledger === null || inputs.ledger.version >= version) return [];
  const of = (wanted: readonly string[], id: string) =>
    transfers.filter((one) => one.decisionId === id && wanted.includes(one.kind));
  if (kind === 'settled')
    return settled.flatMap((one) => {
      const paid = sumOf(of(['finalise'], one.decisionId), 'reserve');
      return paid === one.units
        ? []
        : [`${one.decisionId}: ${one.units} units became final, ${paid} went to the reserve`];
    });
  if (decision.recount) return keptOtherwise(decision, decision.recount, transfers);
  if (decision.review)
    return returnedOtherwise(
      decision.review,
      transfers.filter((one) => isReviewedBy(one, decision)),
    );
  if (amount === null || (kind !== 'proposed' && kind !== 'imposed')) return [];
  const moves =
    kind === 'proposed' ? of(['hold'], decisionId) : of(['charge', 'impose'], decisionId);
  const moved = sumOf(moves, kind === 'proposed' ? 'held' : 'pending');
  return moved === amount.units
    ? []
    : [`${decisionId}: ${amount.units} units were decided, ${moved} were moved`];
}

/** Where money goes back to: each unit to where it had come from (rule D10). */
const RETURNS = ['available', 'exiting', 'rewardsUnpaid'] as const;

function returnedOtherwise(
  { disputeId, returnedUnits }: DecisionReview,
  moves: readonly VersionedTransfer[],
): string[] {
  const moved = RETURNS.reduce((total, account) => total + sumOf(moves, account), 0n);
  return moved === returnedUnits
    ? []
    : [`${disputeId}: ${returnedUnits} units were to go back, ${moved} did`];
}

/** What a case does not keep of a decision any more went back under the name of the recount. */
function keptOtherwise(
  decision: Decision,
  recount: DecisionRecount,
  transfers: readonly VersionedTransfer[],
): string[] {
  const ofRecount = transfers.filter((one) => isReviewedBy(one, decision));
  return recount.parts.flatMap(({ decisionId, keepUnits }) => {
    const before = decision.inputs.case.imposed.find((step) => step.decisionId === decisionId);
    const moves = ofRecount.filter((one) => one.decisionId?.startsWith(`${decisionId}/`));
    const moved = RETURNS.reduce((total, account) => total + sumOf(moves, account), 0n);
    const due = BigInt(before?.chargedUnits ?? '0') - keepUnits;
    return moved === due ? [] : [`${decisionId}: ${due} units were to go back, ${moved} did`];
  });
}

function sumOf(transfers: readonly VersionedTransfer[], account: Posting['account']): bigint {
  return transfers.reduce((total, { postings }) => total + sum(postings, account), 0n);
}

function sum(legs: readonly Posting[], account: Posting['account']): bigint {
  return legs.reduce(
    (total, leg) => (leg.account === account ? total + leg.deltaUnits : total),
    0n,
  );
}

/** What a case can set aside and give back, as one: stake that was on its way out goes on its way again (rule D6). */
function asOne(balances: Balances): Balances {
  const { available, exiting, held, pending, rewardsUnpaid } = balances;
  const all = available + exiting + held + pending + rewardsUnpaid;
  return { ...balances, available: all, exiting: 0n, held: 0n, pending: 0n, rewardsUnpaid: 0n };
}

function sorted(movements: readonly { atMs: number; units: bigint }[]) {
  return movements.map(({ atMs, units }) => `${atMs} ${units}`).sort();
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(toPlain(a).plain) === canonicalJson(toPlain(b).plain);
}
