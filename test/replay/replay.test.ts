import { beforeAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { ActivityPorts } from '../../activities/ports.ts';
import { CASE_UPDATES } from '../../contracts/temporal.ts';
import type { Outcome, Stage } from '../../domain/case/state.ts';
import { activitiesIn, outcomesIn, stagesIn, updatesIn } from './contents.ts';
import { readHistories } from './histories.ts';
import { bundleOf, bundleOfMutant, MUTATIONS, replay } from './replaying.ts';

const histories = readHistories();
const names = histories.map(({ name }) => name);

describe('the committed histories', () => {
  it('replay with the workflows as they are', async () => {
    const results = await replay(await bundleOf(), histories);
    expect(results).toEqual(names.map((name) => ({ name, error: null })));
  });

  describe.each(MUTATIONS)('with $what in the workflows', (mutation) => {
    let results: Awaited<ReturnType<typeof replay>>;
    beforeAll(async () => {
      results = await replay(await bundleOfMutant(mutation), histories);
    });

    const showing = names.filter((name) => mutation.shownBy.test(name));
    it.each(showing)('%s does not replay', (name) => {
      const result = results.find((each) => each.name === name);
      expect(result?.error).toBe('DeterminismViolationError');
    });
  });
});

describe('what the committed histories cover', () => {
  it('is every message of a person', () => {
    expect(updatesIn(histories)).toEqual([...CASE_UPDATES].sort());
  });

  it('is every stage', () => {
    const stages: Stage[] = ['confirming', 'correcting', 'ended', 'proposed', 'restoring'];
    expect(stagesIn(histories)).toEqual(stages);
  });

  it('is every way in which a case ends', () => {
    const outcomes: Outcome[] = ['corrected', 'dismissed', 'excluded', 'reinstated', 'unconfirmed'];
    expect(outcomesIn(histories)).toEqual(outcomes);
  });

  it('is every step, save what only a race at its end calls for', () => {
    const isRace = (step: string) => step === 'returnToInbox';
    const steps = Object.keys(createActivities({} as ActivityPorts)).sort();
    const covered = activitiesIn(histories);
    expect(covered.filter((step) => !isRace(step))).toEqual(steps.filter((step) => !isRace(step)));
  });
});
