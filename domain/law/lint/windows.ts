import type { Policy, Rung } from '../../policy.ts';
import { FAMILIES } from '../../violation.ts';
import { failing, lasting } from './words.ts';

/** All rungs above W, of every family: those that have windows. */
function costlyRungs(policy: Policy): Rung[] {
  return FAMILIES.flatMap((family) => policy.families[family].rungs).filter(({ id }) => id !== 'W');
}

/** The shortest grace of any ladder, in ms. */
export function shortestGraceOf(policy: Policy): number {
  return Math.min(...costlyRungs(policy).map(({ graceBeforeMs }) => graceBeforeMs));
}

/** The longest answer window of any ladder, in ms. */
export function longestAnswerOf(policy: Policy): number {
  return Math.max(...costlyRungs(policy).map(({ answerWindowMs }) => answerWindowMs));
}

/**
 * The network's windows fit each other and the ladders: nothing stands still for ever, nothing is undone before it could be decided,
 * and nobody leaves, shrinks or is surprised by a new law sooner than evidence and notices reach. Returns a sentence per fault.
 */
export function lintWindows(policy: Policy): string[] {
  return [
    ...lintPositive(policy),
    ...lintClocks(policy),
    ...lintMoneyClocks(policy),
    ...lintDisputes(policy),
    ...lintNotice(policy),
    ...lintExit(policy),
  ];
}

/** Each of these at zero would make a rule say nothing, or a case ask for ever. */
function lintPositive(policy: Policy): string[] {
  const windows: readonly (readonly [string, number, string])[] = [
    ['holdDown', policy.holdDownMs, 'A10'],
    ['freshMin', policy.freshMinMs, 'B1'],
    ['lateness', policy.latenessMs, 'A5'],
    ['governorAsk', policy.governorAskMs, 'A12'],
    ['vetoReview', policy.vetoReviewMs, 'E3'],
    ['noticeFallback', policy.noticeFallbackMs, 'A7'],
    ['staleSourceLimit', policy.staleSourceLimitMs, 'A6'],
    ['incidentHold', policy.incidentHoldMs, 'A6'],
    ['personHold', policy.personHoldMs, 'A6'],
    ['dismissedSilence', policy.dismissedSilenceMs, 'B6'],
    ['evidenceAge', policy.evidenceAgeMs, 'A9'],
    ['causeWindow', policy.causeWindowMs, 'C9'],
    ['disputeDue.warning', policy.disputeDueMs.warning, 'E5'],
    ['disputeDue.penalty', policy.disputeDueMs.penalty, 'E5'],
    ['disputeDue.severe', policy.disputeDueMs.severe, 'E5'],
    ['stakeHoldLapse', policy.stakeHoldLapseMs, 'D7'],
    ['watchEvery', policy.watchEveryMs, 'B1'],
  ];
  return windows
    .filter(([, ms]) => ms <= 0)
    .map(([name, , rule]) => `${name} must be longer than zero (rule ${rule})`);
}

function lintClocks(policy: Policy): string[] {
  const shortestMs = shortestGraceOf(policy);
  const { holdDownMs, reopenMs, freshMinMs, latenessMs, causeWindowMs, watchEveryMs } = policy;
  const freshMs = Math.max(freshMinMs, shortestMs / 2);
  const grace = `the shortest grace of ${lasting(shortestMs)}`;
  return failing([
    [
      holdDownMs < shortestMs,
      `holdDown of ${lasting(holdDownMs)} is not shorter than ${grace}: nobody could prove a correction in time (rule A10)`,
    ],
    [
      reopenMs >= holdDownMs,
      `reopen of ${lasting(reopenMs)} is shorter than holdDown of ${lasting(holdDownMs)} (rules A4, A10)`,
    ],
    [
      freshMinMs <= shortestMs,
      `freshMin of ${lasting(freshMinMs)} is longer than ${grace}: old evidence would earn a rung (rule B1)`,
    ],
    [
      latenessMs < shortestMs,
      `lateness of ${lasting(latenessMs)} is not shorter than ${grace}: our own outage could fill a window (rule A5)`,
    ],
    [
      watchEveryMs <= freshMs,
      `watchEvery of ${lasting(watchEveryMs)} is longer than what the network sees stays fresh, ${lasting(freshMs)}: its own evidence would always be stale (rules B1, B2)`,
    ],
    [
      causeWindowMs <= shortestMs,
      `causeWindow of ${lasting(causeWindowMs)} is longer than ${grace}: a second case could be charged before its cause is known (rule C9)`,
    ],
  ]);
}

