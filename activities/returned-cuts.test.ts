import { expect, test } from 'vitest';
import { sanctionAfterFall } from '../domain/case/falling.ts';
import { newCaseState } from '../domain/case/open.ts';
import type { CaseState } from '../domain/case/state.ts';
import { aLedger, anEntry, aSanction, DAY_MS, lawOf, T0 } from '../domain/law/test-fixtures.ts';
import { creditReward } from '../domain/ledger/bookings.ts';
import { applyMove, entryOf, still } from '../domain/ledger/move.ts';
import type { RungId, Severity } from '../domain/violation.ts';
import { withCutsReturned } from './returned-cuts.ts';

const imposed = (rung: RungId, severity: Severity): CaseState['imposed'][number] => ({
  decisionId: rung,
  rung,
  imposedAtMs: T0,
  chargedUnits: '0',
  finalDueAtMs: T0,
  money: 'none',
  basis: { numerator: '1', denominator: '1', severity, earning: [null], byPerson: false },
});

/** What stays withheld of a reward of 10 000, all of which was cut, once the case falls to a rung. */
function withheldAfter(severity: Severity, steps: CaseState['imposed'], standing: RungId): bigint {
  const opening = { networkId: 'main', caseId: 'c1', participantId: 'p-1', violationType: 'any' };
  const times = { openedAtMs: T0, confirmAtMs: T0 };
  const fresh = newCaseState({ ...opening, ...times, controlGroup: 'group-p-1', severity });
  const state = { ...fresh, law: lawOf('operational'), imposed: steps };
  const after = {
    ...state,
    rung: standing,
    imposed: steps.filter(({ rung }) => rung === standing),
  };
  const cuts = [{ caseId: 'c1', bps: 10_000 }];
  const booking = { transferId: 'r1', units: 10_000n, atMs: T0, earnedAtMs: T0, cuts };
  const empty = aLedger(0n, [anEntry('c1', { family: 'operational' })]);
  const ledger = applyMove(empty, creditReward(empty, booking));
  const own = aSanction('c1', { rewardCutBps: 10_000, rewardCutUntilMs: T0 + 99 * DAY_MS });
  const sanction = sanctionAfterFall(after, own, T0);
  const fall = { reviewId: 'x1', after, sanction, atMs: T0 };
  const move = withCutsReturned(ledger, still(ledger, entryOf(ledger, 'c1')), fall);
  return move.balances.withheld;
}

test('a critical fault outside security keeps the cut of a major one, as it was imposed (rules C3, D10, §G)', () => {
  const steps = (severity: Severity) => [imposed('P2', severity), imposed('S1', severity)];
  expect(withheldAfter('critical', steps('critical'), 'P2')).toBe(
    withheldAfter('major', steps('major'), 'P2'),
  );
});

test('the cut that stays is by the severity of the decision that stands, not by what it grew to later (rules A12, C3)', () => {
  const steps = [imposed('P2', 'minor'), imposed('S1', 'major')];
  expect(withheldAfter('major', steps, 'P2')).toBe(
    withheldAfter('minor', [imposed('P2', 'minor')], 'P2'),
  );
});
