import { expect, it } from 'vitest';
import { aParticipant } from '../law/test-fixtures.ts';
import { asPinned, pinCapacity } from './capacity.ts';

const shares = (participant: { resources: { resourceId: string; capacity: number }[] }) =>
  Object.fromEntries(participant.resources.map((one) => [one.resourceId, one.capacity]));

it('keeps the share of a fault, whatever is declared during the case (rule D1, invariant H8)', () => {
  const pinned = pinCapacity(aParticipant(2), ['node-1']);
  expect(pinned).toEqual({ whole: 2, firing: { 'node-1': 1 } });
  const grown = asPinned(aParticipant(100), pinned, ['node-1']);
  expect(shares(grown)).toEqual({ 'node-1': 1, '(the rest)': 1 });
  const shrunk = asPinned(aParticipant(1), pinned, ['node-1']);
  expect(shares(shrunk)).toEqual({ 'node-1': 1, '(the rest)': 1 });
});

it('keeps the share of the opening, whatever is declared until the case is confirmed (rules C8, D1)', () => {
  const opened = pinCapacity(aParticipant(2), ['node-1']);
  expect(pinCapacity(aParticipant(100, 5), ['node-1'], opened)).toEqual(opened);
  // Nor does one vanish that is given up until then.
  expect(pinCapacity(aParticipant(0), ['node-1'], opened)).toEqual(opened);
  // What cleared meanwhile is no part of the fault, and what joined it counts as it is, within the whole.
  const joined = pinCapacity(aParticipant(100), ['node-2'], opened);
  expect(joined).toEqual({ whole: 2, firing: { 'node-2': 1 } });
});

it('counts what began to fire later, never beyond the whole', () => {
  const pinned = pinCapacity(aParticipant(2), ['node-1']);
  expect(shares(asPinned(aParticipant(2), pinned, ['node-1', 'node-2']))).toEqual({
    'node-1': 1,
    'node-2': 1,
  });
  expect(shares(asPinned(aParticipant(9, 5), pinned, ['node-2']))).toEqual({
    'node-1': 1,
    'node-2': 1,
  });
});

it('leaves a participant without declared resources as it is', () => {
  const none = aParticipant(0);
  expect(asPinned(none, pinCapacity(none, [null]), [null])).toEqual(none);
});