function lintMoneyClocks(policy: Policy): string[] {
  const { stakeHoldLapseMs, pendingHardStopMs, vetoReviewMs, staleSourceLimitMs } = policy;
  const { incidentHoldMs, personHoldMs, personHoldTotalMs } = policy;
  const lapse = `stakeHoldLapse of ${lasting(stakeHoldLapseMs)}`;
  return failing([
    [
      stakeHoldLapseMs < pendingHardStopMs,
      'stakeHoldLapse must be shorter than pendingHardStop (rule D7)',
    ],
    [
      vetoReviewMs < stakeHoldLapseMs,
      `vetoReview of ${lasting(vetoReviewMs)} is not shorter than ${lapse}: a veto would outlast the draft (rules D7, E3)`,
    ],
    [
      policy.disputeDueMs.severe < stakeHoldLapseMs,
      `disputeDue.severe of ${lasting(policy.disputeDueMs.severe)} is not shorter than ${lapse}: a draft that waits for a dispute would lapse before it is decided (rules D7, E5)`,
    ],
    [
      staleSourceLimitMs < stakeHoldLapseMs,
      `staleSourceLimit of ${lasting(staleSourceLimitMs)} is not shorter than ${lapse}: a held draft would lapse before anybody is asked (rules A6, D7)`,
    ],
    [
      personHoldMs <= personHoldTotalMs,
      `personHold of ${lasting(personHoldMs)} is longer than personHoldTotal of ${lasting(personHoldTotalMs)}: the first hold would pass the longest (rule A6)`,
    ],
    [
      incidentHoldMs < stakeHoldLapseMs,
      `incidentHold of ${lasting(incidentHoldMs)} is not shorter than ${lapse}: a held draft would lapse before anybody is asked (rules A6, D7)`,
    ],
  ]);
}

const TIERS = ['warning', 'penalty', 'severe'] as const;

function lintDisputes(policy: Policy): string[] {
  const { disputeWindowMs, disputeDueMs, pendingHardStopMs, noticeFallbackMs } = policy;
  return TIERS.flatMap((tier, index) => {
    const below = TIERS[index - 1];
    const windowMs = disputeWindowMs[tier];
    const dueMs = disputeDueMs[tier];
    const stop = `pendingHardStop of ${lasting(pendingHardStopMs)}`;
    return failing([
      [
        windowMs < pendingHardStopMs,
        `disputeWindow.${tier} must be shorter than pendingHardStop (rule D7)`,
      ],
      [
        windowMs >= pendingHardStopMs || windowMs + dueMs < pendingHardStopMs,
        `disputeWindow.${tier} and disputeDue.${tier} take ${lasting(windowMs + dueMs)} together, not less than ${stop}: a dispute of the last day could not be decided (rules D7, E5)`,
      ],
      [
        windowMs > noticeFallbackMs,
        `disputeWindow.${tier} of ${lasting(windowMs)} is not longer than noticeFallback of ${lasting(noticeFallbackMs)}: it could be over before the decision is known (rules A7, D7)`,
      ],
      [
        below === undefined || windowMs >= disputeWindowMs[below],
        `disputeWindow.${tier} is shorter than disputeWindow.${below} (rule D7)`,
      ],
      [
        below === undefined || dueMs >= disputeDueMs[below],
        `disputeDue.${tier} is shorter than disputeDue.${below} (rule E5)`,
      ],
    ]);
  });
}

function lintNotice(policy: Policy): string[] {
  const { noticeFallbackMs, topUpMs, policyNoticeMs } = policy;
  const fallback = `noticeFallback of ${lasting(noticeFallbackMs)}`;
  return failing([
    [
      topUpMs > noticeFallbackMs,
      `topUp of ${lasting(topUpMs)} is not longer than ${fallback}: it could be over before the notice counts as served (rules A7, C10)`,
    ],
    [
      policyNoticeMs >= noticeFallbackMs,
      `policyNotice of ${lasting(policyNoticeMs)} is shorter than ${fallback}: a law would change faster than a notice is served (rule A7, design §6)`,
    ],
  ]);
}

function lintExit(policy: Policy): string[] {
  const { unbondingMs, evidenceAgeMs, shrinkNoticeMs } = policy;
  const answerMs = longestAnswerOf(policy);
  return failing([
    [
      unbondingMs > evidenceAgeMs + answerMs,
      `unbonding of ${lasting(unbondingMs)} is not longer than evidenceAge of ${lasting(evidenceAgeMs)} and the longest answer window of ${lasting(answerMs)} together: stake could leave before what it answers for is decided (rules A9, D8)`,
    ],
    [
      shrinkNoticeMs >= unbondingMs,
      `shrinkNotice of ${lasting(shrinkNoticeMs)} is shorter than unbonding of ${lasting(unbondingMs)}: declaring less would be the quicker way out (rules C8, D8)`,
    ],
  ]);
}
