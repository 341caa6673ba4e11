import { invariant } from '../errors.ts';
import { minUnits } from '../money.ts';
import { type Family, higherRung, type RungId, type Severity } from '../violation.ts';
import type { CaseEntry, ChargePart, LedgerSnapshot, Posting, TransferKind } from './accounts.ts';
import { returnStake, takeStake } from './exits.ts';
import {
  type DecisionRef,
  entryOf,
  type LedgerMove,
  postings,
  replacePart,
  settle,
  still,
} from './move.ts';
import { giveBack, keptTranches, takeRewards, toTranches } from './rewards.ts';

/** What a step charges, split by source (rule D5). A `Calculation` fits. */
export interface ChargeAmount {
  fromRewardsUnits: bigint;
  fromStakeUnits: bigint;
}

/** Opens the case's entry in the ledger; raises the participant's version, the place of rule D8. Refuses a case that has one. */
export function openCaseEntry(
  snapshot: LedgerSnapshot,
  opening: {
    caseId: string;
    family: Family;
    violationType: string;
    severity: Severity;
    occurredAtMs: number;
  },
): LedgerMove {
  invariant(
    snapshot.cases.every(({ caseId }) => caseId !== opening.caseId),
    `Case ${opening.caseId} has an entry already.`,
  );
  return still(snapshot, { ...opening, servedRung: null, counts: true, parts: [] });
}

/** Notes that a rung was served without money: every warning, and a rung whose charge is nothing (rules C11, C12). */
export function recordServed(snapshot: LedgerSnapshot, caseId: string, rung: RungId): LedgerMove {
  return still(snapshot, served(entryOf(snapshot, caseId), rung));
}

/** Notes a changed severity, or that the case no longer counts: then it follows no other case either (rules A12, C9, C11). */
export function amendEntry(
  snapshot: LedgerSnapshot,
  caseId: string,
  change: Partial<Pick<CaseEntry, 'severity' | 'counts' | 'blockUnits'>>,
): LedgerMove {
  const { inert, behind, ...entry } = entryOf(snapshot, caseId);
  const follows = { ...(inert && { inert }), ...(behind !== undefined && { behind }) };
  return still(snapshot, { ...entry, ...change, ...(change.counts === undefined && follows) });
}

/** Sets money aside for a proposal: stake and unpaid rewards → held (rule D7). Its sources are fixed from here on (rule D5). */
export function holdForProposal(
  snapshot: LedgerSnapshot,
  charge: DecisionRef & { rung: RungId; amount: ChargeAmount },
): LedgerMove {
  return take(snapshot, charge, 'held', null);
}

/** Charges an automatic rung: stake and unpaid rewards → pending (rule D7). */
export function chargeAutomatic(
  snapshot: LedgerSnapshot,
  charge: DecisionRef & { rung: RungId; amount: ChargeAmount; finalDueAtMs: number },
): LedgerMove {
  return take(snapshot, charge, 'pending', charge.finalDueAtMs);
}

/**
 * Imposes a proposal: held → pending, what the step no longer needs back to where it came from. The amount may only fall
 * (rule E2). Rewards stay first: what is released is stake before rewards (rule D5).
 */
export function imposeHeld(
  snapshot: LedgerSnapshot,
  step: DecisionRef & { rung: RungId; chargeUnits: bigint; finalDueAtMs: number },
): LedgerMove {
  const entry = served(entryOf(snapshot, step.caseId), step.rung);
  if (!entry.parts.some(({ decisionId }) => decisionId === step.decisionId)) {
    invariant(step.chargeUnits === 0n, 'A charge above what was held for it can not be imposed.');
    return still(snapshot, entry);
  }
  const part = partOf(entry, step.decisionId, ['held']);
  const keep = splitKept(part, step.chargeUnits);
  const stake = returnStake(snapshot, part, keep.stakeUnits);
  const moved: Posting[] = postings([
    ['held', -(part.stakeUnits + part.rewardUnits)],
    ['pending', step.chargeUnits],
    ...stake.legs,
    ['rewardsUnpaid', part.rewardUnits - keep.rewardUnits],
  ]);
  const imposed: ChargePart = {
    ...part,
    ...keep,
    ...(part.rewardTranches && { rewardTranches: keptTranches(part, keep.rewardUnits) }),
    ...(part.exitTranches && { exitTranches: stake.kept }),
    status: 'pending',
    imposedAtMs: step.atMs,
    finalDueAtMs: step.finalDueAtMs,
  };
  return settle(
    snapshot,
    replacePart(entry, imposed),
    step,
    'impose',
    moved,
    giveBack(snapshot, part, keep, entry),
    stake.withdrawals,
  );
}

/** Gives a proposal's money back: dropped, refused or vetoed (rules A13, D7, E3). */
export function releaseHold(snapshot: LedgerSnapshot, ref: DecisionRef): LedgerMove {
  return refund(snapshot, ref, ['held'], 'void', 'release');
}

/** Gives a decision's money back to the unit because the decision falls: held or pending → where it came from (rule D10). */
export function voidDecision(snapshot: LedgerSnapshot, ref: DecisionRef): LedgerMove {
  return refund(snapshot, ref, ['held', 'pending'], 'void', 'void');
}

