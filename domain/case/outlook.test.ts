import { describe, expect, it } from 'vitest';
import { DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import { newCaseState } from './open.ts';
import { nextDue } from './outlook.ts';
import type { CaseState } from './state.ts';

const law = lawOf('performance');

function aCase(change: Partial<CaseState>): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return { ...fresh, law, rung: 'P1', ...change };
}

describe('a case that looks at its cure again and again (invariant H10)', () => {
  const soon = { atMs: T0 + 29 * DAY_MS, everyMs: DAY_MS, sinceMs: T0 };
  const late = { atMs: T0 + 31 * DAY_MS, everyMs: DAY_MS, sinceMs: T0 };

  it('asks people once nothing is proven for as long as they are asked at the ceiling', () => {
    const unproven = aCase({ stage: 'correcting', recheck: soon });
    expect(nextDue(unproven)).toEqual({ act: 'recheck-cure', atMs: soon.atMs });
    const asks = { act: 'ask-governors', atMs: T0 + law.governorAskMs };
    expect(nextDue({ ...unproven, recheck: late })).toEqual(asks);
    // A case that is old has been looked at in vain for no longer than it has been looked at.
    const { sinceMs: _never, ...first } = late;
    expect(nextDue({ ...unproven, recheck: first })).toEqual({
      act: 'recheck-cure',
      atMs: late.atMs,
    });
    expect(nextDue({ ...unproven, recheck: late, governorsAskedAtMs: T0 + 30 * DAY_MS })).toEqual({
      act: 'recheck-cure',
      atMs: late.atMs,
    });
  });

  it('asks them too where the system checks fail after people have done their part', () => {
    const by = { by: 'p-1', atMs: T0 };
    const complete = aCase({
      stage: 'restoring',
      correctedAtMs: T0,
      remediation: { ...by, cause: 'known', actions: '', confirmedBy: 'ola', confirmedAtMs: T0 },
      appeal: { ...by, grounds: '' },
      recheck: late,
    });
    expect(nextDue(complete)).toEqual({ act: 'ask-governors', atMs: T0 + law.governorAskMs });
    const { sinceMs: _never, ...first } = late;
    expect(nextDue({ ...complete, recheck: first })).toEqual({
      act: 'reinstate',
      atMs: late.atMs,
    });
  });
});
