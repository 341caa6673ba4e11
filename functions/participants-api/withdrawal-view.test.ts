import { expect, test } from 'vitest';
import { anExit, DAY_MS, T0 } from '../../domain/law/test-fixtures.ts';
import { withdrawalView } from './withdrawal-view.ts';

const at = (ms: number) => new Date(ms).toISOString();
const DUE_MS = T0 + 28 * DAY_MS;

test('until the end of unbonding it is looked at there', () => {
  expect(withdrawalView(anExit('w', T0, 10n), DUE_MS - 1)).toMatchObject({
    status: 'unbonding',
    dueAt: at(DUE_MS),
    nextLookAt: at(DUE_MS),
  });
});

test('what waits for cases is looked at every day', () => {
  const waiting = anExit('w', T0, 10n, { exitingUnits: 4n, left: [{ atMs: DUE_MS, units: 6n }] });
  expect(withdrawalView(waiting, DUE_MS)).toMatchObject({
    status: 'waiting',
    leftUnits: '6',
    exitingUnits: '4',
    nextLookAt: at(DUE_MS + DAY_MS),
  });
  expect(withdrawalView(waiting, DUE_MS + DAY_MS)).toMatchObject({
    nextLookAt: at(DUE_MS + 2 * DAY_MS),
  });
});

test.each(['left', 'cancelled'] as const)('once it has %s nobody looks', (outcome) => {
  const over = anExit('w', T0, 10n, { exitingUnits: 0n, outcome, endedAtMs: DUE_MS });
  expect(withdrawalView(over, DUE_MS)).toMatchObject({
    status: outcome,
    nextLookAt: null,
    endedAt: at(DUE_MS),
  });
});
