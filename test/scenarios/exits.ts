import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createWithdrawalStarts } from '../../adapters/dynamodb/withdrawal-starts.ts';
import type { Withdrawal } from '../../domain/ledger/accounts.ts';
import { withdraw } from '../../functions/participants-api/operations/withdraw.ts';
import { startWithdrawals } from '../../functions/redeliver/start-withdrawals.ts';
import type { CaseDriver } from './case-driver.ts';

/** What participants do to get their stake out, through the operations of the API and the real workflow of a withdrawal. */

let serial = 0;

/** Asks for a withdrawal, and lets it be started. Throws the refusal. */
export async function askToLeave(driver: CaseDriver, units: bigint): Promise<void> {
  const { world, participantId } = driver;
  serial += 1;
  const nowMs = await world.clock.follow();
  await withdraw(
    {
      ledger: world.cases,
      law: createDirectory(world.store, world.clock),
      keys: createIdempotencyKeys(world.store),
    },
    {
      params: { participantId },
      query: {},
      body: {
        amount: { asset: world.policy.asset, units: units.toString() },
        externalRef: `out-${serial}`,
      },
      principal: {
        account: participantId,
        person: participantId,
        organisation: participantId,
        roles: ['participant'],
        participantId,
        controlGroup: null,
      },
      ownOnly: participantId,
      key: `key-of-exit-${serial}`,
      nowMs,
    },
  );
  await startWithdrawals({
    networkId: world.store.networkId,
    starts: createWithdrawalStarts(world.store),
    cases: world.people,
    logger: { error: () => {} },
  });
}

/** The participant's only withdrawal. */
export async function onlyExit(driver: CaseDriver): Promise<Withdrawal> {
  const { withdrawals } = await driver.ledger();
  const [only, ...others] = withdrawals;
  if (only === undefined || others.length > 0) throw new Error(`There are ${withdrawals.length}.`);
  return only;
}

/** Pays stake in. */
export async function payIn(driver: CaseDriver, units: bigint): Promise<void> {
  const { world, participantId } = driver;
  serial += 1;
  const act = { actor: 'treasurer', atMs: await world.clock.follow() };
  await world.registry.deposit({ participantId, externalRef: `in-${serial}`, units }, act);
}

/** Lets time pass where no case is open yet, and lets what it makes due be done. */
export async function pass(driver: CaseDriver, ms: number): Promise<void> {
  const { world } = driver;
  await world.timeline.until((await world.clock.follow()) + ms);
  do await new Promise((resolve) => setTimeout(resolve, 20));
  while (world.isWorking());
}
