import { beforeAll, expect, it } from 'vitest';
import { type IntakeEnd, intakeStory } from '../../test/support/faults/intake-story.ts';
import { type StruckRuns, strikeEachCall } from '../../test/support/faults/struck-runs.ts';

/**
 * One delivery with all that can become of an alert: every call to the store that accepting, relaying and redelivering it make meets
 * conflicts, throttling, failures of the store, lost requests and lost answers. `test/verify/intake-faults.test.ts` lives a longer story.
 */

let runs: StruckRuns<IntakeEnd>;
beforeAll(async () => {
  runs = await strikeEachCall(intakeStory(['fires', 'some clear']));
}, 120_000);

it('meets every fault at every call', () => {
  expect(runs.plan.left).toEqual([]);
  expect(runs.plan.calls).toBeGreaterThan(50);
  expect(runs.calm.refusals).toEqual([]);
});

it('stores and tells the same as if nothing had happened', () => {
  for (const end of runs.ends) {
    expect(end.stored).toEqual(runs.calm.stored);
    expect(end.told).toEqual(runs.calm.told);
    expect(end.fates.flat()).not.toContain('pending');
  }
});

it('asks the sender to come again, and never says that it is to blame', () => {
  const refusals = runs.ends.flatMap((end) => end.refusals);
  expect(refusals.length).toBeGreaterThan(20);
  for (const answer of refusals) {
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
  }
});
