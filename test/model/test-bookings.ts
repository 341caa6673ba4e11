import { freeUnits } from '../../domain/law/blocks.ts';
import { HOUR_MS } from '../../domain/law/test-fixtures.ts';
import { payRewards as bookPayout } from '../../domain/ledger/bookings.ts';
import { toLedgerChange } from '../../domain/ledger/move.ts';
import { beginExit } from '../../domain/ledger/withdrawals.ts';
import type { IdempotencyKeys } from '../../domain/ports/idempotency-keys.ts';
import { cancelWithdrawal } from '../../functions/participants-api/operations/cancel-withdrawal.ts';
import { creditReward } from '../../functions/participants-api/operations/credit-reward.ts';
import { payRewards } from '../../functions/participants-api/operations/pay-rewards.ts';
import { withdraw as beginWithdrawal } from '../../functions/participants-api/operations/withdraw.ts';
import { HttpProblem } from '../../functions/shared/http-problem.ts';
import type { Network } from './test-network.ts';
import { owner } from './test-people.ts';
import { WorkerDied } from './test-store.ts';

/** A caller of the API who remembers no answer, so that the booking's own key must hold. */
const FORGETFUL: IdempotencyKeys = {
  claim: async () => ({ status: 'claimed' }),
  answer: async () => undefined,
};

/** A call as the API's router makes it. */
function callOf(network: Network, participantId: string, more: Record<string, unknown>): never {
  const { controlGroup } = network.store.tables.book(participantId).participant;
  const principal = owner(participantId, controlGroup);
  const nowMs = network.now;
  const key = `k-${network.next()}`;
  return { principal, ownOnly: null, query: {}, key, nowMs, ...more } as never;
}

function depsOf(network: Network) {
  const law = { policyAt: async (atMs: number) => network.policyAt(atMs) };
  return { ledger: network.store.port(), law, keys: FORGETFUL };
}

/** Books once; the function may die before or after it has written, and then the caller asks again. What is refused changes nothing. */
async function booked(network: Network, what: string, run: () => Promise<unknown>): Promise<void> {
  const fate = network.nextFate('');
  const dies = (): never => {
    throw new WorkerDied('The function is gone.');
  };
  if (fate === 'dies-before-commit') network.store.strike = { beforeCommit: dies };
  if (fate === 'dies-after-commit') network.store.strike = { afterCommit: dies };
  try {
    await run();
    if (fate === 'answer-lost') await run();
    network.count(what);
  } catch (error) {
    if (error instanceof WorkerDied) {
      network.count(`booking ${fate}`);
      await run();
    } else if (error instanceof HttpProblem) network.count(`${what} refused`);
    else throw error;
  } finally {
    network.store.strike = {};
  }
}

const ASSET = 'SWM';

/** Credits a reward that was earned a while ago. */
export function reward(
  network: Network,
  { who, units, lateHours }: { who: number; units: bigint; lateHours: number },
): Promise<void> {
  const participantId = network.idOf(who);
  const earnedAt = new Date(network.now - lateHours * HOUR_MS).toISOString();
  const body = {
    amount: { asset: ASSET, units: units.toString() },
    earnedAt,
    externalRef: `r-${network.next()}`,
  };
  const call = callOf(network, participantId, { params: { participantId }, body });
  return booked(network, 'reward', () => creditReward(depsOf(network), call));
}

/** Pays a part of what is unpaid. */
export async function payOut(
  network: Network,
  { who, parts }: { who: number; parts: number },
): Promise<void> {
  const participantId = network.idOf(who);
  const snapshot = network.store.tables.snapshot(participantId);
  const units = snapshot.balances.rewardsUnpaid / BigInt(parts);
  if (units === 0n) return;
  const externalRef = `o-${network.next()}`;
  if (network.bugs.habits?.paysBarred) {
    const transferId = `payout/${externalRef}`;
    const move = bookPayout(snapshot, { transferId, units, atMs: network.now });
    await commitBare(network, `payout/${externalRef}`, toLedgerChange(snapshot, move));
    return;
  }
  const body = { amount: { asset: ASSET, units: units.toString() }, externalRef };
  const call = callOf(network, participantId, { params: { participantId }, body });
  await booked(network, 'payout', () => payRewards(depsOf(network), call));
}

/** Asks for a part of what is available; more than is free is refused. */
export async function withdraw(
  network: Network,
  { who, parts }: { who: number; parts: number },
): Promise<void> {
  const participantId = network.idOf(who);
  const snapshot = network.store.tables.snapshot(participantId);
  const { available } = snapshot.balances;
  const free = freeUnits(snapshot);
  // Now and then all that is there is asked for, whatever needs it.
  const units = parts === 1 ? available : free / BigInt(parts - 1);
  if (units === 0n) return;
  const externalRef = `w-${network.next()}`;
  if (network.bugs.habits?.looksAtFree === false) {
    const requestedAtMs = network.now;
    const dueAtMs = requestedAtMs + network.policyAt(requestedAtMs).unbondingMs;
    const withdrawalId = externalRef;
    const move = beginExit(snapshot, { withdrawalId, externalRef, requestedAtMs, dueAtMs, units });
    await commitBare(network, withdrawalId, toLedgerChange(snapshot, move));
    network.store.tables.withdrawalStarts.push({
      ...{ participantId, withdrawalId, requestedAtMs, dueAtMs },
    });
    return;
  }
  const body = { amount: { asset: ASSET, units: units.toString() }, externalRef };
  const call = callOf(network, participantId, { params: { participantId }, body });
  await booked(network, 'withdrawal', () => beginWithdrawal(depsOf(network), call));
}

/** Takes the oldest withdrawal that still runs back. */
export async function stay(network: Network, who: number): Promise<void> {
  const participantId = network.idOf(who);
  const { withdrawals } = network.store.tables.alone(participantId);
  const running = withdrawals.find(({ outcome }) => outcome === null);
  if (!running) return;
  const params = { participantId, withdrawalId: running.withdrawalId };
  const call = callOf(network, participantId, { params, body: undefined });
  await booked(network, 'cancelled withdrawal', () => cancelWithdrawal(depsOf(network), call));
}

/** For planted bugs: a booking that nothing has looked at. */
async function commitBare(
  network: Network,
  stepKey: string,
  ledger: ReturnType<typeof toLedgerChange>,
): Promise<void> {
  await network.store.port().commit({
    stepKey,
    inputHash: stepKey,
    resultJson: '{}',
    record: null,
    recordIsNew: false,
    ledger,
    notices: [],
    audit: [],
    freeSlot: null,
  });
}
