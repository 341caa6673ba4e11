import { expect, test } from 'vitest';
import { aSanction, DAY_MS, T0 } from './law/test-fixtures.ts';
import { withoutCutFrom } from './sanction.ts';

test('a late audit ends every cut of a sanction, while it suspends and after the return (rule E6)', () => {
  const own = aSanction('c', {
    access: 'suspended',
    rewardCutBps: 7_500,
    rewardCutUntilMs: T0 + 30 * DAY_MS,
    rewardCutSuspendedBps: 10_000,
    rewardCutAfterMs: 30 * DAY_MS,
  });
  const ended = withoutCutFrom(own, T0);
  expect(ended).toMatchObject({ access: 'suspended', rewardCutUntilMs: T0 });
  expect(ended).not.toHaveProperty('rewardCutSuspendedBps');
  expect(ended).not.toHaveProperty('rewardCutAfterMs');
  // The running cut is over already, and the greater one goes on without a term.
  const running = { ...own, rewardCutUntilMs: T0 - 1 };
  expect(withoutCutFrom(running, T0)).toMatchObject({ rewardCutUntilMs: T0 - 1 });
  expect(ended && withoutCutFrom(ended, T0 + 1)).toBeNull();
});
