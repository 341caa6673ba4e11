import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { CaseState } from '../../domain/case/state.ts';

/** Failures that no retry mends: a bug or a decision that must be made anew. */
const NEVER_RETRIED = [
  'step-conflict',
  'invariant-broken',
  'case-exists',
  'decision-expired',
  'participant-unknown',
  'policy-missing',
];

/** Before the law is pinned nothing says how fast this network lives. */
const DEFAULT_ATTEMPT_MS = 10_000;
const LONGEST_ATTEMPT_MS = 30_000;
const SHORTEST_ATTEMPT_MS = 2_000;

/**
 * The activities with timeouts that fit the case's policy. A worker that dies is noticed when an attempt times out, and an attempt
 * that takes longer than half of the policy's lateness would itself be an outage; so that is its bound.
 */
export function stepsFor(state: CaseState | null): Activities {
  const attemptMs = state?.law
    ? clamp(state.law.latenessMs / 2, SHORTEST_ATTEMPT_MS, LONGEST_ATTEMPT_MS)
    : DEFAULT_ATTEMPT_MS;
  return proxyActivities<Activities>({
    startToCloseTimeout: attemptMs,
    scheduleToCloseTimeout: '30 days',
    retry: {
      initialInterval: Math.min(1_000, attemptMs / 4),
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      nonRetryableErrorTypes: NEVER_RETRIED,
    },
  });
}

/** Serving a notice may take as long as the policy lets it; its attempts say themselves when to come again (rule A7). */
export function noticesFor(state: CaseState): Pick<Activities, 'serveNotice'> {
  const fallbackMs = state.law?.noticeFallbackMs ?? DEFAULT_ATTEMPT_MS;
  return proxyActivities<Pick<Activities, 'serveNotice'>>({
    startToCloseTimeout: clamp(
      (state.law?.latenessMs ?? 0) * 4,
      DEFAULT_ATTEMPT_MS,
      LONGEST_ATTEMPT_MS,
    ),
    scheduleToCloseTimeout: fallbackMs * 2 + 30 * 86_400_000,
    retry: {
      initialInterval: Math.min(60_000, fallbackMs / 8),
      backoffCoefficient: 2,
      maximumInterval: '1 hour',
      nonRetryableErrorTypes: NEVER_RETRIED,
    },
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
