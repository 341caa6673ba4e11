import { expect, it } from 'vitest';
import { buildsOf } from './builds.ts';

it('reads the builds that shall serve', () => {
  expect(buildsOf('a, b-off@b~2026-12-look+2027-01-wait')).toEqual([
    { id: 'a', image: 'a', patchesOff: [] },
    { id: 'b-off', image: 'b', patchesOff: ['2026-12-look', '2027-01-wait'] },
  ]);
  expect(buildsOf('none')).toEqual([]);
});

it.each(['', 'a,', 'a b', 'a@', 'a@b~', 'a@b!2026-12-look', 'a,a'])(
  'says what is meant instead of %j',
  (text) => {
    expect(() => buildsOf(text)).toThrow('-c builds=old,new');
  },
);
