import { describe, expect, test } from 'vitest';
import { declareResources, giveUpResource, ownedAt, participantAt } from './declaration.ts';
import { aParticipant, DAY_MS, T0 } from './law/test-fixtures.ts';

const at = (nowMs: number) => ({ nowMs, shrinkNoticeMs: 28 * DAY_MS });
const node = (capacity: number, resourceId = 'node-1') => ({ resourceId, capacity });
const capacities = (participant: ReturnType<typeof aParticipant>, nowMs: number) =>
  participantAt(participant, nowMs).resources.map(({ capacity }) => capacity);

describe('declaring resources (rule C8)', () => {
  const before = aParticipant(2, 10);

  test('growth and what is new act at once', () => {
    const after = declareResources(before, [node(11), node(5, 'node-3')], at(T0));
    expect(capacities(after, T0)).toEqual([11, 10, 5]);
    expect(after.pendingResources).toBeUndefined();
  });

  test('a smaller share acts after its notice', () => {
    const after = declareResources(before, [node(4)], at(T0));
    expect(capacities(after, T0 + 28 * DAY_MS - 1)).toEqual([10, 10]);
    expect(capacities(after, T0 + 28 * DAY_MS)).toEqual([4, 10]);
  });

  test('what is announced again keeps its date, what shrinks further gets one of its own', () => {
    const first = declareResources(before, [node(4)], at(T0));
    const again = declareResources(first, [node(6)], at(T0 + DAY_MS));
    expect(again.pendingResources).toEqual([
      { resourceId: 'node-1', capacity: 6, effectiveAtMs: T0 + 28 * DAY_MS },
    ]);
    const further = declareResources(again, [node(1)], at(T0 + 2 * DAY_MS));
    expect(further.pendingResources).toEqual([
      { resourceId: 'node-1', capacity: 1, effectiveAtMs: T0 + 30 * DAY_MS },
    ]);
  });

  test('declared as it is, a shrink is taken back', () => {
    const after = declareResources(declareResources(before, [node(4)], at(T0)), [node(10)], at(T0));
    expect(after).toEqual(before);
  });

  test('where it is probed acts at once', () => {
    const probed = { ...node(4), probeUrl: 'http://probe.test' };
    const after = declareResources(before, [probed], at(T0));
    expect(after.resources[0]).toEqual({ ...probed, capacity: 10 });
  });
});

describe('giving a resource up', () => {
  const given = giveUpResource(aParticipant(2, 10), 'node-1', at(T0));
  const GONE_MS = T0 + 28 * DAY_MS;

  test('it is the participant’s until its notice has passed, and was after that (rule B8)', () => {
    expect(capacities(given, GONE_MS - 1)).toEqual([10, 10]);
    const gone = participantAt(given, GONE_MS);
    expect(gone.resources.map(({ resourceId }) => resourceId)).toEqual(['node-2']);
    expect(ownedAt(gone, 'node-1', GONE_MS - 1)).toBe(true);
    expect(ownedAt(gone, 'node-1', GONE_MS)).toBe(false);
  });

  test('given up twice it keeps its date', () => {
    expect(giveUpResource(given, 'node-1', at(T0 + DAY_MS))).toEqual(given);
  });

  test('declared again it stays', () => {
    expect(declareResources(given, [node(10)], at(T0))).toEqual(aParticipant(2, 10));
  });
});

test('what was another’s before belongs to who had it then (rule B8)', () => {
  const participant = { ...aParticipant(0), resources: [{ ...node(1), ownedFromMs: T0 }] };
  expect(ownedAt(participant, 'node-1', T0 - 1)).toBe(false);
  expect(ownedAt(participant, 'node-1', T0)).toBe(true);
  const grown = declareResources(participant, [node(3)], at(T0));
  expect(ownedAt(grown, 'node-1', T0 - 1)).toBe(false);
});
