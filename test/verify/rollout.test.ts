import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealParts, startRealParts } from '../support/chaos/real-parts.ts';
import { fullPath } from '../support/chaos/stories.ts';
import { runStory, type StoryRun } from '../support/chaos/story-run.ts';
import { type Crew, hireCrew } from '../support/chaos/worker-crew.ts';
import { PATCH } from '../support/rollout/release.ts';
import { type RolledCase, type Rollout, rollOut } from '../support/rollout/rollout.ts';

/** A full case has some 260 events; it goes on as a new run on its way. */
const SERVER = { 'limit.historyCount.suggestContinueAsNew': 150 };

/** Numbers of Temporal's `VersioningBehavior`. */
const UNVERSIONED = 0;
const AUTO_UPGRADE = 2;

let parts: RealParts;
let crew: Crew;
let calm: StoryRun;
let rollout: Rollout;
let cases: readonly RolledCase[];
beforeAll(async () => {
  parts = await startRealParts(SERVER);
  crew = hireCrew({ spares: 0, logPath: `${parts.folder}/workers.log` });
  // The undisturbed case has a worker without a version, as on one machine.
  [calm, rollout] = await Promise.all([runStory(parts, crew, 'calm', fullPath), rollOut(parts)]);
  cases = [rollout.early, rollout.second, rollout.late];
});
afterAll(async () => {
  await calm?.network.close();
  await crew?.close();
  await parts?.close();
});

const buildsOf = ({ runs }: RolledCase) => {
  const all = runs.flatMap((run) => run.builds);
  return all.filter((build, index) => build !== all[index - 1]);
};
const patchesOf = ({ runs }: RolledCase) => runs.reduce((sum, run) => sum + run.patches, 0);

describe('a change of the workflows that is rolled out over cases in flight, and back', () => {
  it('moves a case to the new version, and to the one with the change switched off', () => {
    expect(buildsOf(rollout.early).slice(0, 4)).toEqual(['none', 'a', 'b', 'b-off']);
    expect(buildsOf(rollout.second).slice(0, 2)).toEqual(['b', 'b-off']);
    expect(buildsOf(rollout.late)).toEqual(['b-off']);
    const named = cases.flatMap(({ runs, settlement }) => [...runs, ...settlement]);
    const behaviours = new Set(named.flatMap((run) => run.behaviours));
    expect(behaviours).toEqual(new Set([UNVERSIONED, AUTO_UPGRADE]));
  });

  it('has new decisions take the patch only where it is switched on', () => {
    expect(patchesOf(rollout.early)).toBe(1);
    expect(patchesOf(rollout.second)).toBe(1);
    expect(patchesOf(rollout.late)).toBe(0);
  });

  it('is not taken back to code that does not know what cases have done', () => {
    expect(rollout.refusal.code).toBe(5);
    expect(rollout.refusal.said).toContain(`${PATCH} (2 running)`);
    expect(rollout.refusal.said).toContain(`PATCHES_OFF=${PATCH}`);
  });

  it('only makes a case stand still where that is done all the same, and it goes on afterwards', () => {
    expect(rollout.standstill).toContain('TMPRL1100');
    expect(cases.map(({ record }) => record.outcome)).toEqual(Array(3).fill('reinstated'));
  });

  it('goes with a case into its new run and into its settlement', () => {
    for (const { runs } of cases) expect(runs.some((run) => run.continued)).toBe(true);
    // It began while the change was switched off and was there when it was switched on again.
    expect(rollout.late.settlement.map((run) => run.builds)).toEqual([['b-off', 'b']]);
  });

  it('leaves every ledger as an undisturbed case does', () => {
    const { participantId: _calm, ...undisturbed } = calm.ledger.participants[0]!;
    for (const { account } of cases) {
      const { participantId: _id, ...rolled } = account!;
      expect(rolled).toEqual(undisturbed);
    }
  });

  it('is driven by the commands of an installation', () => {
    const { answers } = rollout;
    const words = ['current a', 'current b', 'current b-off', 'versions', 'current b'];
    expect(answers.map((answer) => answer.words)).toEqual(words);
    expect(answers[3]?.said).toMatch(/^b-off\tcurrent.*\nb\tdraining.*\na\tdrain(ing|ed)/);
  });
});