/** Gives money back that nobody decided in time (rule D7). */
export function lapse(snapshot: LedgerSnapshot, ref: DecisionRef): LedgerMove {
  return refund(snapshot, ref, ['held', 'pending'], 'lapsed', 'lapse');
}

/** Makes a decision's money final: pending → reserve, where all slashed money goes (rules D7, D13). */
export function finalise(snapshot: LedgerSnapshot, ref: DecisionRef): LedgerMove {
  const entry = entryOf(snapshot, ref.caseId);
  const part = partOf(entry, ref.decisionId, ['pending']);
  const units = part.stakeUnits + part.rewardUnits;
  const moved = postings([
    ['pending', -units],
    ['reserve', units],
  ]);
  const final: ChargePart = { ...part, status: 'final', settledAtMs: ref.atMs };
  return settle(
    snapshot,
    replacePart(entry, final),
    ref,
    'finalise',
    moved,
    snapshot.unpaidRewards,
  );
}

function take(
  snapshot: LedgerSnapshot,
  charge: DecisionRef & { rung: RungId; amount: ChargeAmount },
  status: 'held' | 'pending',
  finalDueAtMs: number | null,
): LedgerMove {
  const known = entryOf(snapshot, charge.caseId);
  invariant(
    known.parts.every(({ decisionId }) => decisionId !== charge.decisionId),
    `Decision ${charge.decisionId} has charged already.`,
  );
  // A held rung is served only once it is imposed (rule C11).
  const entry = status === 'held' ? known : served(known, charge.rung);
  const { fromRewardsUnits: rewardUnits, fromStakeUnits: stakeUnits } = charge.amount;
  if (rewardUnits + stakeUnits === 0n) return still(snapshot, entry);
  const rewards = takeRewards(snapshot.unpaidRewards, rewardUnits, entry.occurredAtMs);
  const stake = takeStake(snapshot, stakeUnits);
  const part: ChargePart = {
    decisionId: charge.decisionId,
    rung: charge.rung,
    status,
    stakeUnits,
    rewardUnits,
    heldAtMs: status === 'held' ? charge.atMs : null,
    imposedAtMs: status === 'pending' ? charge.atMs : null,
    finalDueAtMs,
    settledAtMs: null,
    ...(rewards.taken.length > 0 && { rewardTranches: toTranches(rewards.taken) }),
    ...(stake.taken.length > 0 && { exitTranches: stake.taken }),
  };
  const moved = postings([
    ...stake.legs,
    ['rewardsUnpaid', -rewardUnits],
    [status, stakeUnits + rewardUnits],
  ]);
  const kind = status === 'held' ? 'hold' : 'charge';
  return settle(
    snapshot,
    { ...entry, parts: [...entry.parts, part] },
    charge,
    kind,
    moved,
    rewards.left,
    stake.withdrawals,
  );
}

function refund(
  snapshot: LedgerSnapshot,
  ref: DecisionRef,
  from: ('held' | 'pending')[],
  status: 'void' | 'lapsed',
  kind: TransferKind,
): LedgerMove {
  const entry = entryOf(snapshot, ref.caseId);
  // A rung whose charge was nothing has no money to give back.
  if (!entry.parts.some(({ decisionId }) => decisionId === ref.decisionId))
    return still(snapshot, entry);
  const part = partOf(entry, ref.decisionId, from);
  const stake = returnStake(snapshot, part, 0n);
  const moved = postings([
    [part.status as 'held' | 'pending', -(part.stakeUnits + part.rewardUnits)],
    ...stake.legs,
    ['rewardsUnpaid', part.rewardUnits],
  ]);
  const over: ChargePart = { ...part, status, settledAtMs: ref.atMs };
  const rewards = giveBack(snapshot, part, { rewardUnits: 0n }, entry);
  return settle(snapshot, replacePart(entry, over), ref, kind, moved, rewards, stake.withdrawals);
}

/** Rewards first (rule D5): what is kept of a part is rewards before stake. Throws when it would grow (rule E2). */
export function splitKept(
  part: ChargePart,
  units: bigint,
): Pick<ChargePart, 'stakeUnits' | 'rewardUnits'> {
  invariant(units >= 0n && units <= part.stakeUnits + part.rewardUnits, 'A charge may only fall.');
  const rewardUnits = minUnits(part.rewardUnits, units);
  return { rewardUnits, stakeUnits: units - rewardUnits };
}

function served(entry: CaseEntry, rung: RungId): CaseEntry {
  const servedRung = entry.servedRung === null ? rung : higherRung(entry.servedRung, rung);
  return { ...entry, servedRung };
}

function partOf(
  entry: CaseEntry,
  decisionId: string,
  statuses: ChargePart['status'][],
): ChargePart {
  const part = entry.parts.find((candidate) => candidate.decisionId === decisionId);
  invariant(part !== undefined, `Decision ${decisionId} has no money.`);
  invariant(
    statuses.includes(part.status),
    `The money of decision ${decisionId} is ${part.status}, not ${statuses.join(' or ')}.`,
  );
  return part;
}
