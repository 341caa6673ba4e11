import { beforeAll, expect, it } from 'vitest';
import { type IntakeEnd, intakeStory, WHOLE_STORY } from '../support/faults/intake-story.ts';
import { type StruckRuns, strikeEachCall } from '../support/faults/struck-runs.ts';
import { setup } from '../support/parts/store-setup.ts';

/**
 * Every call to the store that accepting, relaying and redelivering make meets conflicts, throttling, failures of the store, lost requests
 * and lost answers. Monitors send again, the stream and the schedule come again; then everything is as if nothing had happened.
 */

let runs: StruckRuns<IntakeEnd>;
beforeAll(async () => {
  const stop = await setup();
  try {
    runs = await strikeEachCall(intakeStory(WHOLE_STORY));
  } finally {
    await stop();
  }
  const { plan, ends } = runs;
  console.info(`${plan.strikes} faults at ${plan.calls} calls of intake in ${ends.length} runs`);
});

it('tells each case everything, in the undisturbed life as well', () => {
  const { calm } = runs;
  expect(calm.refusals).toEqual([]);
  expect(Object.values(calm.told)).toHaveLength(3);
  expect(calm.fates).toEqual([
    ['case', 'case', 'case', 'quarantine', 'orphan'],
    ['repeat', 'case'],
    ['case'],
    ['resolve-applied'],
    ['resolve-applied', 'resolve-applied'],
    ['case'],
  ]);
});

it('meets every fault at every call', () => {
  expect(runs.plan.left).toEqual([]);
  expect(runs.plan.calls).toBeGreaterThan(80);
});

it('leaves heads, observations, slots and members as if nothing had happened', () => {
  for (const end of runs.ends) expect(end.stored).toEqual(runs.calm.stored);
});

it('tells the cases the same, and nothing stays without its fate', () => {
  for (const end of runs.ends) {
    expect(end.told).toEqual(runs.calm.told);
    expect(end.fates.flat()).not.toContain('pending');
    expect(end.fates.map((fates) => fates.length)).toEqual(runs.calm.fates.map((f) => f.length));
  }
});

it('asks the sender to come again, and never says that it is to blame', () => {
  const refusals = runs.ends.flatMap((end) => end.refusals);
  expect(refusals.length).toBeGreaterThan(100);
  for (const { status, headers } of refusals) {
    expect([503, 429]).toContain(status);
    expect(headers['retry-after']).toMatch(/^\d+$/);
  }
});
