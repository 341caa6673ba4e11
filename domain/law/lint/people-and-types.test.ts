import { expect, test } from 'vitest';
import { asking, type Broken, downtime, faultsOf, network, rung, S1, S2 } from './test-broken.ts';

const NUMBERS: Broken[] = [
  [
    'a newcomer for ever',
    network({ newcomer: { age: '90d', checks: 100 } }),
    'newcomer.age of 90d is not shorter than the recurrence window of performance, 90d: what a newcomer does would never count (rules C7, C11)',
  ],
  [
    'the excluded back before the suspended',
    network({ readmission: { after: '112d', approvals: 2 } }),
    'readmission.after of 112d is not longer than suspension and probation of families.security.rungs.S1, 112d: the excluded would be back before the suspended (rule C5)',
  ],
  [
    'the excluded back before their money is decided',
    network({ readmission: { after: '56d', approvals: 2 } }),
    'readmission.after of 56d is not longer than pendingHardStop of 56d: money of the exclusion could still be open (rules C5, D7)',
  ],
  [
    'an exclusion that one person undoes',
    network({ readmission: { after: '180d', approvals: 1 } }),
    'readmission.approvals is 1, but S2 takes 2: undoing an exclusion would take fewer people than deciding it (rules C5, E2)',
  ],
  [
    'an audit that is due at once',
    network({ audit: { due: '0s', failures: 3, cooldown: '28d' } }),
    'audit.due must be longer than zero (rule E6)',
  ],
  [
    'failing that is quicker than passing',
    network({ audit: { due: '14d', failures: 3, cooldown: '13d' } }),
    'audit.cooldown of 13d is shorter than audit.due of 14d: failing would be quicker than being audited (rule E6)',
  ],
  ...(
    [
      [{ halfLife: '0s' }, 'reputation.halfLife must be longer than zero (rule F)'],
      [
        { reviewBps: 9_800 },
        'reputation.reviewBps of 9800 is not below normalBps of 9800 (rule F)',
      ],
      [
        { beta: 21 },
        'reputation begins at 9794, below normalBps of 9800: nobody new would be scheduled as usual (rule F)',
      ],
      [
        { alpha: 100 },
        'families.performance.rungs.P1 alone brings a clean reputation to 9523, below reviewBps of 9600 (rule F)',
      ],
    ] as const
  ).map(
    ([change, sentence]): Broken => [
      `a reputation with ${JSON.stringify(change)}`,
      (draft) => Object.assign(draft.reputation, change),
      sentence,
    ],
  ),
  [
    'an exclusion that leaves a reputation',
    (draft) => {
      for (const index of [S1, S2]) draft.families.performance.rungs[index].reputationWeight = 20;
    },
    'families.performance.rungs.S2 leaves a clean reputation at 9803, not below reviewBps of 9600 (rule F)',
  ],
  ...(
    [
      [{ window: '0s' }, 'breaker.window must be longer than zero (rule D12)'],
      [
        { window: '28d' },
        'breaker.window of 28d is not shorter than stakeHoldLapse of 28d: what waits for it would lapse (rules D7, D12)',
      ],
      [
        { shareBps: 0, twoApproversBps: 0 },
        'breaker.shareBps is 0: nothing could ever be imposed (rule D12)',
      ],
      [
        { shareBps: 3_334 },
        'breaker.shareBps of 3334 bps is above suspendedBps of 3333 bps: one window could suspend more than may be suspended at all (rule D12)',
      ],
      [
        { suspendedBps: 5_001 },
        'breaker.suspendedBps is 5001 bps; more than half of the network is never suspended at a time (rule D12)',
      ],
      [
        { twoApproversBps: 501 },
        'breaker.twoApproversBps of 501 bps is above shareBps of 500 bps: a single case could fill a window with one approval (rule D12)',
      ],
    ] as const
  ).map(
    ([change, sentence]): Broken => [
      `a breaker with ${JSON.stringify(change)}`,
      (draft) => Object.assign(draft.breaker, change),
      sentence,
    ],
  ),
];

const watching = (query: string) => ({
  kind: 'promql',
  server: 'b',
  query,
  timeout: '5s',
  participantLabel: 'participant',
  resourceLabel: null,
  severity: 'minor',
});

const TYPES: Broken[] = [
  [
    'a family that nobody comes under',
    (draft) => {
      delete draft.violationTypes['node-compromise'];
      delete draft.violationTypes['unauthorized-access'];
    },
    'families.security has no violation type: nobody could ever come under its ladder',
  ],
  [
    'a type missing that the system opens',
    (draft) => {
      delete draft.violationTypes['subpar-delivery'];
    },
    'violationTypes.subpar-delivery is missing: the system opens it (rule A10)',
  ],
  [
    'a type in the wrong family',
    downtime({ family: 'security' }),
    'violationTypes.downtime belongs to performance, not to security (design §2)',
  ],
  [
    'an allowance longer than evidence lives',
    downtime({ allowance: '20d' }),
    'violationTypes.downtime.allowance of 20d is not shorter than evidenceAge of 20d: its evidence would be too old before it counts (rules A3, A9)',
  ],
  [
    'a cure that does not ask the alerts',
    downtime({ checks: [{ kind: 'stake' }] }),
    'violationTypes.downtime.checks lack "head": whether the alerts are clear must be part of a cure (rule A10)',
  ],
  [
    'a look that takes too long',
    (draft) => {
      draft.violationTypes.downtime.checks[1].timeout = '5m';
    },
    'violationTypes.downtime.checks.1.timeout of 5m must be above zero and below freshMin of 5m: a look that takes longer is no longer fresh (rule B1)',
  ],
  [
    'a cure check that still sees the fault',
    downtime({ checks: [{ kind: 'head' }, asking('avg_over_time(up[13h])')] }),
    'violationTypes.downtime.checks.1.query looks back 13h, more than half the shortest grace of performance, 12h: it would still see the fault when it is mended (rule A10)',
  ],
  [
    'a watch over something that the books do not say',
    downtime({ watch: { kind: 'stake' } }),
    'violationTypes.downtime.watch looks at stakes, which say nothing about downtime (rule C10)',
  ],
  [
    'a watch that is slower than its rhythm',
    downtime({ watch: { ...watching('up == 0'), timeout: '10m' } }),
    'violationTypes.downtime.watch.timeout of 10m must be above zero and below watchEvery of 10m: one look would run into the next (rule B1)',
  ],
  [
    'a watch that still sees the fault',
    downtime({ watch: watching('max_over_time(down[13h]) > 0') }),
    'violationTypes.downtime.watch.query looks back 13h, more than half the shortest grace of performance, 12h: it would still see the fault when it is mended (rule A10)',
  ],
  [
    'a case that outlasts its family’s memory',
    rung(S2, { graceBefore: '60d' }),
    'violationTypes.downtime: without further input a case may take 122d 20m, longer than the recurrence window of performance, 90d (invariant H10, rule C11)',
  ],
];

const BROKEN = [...NUMBERS, ...TYPES];

test.each(BROKEN)('refuses %s, in words', (_name, edit, sentence) => {
  expect(faultsOf(edit)).toContain(sentence);
});
