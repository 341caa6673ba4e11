import { expect, test } from 'vitest';
import { newCaseState } from '../domain/case/open.ts';
import { aLedger, anEntry, DAY_MS, lawOf, T0 } from '../domain/law/test-fixtures.ts';
import { laterCases } from './close-dispute.ts';

test('those that occurred in the probation of what fell are told too, however long it lasted (rules C6, D10)', () => {
  const day = (days: number) => ({ occurredAtMs: T0 + days * DAY_MS });
  const later = [anEntry('b', day(89)), anEntry('c', day(100)), anEntry('d', day(128))];
  const snapshot = aLedger(1_000n, [anEntry('a'), ...later]);
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'a',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'g',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  const state = { ...fresh, law: lawOf('performance') };
  expect(laterCases(snapshot, state)).toEqual(['b']);
  const probationUntilMs = T0 + 127 * DAY_MS;
  expect(laterCases(snapshot, { ...state, probationUntilMs })).toEqual(['b', 'c']);
  expect(laterCases(snapshot, { ...state, probationOverAtMs: probationUntilMs })).toEqual([
    'b',
    'c',
  ]);
});
