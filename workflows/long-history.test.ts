import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../apps/local/parts/wait-until.ts';
import { type CaseObservation, OBSERVATIONS_RECEIVED } from '../contracts/temporal.ts';
import { CaseDriver } from '../test/scenarios/case-driver.ts';
import { type CaseWorld, openCaseWorld } from '../test/scenarios/case-world.ts';
import { addProvider } from '../test/scenarios/providers.ts';

/** The server suggests a new run at 4,096 events; more news than this cannot fit into one. */
const MOST_NEWS = 4_096;

/** Signals under way at once: the case is never without news, as under a source that flaps. */
const AT_ONCE = 64;

/** A workflow task is scheduled, started and completed. */
const EVENTS_OF_A_TASK = 3;

/** How often a signal is sent anew that fell between two runs. */
const MOST_TRIES = 50;

/** Between two runs the test server may know of none, and says so; a real server never does. */
async function untilKnown(signal: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await signal();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError) || tries === MOST_TRIES) throw error;
    }
  }
}

let world: CaseWorld;
beforeAll(async () => {
  world = await openCaseWorld('default.json');
});
afterAll(() => world?.close());

it('goes on in a new run under a flood of news, and forgets neither clocks nor answered requests', async () => {
  await addProvider(world, 'op-flood');
  const driver = new CaseDriver(world, { participantId: 'op-flood' });
  await driver.fire();
  await driver.toNextDeadline();
  const note = { kind: 'addNote' as const, text: 'It flaps.' };
  const first = await driver.act('olga', note, { key: 'the-same-key' });
  const before = await driver.state();
  const { workflowId } = await driver.record();
  const handle = world.environment.client.workflow.getHandle(workflowId);

  const item: CaseObservation = {
    ref: { alertKey: 'monitor-a/none', seq: 1 },
    kind: 'fired',
    resourceId: null,
    severity: 'minor',
    startsAtMs: 0,
    endsAtMs: null,
    receivedAtMs: 0,
  };
  let now = await handle.describe();
  const { runId } = now;
  for (let sent = 0; now.runId === runId && sent < MOST_NEWS; sent += AT_ONCE) {
    const takenIn = now.historyLength + AT_ONCE + EVENTS_OF_A_TASK;
    const signals = Array.from({ length: AT_ONCE }, () =>
      untilKnown(() => handle.signal(OBSERVATIONS_RECEIVED, { v: 1, items: [item] })),
    );
    await Promise.all(signals);
    // The case takes something in before more is sent, so that signals do not all meet one task. It is not asked: a question that falls
    // between two runs is never answered by the test server, which then keeps its time stopped.
    await waitUntil(
      async () => {
        now = await handle.describe();
        return now.runId !== runId || now.historyLength >= takenIn;
      },
      { what: 'the case to take in what it was sent', withinMs: 120_000 },
    );
  }
  await driver.settle();
  expect((await handle.describe()).runId).not.toBe(runId);
  expect(await driver.state()).toMatchObject({
    stage: 'correcting',
    rung: 'W',
    announced: before.announced,
  });
  expect(await driver.act('olga', note, { key: 'the-same-key' })).toEqual(first);
  expect(await driver.toNextDeadline()).toMatchObject({ rung: 'P1' });
}, 300_000);
