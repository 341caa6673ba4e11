import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaseDriver } from './case-driver.ts';
import { type CaseWorld, openCaseWorld } from './case-world.ts';
import { approve } from './people.ts';
import { addProvider } from './providers.ts';
import { DAY_MS, isAt, isProposed } from './scenario.ts';

// Rule D12: a single case above a share of the network's stake takes two approvers.

let world: CaseWorld;
beforeAll(async () => {
  // As if every charge were large: the rates of the default law come near 5 % of the whole only where one has nearly all the stake.
  world = await openCaseWorld('default.json', { breaker: { twoApproversBps: 0 } });
});
afterAll(() => world?.close());

it('takes two approvers, even for a rung that is imposed by itself otherwise', async () => {
  await addProvider(world, 'whale');
  const driver = new CaseDriver(world, { participantId: 'whale' });
  await driver.fire();
  const drafted = await driver.until(isProposed);
  expect(drafted.proposal).toMatchObject({ rung: 'P1', approvalsNeeded: 2 });
  await approve(driver, 'governor-1');
  await driver.advance(DAY_MS);
  expect(await driver.record()).toMatchObject({ rung: 'W', stage: 'proposed' });
  await approve(driver, 'governor-2');
  expect(await driver.until(isAt('P1'))).toMatchObject({ stage: 'correcting' });
});
