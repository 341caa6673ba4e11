import { describe, expect, test } from 'vitest';
import { newCaseState } from '../domain/case/open.ts';
import type { CaseState } from '../domain/case/state.ts';
import { imposedWords } from '../domain/decision/words.ts';
import { aSanction, defaultPolicy, lawOf, T0 } from '../domain/law/test-fixtures.ts';
import type { Picture } from './look.ts';
import { announcementNotices, plainNotice } from './notices.ts';

const picture = { heads: [] } as unknown as Picture;

const atP1: CaseState = {
  ...newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  }),
  stage: 'correcting',
  law: lawOf('performance'),
  rung: 'P1',
};

// Elsewhere a provider was told that a disqualification is final, while staff could undo it for those who knew to ask.
describe('final, then secretly not', () => {
  const imposing = Object.entries(defaultPolicy.families).flatMap(([family, { rungs }]) =>
    rungs.filter(({ id }) => id !== 'W').map((rung) => ({ family, id: rung.id, rung })),
  );

  test.each(imposing)(
    'the record of an imposed $family $id says that it is not final, and until when it may be disputed',
    ({ rung }) => {
      const amount = { asset: 'SWM', units: 5n, fromRewardsUnits: 0n, fromStakeUnits: 5n };
      const words = imposedWords(
        { participantId: 'p-1', violationType: 'downtime', severity: 'minor', harm: 'Harm.' },
        {
          rung,
          groups: ['a', 'b'],
          earning: ['node-1'],
          amount: { ...amount, money: 'pending' },
          sanction: aSanction('c-1'),
          approvals: rung.approvals,
        },
      );
      expect(words.impact.join(' ')).toContain('become final after windows.disputeUntil');
      expect(words.objection.join(' ')).toMatch(
        /POST \/v1\/cases\/\{caseId\}\/disputes.* until windows\.disputeUntil/,
      );
    },
  );

  test('the notice that follows an imposed rung says where it is disputed, and so does the one at the top', () => {
    const unserved = { announcedAtMs: T0, servedAtMs: null, frozenMs: 0, dueAtMs: null };
    const announced: CaseState['announced'] = {
      no: 2,
      rung: 'P2',
      byPerson: null,
      notices: [{ ...unserved, noticeId: 'c-1-n2', resourceIds: ['node-1'] }],
    };
    const [next] = announcementNotices({ ...atP1, announced }, new Set(), picture, T0);
    const top = plainNotice(atP1, 'rung-imposed', picture, T0).notice;
    for (const told of [next, top])
      expect(told?.notice.howTo).toContain('POST /v1/cases/{caseId}/disputes');
  });
});
