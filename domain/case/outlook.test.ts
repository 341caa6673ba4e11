import { expect, it } from 'vitest';
import { DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import { newCaseState } from './open.ts';
import { nextDue } from './outlook.ts';
import type { CaseState } from './state.ts';

const law = lawOf('performance');

/** A warned case whose alerts have resolved, and whose cure check could not be positive yet. */
function unproven(change: Partial<CaseState> = {}): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  const finalDueAtMs = T0 + 14 * DAY_MS;
  const warning = { decisionId: 'c-1-W', rung: 'W' as const, chargedUnits: '0', finalDueAtMs };
  return {
    ...fresh,
    stage: 'correcting',
    law,
    rung: 'W',
    imposed: [{ ...warning, imposedAtMs: T0, money: 'final' }],
    recheck: { atMs: T0 + DAY_MS, everyMs: DAY_MS },
    ...change,
  };
}

it('looks again at a cure that is not proven, and asks the governors while it stays so (invariant H10)', () => {
  expect(nextDue(unproven())).toEqual({ act: 'recheck-cure', atMs: T0 + DAY_MS });
  const askAtMs = T0 + law.governorAskMs;
  const late = unproven({ recheck: { atMs: askAtMs + 1, everyMs: DAY_MS } });
  expect(nextDue(late)).toEqual({ act: 'ask-governors', atMs: askAtMs });
  const asked = { ...late, governorsAskedAtMs: askAtMs };
  expect(nextDue(asked)).toEqual({ act: 'recheck-cure', atMs: askAtMs + 1 });
});
