import { expect, test } from 'vitest';
import { type Broken, faultsOf, P1, P2, rung, S1, S2, W } from './test-broken.ts';

const LADDER: Broken[] = [
  [
    'a gap in the ladder',
    (draft) => draft.families.security.rungs.splice(P2, 1),
    'families.security.rungs must be W, P1, P2, S1, S2 in this order',
  ],
  [
    'a wrong tier',
    rung(S1, { tier: 'penalty' }),
    'families.performance.rungs.S1 must be of tier severe',
  ],
  [
    'a warning that costs reputation',
    rung(W, { reputationWeight: 1 }),
    'families.performance.rungs.W must cost nothing and run automatically (rule C12)',
  ],
  [
    'a warning with a window',
    rung(W, { graceBefore: '1h' }),
    'families.performance.rungs.W must have no windows: no notice comes before the first word (rule A8)',
  ],
  [
    'a rung without grace',
    rung(P1, { graceBefore: '0s' }),
    'families.performance.rungs.P1 must leave a grace before it (rule A8)',
  ],
  [
    'a rung without time to answer',
    rung(P1, { answerWindow: '0s' }),
    'families.performance.rungs.P1 must leave time to answer (rule A8)',
  ],
  [
    'an exclusion with rungs above it',
    rung(P2, { suspension: { kind: 'exclusion' } }),
    'families.performance.rungs.P2 excludes, so the rungs above it can never be reached (rule C5)',
  ],
  [
    'an automatic severe rung',
    rung(S1, { execution: 'automatic', approvals: 0 }),
    'families.performance.rungs.S1 needs at least 1 approval(s), it has 0 (rule E2)',
  ],
  [
    'an exclusion by one person',
    rung(S2, { approvals: 1 }),
    'families.performance.rungs.S2 needs at least 2 approval(s), it has 1 (rule E2)',
  ],
  [
    'approvals that nobody is asked for',
    rung(P2, { approvals: 1 }),
    'families.performance.rungs.P2 needs approvals exactly when it runs on approval (rule E2)',
  ],
  [
    'a cut of no length',
    rung(S1, { rewardCutFor: '0s' }),
    'families.performance.rungs.S1 cuts rewards by 5000 bps for 0s: a cut has a rate and a time, or neither (rule C3)',
  ],
  [
    'a smaller slash above',
    rung(S1, { slashBps: 9 }),
    'families.performance.rungs.S1 slashes less than the rung below it: 9 bps, P2 has 10 bps',
  ],
  [
    'a shorter suspension above',
    rung(S1, { suspension: { kind: 'min', min: '1h' } }),
    'families.performance.rungs.S1 suspends less than the rung below it: min 1h, P2 has min 1d',
  ],
  [
    'a smaller cut above',
    rung(S1, { rewardCutBps: 2_400 }),
    'families.performance.rungs.S1 cuts rewards less than the rung below it: 2400 bps, P2 has 2500 bps',
  ],
  [
    'a shorter cut above',
    rung(S1, { rewardCutFor: '13d' }),
    'families.performance.rungs.S1 cuts rewards for less than the rung below it: 13d, P2 has 14d',
  ],
  [
    'a lighter weight above',
    rung(S2, { reputationWeight: 79 }),
    'families.performance.rungs.S2 weighs on reputation less than the rung below it: 79, S1 has 80',
  ],
  [
    'a shorter probation above',
    rung(S1, { probation: '27d' }),
    'families.performance.rungs.S1 puts on probation less than the rung below it: 27d, P2 has 28d',
  ],
  [
    'less time to answer above',
    rung(S2, { answerWindow: '6d' }),
    'families.performance.rungs.S2 leaves less time to answer than the rung below it: 6d, S1 has 7d (rule A8)',
  ],
  [
    'less care above',
    rung(P1, { execution: 'unless-vetoed' }),
    'families.performance.rungs.P2 runs automatic, but the milder rung below it unless-vetoed (rules E2, E3)',
  ],
  [
    'fewer approvals above',
    rung(S1, { approvals: 3 }),
    'families.performance.rungs.S2 needs 2 approval(s), the milder rung below it 3 (rule E2)',
  ],
  [
    'fewer auditors above',
    rung(P2, { auditors: 2 }),
    'families.performance.rungs.S1 needs 1 auditor(s) for the way back, the milder rung below it 2 (rule C4)',
  ],
];

const STARTS: Broken[] = [
  [
    'recurrence that starts lower',
    (draft) => {
      draft.families.performance.start.minor[2] = 'W';
    },
    'families.performance.start.minor.3 starts lower than one recurrence less',
  ],
  [
    'severity that starts lower',
    (draft) => {
      draft.families.performance.start.major = ['W', 'W', 'W', 'W'];
    },
    'families.performance.start.major.1 starts lower than a milder severity',
  ],
  [
    'a minor violation that excludes',
    (draft) => {
      draft.families.performance.start.minor[3] = 'S2';
    },
    'families.performance.start.minor.4 starts at S2: a minor violation never passes S1 without a person (rule A12)',
  ],
  [
    'a rebate for repeating',
    (draft) => {
      draft.families.performance.start.minor[3] = { rung: 'S1', multiplierBps: 5_000 };
    },
    'families.performance.start.minor.4 multiplies S1 by less than one: the rung would be milder than it is',
  ],
  [
    'a multiplier beyond the rung above',
    (draft) => {
      draft.families.performance.start.major[1].multiplierBps = 30_000;
    },
    'families.performance.start.major.2 takes 300 bps at S1, more than S2 above it with 250 bps',
  ],
  [
    'more than the whole base',
    (draft) => {
      draft.families.performance.start.critical[1] = { rung: 'S2', multiplierBps: 100_000 };
      draft.families.performance.rungs[S2].slashBps = 2_000;
    },
    'families.performance.start.critical.2 takes 20000 bps: more than the whole base (rule D3)',
  ],
  [
    'a tier that nobody reaches',
    (draft) => {
      for (const severity of ['minor', 'moderate', 'major', 'critical'])
        draft.families.performance.start[severity] = ['S1', 'S1', 'S1', 'S1'];
    },
    'families.performance.rungs.P1 is never reached: every start lies above it, or the ladder ends below it',
  ],
];

const BROKEN = [...LADDER, ...STARTS];

test.each(BROKEN)('refuses %s, in words', (_name, edit, sentence) => {
  expect(faultsOf(edit)).toContain(sentence);
});
