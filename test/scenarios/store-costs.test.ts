import { afterAll, beforeAll, it } from 'vitest';
import { listStandings } from '../../functions/participants-api/operations/list-standings.ts';
import { CaseDriver } from './case-driver.ts';
import { type CaseWorld, openCaseWorld } from './case-world.ts';
import { addProvider } from './providers.ts';
import type { Seen } from './senders.ts';
import { expectUse } from './store-costs.ts';
import { meterOf, type StoreMeter, type StoreUse } from './store-meter.ts';

// What alerts ask of the store: counts of docs/operating/cost.md. Those of a case are taken where its whole path is told.

const MINUTE_MS = 60_000;
const MONITOR = 'monitor-a';

let world: CaseWorld;
let meter: StoreMeter;
beforeAll(async () => {
  world = await openCaseWorld('default.json');
  meter = meterOf(world.store);
});
afterAll(() => world?.close());

/** Posts one delivery about nodes of a participant; nothing is relayed. Posted again, it is a repeat. */
async function post(participantId: string, nodes: readonly number[]): Promise<StoreUse> {
  const seen = nodes.map(
    (number): Seen => ({ ...seenOf(participantId, number), severity: 'minor' }),
  );
  const nowMs = await world.clock.follow();
  await meter.during('receive', () => world.intake.senders.fire(MONITOR, nowMs, seen));
  return meter.take('receive');
}

async function resolve(participantId: string, node: number): Promise<StoreUse> {
  const nowMs = await world.clock.follow();
  const seen = [seenOf(participantId, node)];
  await meter.during('receive', () => world.intake.senders.resolve(MONITOR, nowMs, seen));
  return meter.take('receive');
}

function seenOf(participantId: string, number: number) {
  const resourceId = `${participantId}-node-${number}`;
  return { participantId, violationType: 'downtime', resourceId };
}

async function relay(participantId: string): Promise<StoreUse> {
  await meter.during('relay', () => world.intake.relayFor(participantId));
  return meter.take('relay');
}

it('is counted for alerts, alone and ten in a delivery', async () => {
  await addProvider(world, 'op-1', { nodes: 11 });
  await addProvider(world, 'op-2');
  const ten = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  await post('op-2', [1]);
  // From here on sources and policies are remembered: counted is what an alert costs a warm copy of the function.
  expectUse('delivery of 1 new alert', await post('op-1', [1]));
  expectUse('delivery of 1 repeat, soon', await post('op-1', [1]));
  expectUse('delivery of 10 new alerts', await post('op-1', ten));
  expectUse('delivery of 10 repeats, soon', await post('op-1', ten));
  await world.timeline.until((await world.clock.follow()) + 2 * MINUTE_MS);
  await post('op-2', [1]);
  expectUse('delivery of 1 repeat, later', await post('op-1', [1]));
  expectUse('delivery of 10 repeats, later', await post('op-1', ten));
  expectUse('delivery of 1 resolve', await resolve('op-1', 1));
});

it('is counted for what is relayed', async () => {
  await addProvider(world, 'op-3', { nodes: 10 });
  const driver = new CaseDriver(world, { participantId: 'op-3' });
  await post('op-3', [1]);
  expectUse('relay of the fire that opens a case', await relay('op-3'));
  await driver.adopt();
  await post('op-3', [2]);
  expectUse('relay of a further fire', await relay('op-3'));
  await resolve('op-3', 2);
  expectUse('relay of a resolve', await relay('op-3'));
  // Else the case, still busy with that, may see the next resolve by itself and end before it is told.
  await driver.settle();
  await resolve('op-3', 1);
  expectUse('relay of the resolve that clears a case', await relay('op-3'));
  await post('op-3', [3, 4, 5, 6, 7, 8, 9, 10]);
  expectUse('relay of 8 further fires', await relay('op-3'));
  await driver.settle();
  await driver.leave();
});

it('is counted for one page of standings', async () => {
  const nowMs = await world.clock.follow();
  const law = { policyAt: async () => world.policy };
  const call = { nowMs, query: { limit: 100 } } as Parameters<typeof listStandings>[1];
  const { body } = await meter.during('page', () =>
    listStandings({ participants: world.registry, law }, call),
  );
  expectUse(`page of ${body.items.length} standings`, meter.take('page'));
});
