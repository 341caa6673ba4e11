import { expect, test } from 'vitest';
import { lintPolicyFile, parsePolicy } from '../../contracts/policy.ts';
import type { Policy } from '../policy.ts';
import { boundsOf } from './lint/bound.ts';
import {
  asking,
  downtime,
  type Edit,
  faultsOf,
  file,
  network,
  P1,
  P2,
  rung,
  S1,
  S2,
} from './lint/test-broken.ts';
import { lookBackMs } from './lint/types.ts';
import { lintChange } from './lint.ts';

test('a sound edit has no fault: the table above would not see a linter that refuses everything', () => {
  for (const edit of [
    network({ policyNotice: '30d' }),
    rung(S1, { slashBps: 100, probation: '60d' }),
    downtime({ checks: [{ kind: 'head' }, asking('avg_over_time(up[12h])')] }),
  ])
    expect(faultsOf(edit)).toEqual([]);
});

test('lists all faults of a policy that has many, of shape and of law', () => {
  const faults = faultsOf((draft) => {
    draft.reopen = 'tomorrow';
    delete draft.audit;
    draft.families.performance.rungs[S1].slashBps = 9;
    draft.families.performance.rungs[S2].approvals = 0;
    draft.families.operational.capBps = 1;
    draft.families.security.rungs.pop();
  });
  expect(faults).toHaveLength(8);
  expect(faults).toEqual([
    expect.stringMatching(/^reopen: A duration is/),
    expect.stringMatching(/^audit: /),
    'families.performance.rungs.S1 slashes less than the rung below it: 9 bps, P2 has 10 bps',
    'families.performance.rungs.S2 needs approvals exactly when it runs on approval (rule E2)',
    'families.performance.rungs.S2 needs at least 2 approval(s), it has 0 (rule E2)',
    'families.performance.rungs.S2 needs 0 approval(s), the milder rung below it 1 (rule E2)',
    'families.security.rungs must be W, P1, P2, S1, S2 in this order',
    expect.stringMatching(/^families\.operational\.capBps is 1 bps/),
  ]);
});

test.each(['default', 'demo'] as const)('the %s policy is sound', (name) => {
  expect(lintPolicyFile(file(name), () => 'hash').faults).toEqual([]);
});

test.each(['default', 'demo'] as const)(
  'in the %s policy every case comes to rest within the bound of invariant H10',
  (name) => {
    const bounds = boundsOf(parsePolicy(file(name), () => 'hash'));
    const told = bounds.map(({ violationType, boundMs, rest, steps, moneyMs, moneySteps }) => ({
      violationType,
      boundMs,
      rest,
      steps: steps.map(({ what, ms }) => `${ms} ms: ${what}`),
      moneyMs,
      moneySteps: moneySteps.map(({ what, ms }) => `${ms} ms: ${what}`),
    }));
    expect(told).toMatchSnapshot();
    for (const { steps, boundMs } of bounds)
      expect(steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(boundMs);
  },
);

test('a longer window of any rung never shortens the bound', () => {
  const boundOf = (edit: Edit): number => {
    const draft = file('default');
    edit(draft);
    return Math.max(...boundsOf(parsePolicy(draft, () => 'hash')).map(({ boundMs }) => boundMs));
  };
  const shipped = boundOf(() => {});
  for (const index of [P1, P2, S1, S2])
    expect(boundOf(rung(index, { graceBefore: '31d' }))).toBeGreaterThanOrEqual(shipped);
  expect(boundOf(rung(S2, { graceBefore: '31d' }))).toBe(shipped + 2 * 86_400_000);
});

test.each([
  ['up == 0', 0],
  ['rate(errors_total{node=~"gpu[0-9]+[5m]"}[10m])', 600_000],
  ['max_over_time(rate(x[5m])[1h30m:1m]) > 0', 5_400_000],
  ['avg_over_time(x[1w]) offset 2d', 9 * 86_400_000],
])('the look-back of %j is %i ms (rule A10)', (text, ms) => {
  expect(lookBackMs(text)).toBe(ms);
});

test('a successor keeps the asset and the violations of the law in force', () => {
  const law = parsePolicy(file('default'), () => 'hash');
  const { downtime: _, ...rest } = law.violationTypes;
  const next: Policy = { ...law, asset: 'OTHER', violationTypes: rest };
  expect(lintChange(law, law)).toEqual([]);
  expect(lintChange(law, next)).toEqual([
    'asset is OTHER, but every ledger of this network is kept in SWM',
    'violationTypes.downtime is in force and missing here: its alerts would find no law; let it run in shadow instead',
  ]);
});
