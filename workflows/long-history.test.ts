import { isGrpcDeadlineError, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CaseObservation, OBSERVATIONS_RECEIVED } from '../contracts/temporal.ts';
import type { CaseState } from '../domain/case/state.ts';
import { CaseDriver } from '../test/scenarios/case-driver.ts';
import { type CaseWorld, openCaseWorld } from '../test/scenarios/case-world.ts';
import { addProvider } from '../test/scenarios/providers.ts';

/** The server suggests a new run at 4,096 events; more news than this cannot fit into one. */
const MOST_NEWS = 4_096;

/** Signals under way at once: the case is never without news, as under a source that flaps. */
const AT_ONCE = 64;

/** How often a call is made anew that fell between two runs. */
const MOST_TRIES = 50;
const PATIENCE_MS = 10_000;

/**
 * Between two runs the test server may know of none, or leave a question to the run that has ended and never answer: the call is made
 * anew. A real server does neither.
 */
async function untilKnown<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await world.environment.connection.withDeadline(Date.now() + PATIENCE_MS, call);
    } catch (error) {
      const isBetween = error instanceof WorkflowNotFoundError || isGrpcDeadlineError(error);
      if (!isBetween || tries === MOST_TRIES) throw error;
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
  const { runId } = await handle.describe();

  const item: CaseObservation = {
    ref: { alertKey: 'monitor-a/none', seq: 1 },
    kind: 'fired',
    resourceId: null,
    severity: 'minor',
    startsAtMs: 0,
    endsAtMs: null,
    receivedAtMs: 0,
  };
  let runNow = runId;
  for (let sent = 0; runNow === runId && sent < MOST_NEWS; sent += AT_ONCE) {
    const signals = Array.from({ length: AT_ONCE }, () =>
      untilKnown(() => handle.signal(OBSERVATIONS_RECEIVED, { v: 1, items: [item] })),
    );
    await Promise.all(signals);
    // The query waits for the case to have taken in what was sent, so that signals do not all meet one task.
    await untilKnown(() => handle.query<CaseState>('caseState'));
    runNow = (await handle.describe()).runId;
  }
  await driver.settle();
  expect(runNow).not.toBe(runId);
  const now = await driver.state();
  expect(now).toMatchObject({ stage: 'correcting', rung: 'W', announced: before.announced });
  expect(await driver.act('olga', note, { key: 'the-same-key' })).toEqual(first);
  expect(await driver.toNextDeadline()).toMatchObject({ rung: 'P1' });
}, 300_000);
