import { expect, test } from 'vitest';
import { type Broken, faultsOf, network, performance } from './test-broken.ts';

const MONEY: Broken[] = [
  [
    'a stake too small to feel a rate',
    network({ minimumStakeUnits: '9999' }),
    'families.performance would charge the minimum stake less than one unit (rule D3)',
  ],
  [
    'a cap below a single case',
    performance({ capBps: 199 }),
    'families.performance.capBps is 199 bps, but a single case may charge 200 bps below S2: the cap would cut it short (rule D4)',
  ],
  [
    'a cap without a window',
    performance({ capWindow: '0s' }),
    'families.performance.capWindow must be longer than zero (rule D4)',
  ],
  [
    'recurrence without a window',
    performance({ recurrenceWindow: '0s' }),
    'families.performance.recurrenceWindow must be longer than zero (rule C11)',
  ],
  [
    'a cap longer than memory',
    performance({ capWindow: '91d' }),
    'families.performance.capWindow of 91d is longer than its recurrenceWindow of 90d: a case would count for the cap and no longer as recurrence (rules C11, D4)',
  ],
  [
    'too much that comes back',
    performance({ rebateBps: 5_001 }),
    'families.performance.rebateBps is 5001 bps; at most half of a slash comes back (rule D11)',
  ],
  [
    'a rebate for security',
    (draft) => {
      draft.families.security.rebateBps = 1;
    },
    'families.security.rebateBps must be 0: nothing of a security slash comes back (rule D11)',
  ],
];

const WINDOWS: Broken[] = [
  ...(
    [
      ['holdDown', 'A10'],
      ['freshMin', 'B1'],
      ['lateness', 'A5'],
      ['governorAsk', 'A12'],
      ['vetoReview', 'E3'],
      ['noticeFallback', 'A7'],
      ['staleSourceLimit', 'A6'],
      ['incidentHold', 'A6'],
      ['personHold', 'A6'],
      ['dismissedSilence', 'B6'],
      ['evidenceAge', 'A9'],
      ['causeWindow', 'C9'],
      ['stakeHoldLapse', 'D7'],
      ['watchEvery', 'B1'],
    ] as const
  ).map(
    ([name, rule]): Broken => [
      `${name} of nothing`,
      network({ [name]: '0s' }),
      `${name} must be longer than zero (rule ${rule})`,
    ],
  ),
  [
    'a dispute that is due at once',
    (draft) => {
      draft.disputeDue.penalty = '0s';
    },
    'disputeDue.penalty must be longer than zero (rule E5)',
  ],
  [
    'a proof that takes longer than the grace',
    network({ holdDown: '24h', reopen: '48h' }),
    'holdDown of 1d is not shorter than the shortest grace of 1d: nobody could prove a correction in time (rule A10)',
  ],
  [
    'quiet shorter than its proof',
    network({ reopen: '14m' }),
    'reopen of 14m is shorter than holdDown of 15m (rules A4, A10)',
  ],
  [
    'evidence older than a grace',
    network({ freshMin: '25h' }),
    'freshMin of 1d 1h is longer than the shortest grace of 1d: old evidence would earn a rung (rule B1)',
  ],
  [
    'lateness as long as a grace',
    network({ lateness: '24h' }),
    'lateness of 1d is not shorter than the shortest grace of 1d: our own outage could fill a window (rule A5)',
  ],
  [
    'a look that is rarer than evidence is fresh',
    network({ watchEvery: '13h' }),
    'watchEvery of 13h is longer than what the network sees stays fresh, 12h: its own evidence would always be stale (rules B1, B2)',
  ],
  [
    'one cause for days',
    network({ causeWindow: '25h' }),
    'causeWindow of 1d 1h is longer than the shortest grace of 1d: a second case could be charged before its cause is known (rule C9)',
  ],
  [
    'a hold that is longer than all of them may last',
    network({ personHold: '22d' }),
    'personHold of 22d is longer than personHoldTotal of 21d: the first hold would pass the longest (rule A6)',
  ],
  [
    'a lapse after the hard stop',
    network({ stakeHoldLapse: '56d' }),
    'stakeHoldLapse must be shorter than pendingHardStop (rule D7)',
  ],
  [
    'a veto longer than its draft',
    network({ vetoReview: '28d' }),
    'vetoReview of 28d is not shorter than stakeHoldLapse of 28d: a veto would outlast the draft (rules D7, E3)',
  ],
  [
    'a dispute longer than the draft that waits for it',
    network({ disputeDue: { warning: '8d', penalty: '8d', severe: '28d' } }),
    'disputeDue.severe of 28d is not shorter than stakeHoldLapse of 28d: a draft that waits for a dispute would lapse before it is decided (rules D7, E5)',
  ],
  [
    'a hold longer than the draft',
    network({ staleSourceLimit: '28d' }),
    'staleSourceLimit of 28d is not shorter than stakeHoldLapse of 28d: a held draft would lapse before anybody is asked (rules A6, D7)',
  ],
  [
    'an incident longer than the draft',
    network({ incidentHold: '28d' }),
    'incidentHold of 28d is not shorter than stakeHoldLapse of 28d: a held draft would lapse before anybody is asked (rules A6, D7)',
  ],
  [
    'a hard stop before finality',
    network({ pendingHardStop: '30d' }),
    'disputeWindow.severe must be shorter than pendingHardStop (rule D7)',
  ],
  [
    'a dispute of the last day without a decision',
    network({ pendingHardStop: '51d' }),
    'disputeWindow.severe and disputeDue.severe take 51d together, not less than pendingHardStop of 51d: a dispute of the last day could not be decided (rules D7, E5)',
  ],
  [
    'a dispute window that nobody hears of',
    network({ disputeWindow: { warning: '48h', penalty: '14d', severe: '30d' } }),
    'disputeWindow.warning of 2d is not longer than noticeFallback of 2d: it could be over before the decision is known (rules A7, D7)',
  ],
  [
    'less time to dispute what is graver',
    network({ disputeWindow: { warning: '14d', penalty: '14d', severe: '13d' } }),
    'disputeWindow.severe is shorter than disputeWindow.penalty (rule D7)',
  ],
  [
    'less time to decide what is graver',
    network({ disputeDue: { warning: '8d', penalty: '8d', severe: '7d' } }),
    'disputeDue.severe is shorter than disputeDue.penalty (rule E5)',
  ],
  [
    'a top-up that nobody hears of',
    network({ topUp: '48h' }),
    'topUp of 2d is not longer than noticeFallback of 2d: it could be over before the notice counts as served (rules A7, C10)',
  ],
  [
    'a law that surprises',
    network({ policyNotice: '47h' }),
    'policyNotice of 1d 23h is shorter than noticeFallback of 2d: a law would change faster than a notice is served (rule A7, design §6)',
  ],
  [
    'stake that leaves before it is asked for',
    network({ unbonding: '27d' }),
    'unbonding of 27d is not longer than evidenceAge of 20d and the longest answer window of 7d together: stake could leave before what it answers for is decided (rules A9, D8)',
  ],
  [
    'a share that shrinks quicker than stake leaves',
    network({ shrinkNotice: '27d' }),
    'shrinkNotice of 27d is shorter than unbonding of 28d: declaring less would be the quicker way out (rules C8, D8)',
  ],
];

const BROKEN = [...MONEY, ...WINDOWS];

test.each(BROKEN)('refuses %s, in words', (_name, edit, sentence) => {
  expect(faultsOf(edit)).toContain(sentence);
});
