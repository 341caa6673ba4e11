import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { CaseState } from '../../domain/case/state.ts';

/** What a retry cannot change: the id is taken, or the instant of the decision has passed and evidence must be judged anew. */
const ANSWERED_BY_WORKFLOW = ['case-exists', 'decision-expired'];

/** A person waits for the answer to an action, so a bug in it is answered at once. */
const ANSWERED_TO_PEOPLE = [
  ...ANSWERED_BY_WORKFLOW,
  'step-conflict',
  'step-collision',
  'invariant-broken',
  'ledger-unbalanced',
];

/** Bugs are retried too: the case stands still and is seen, and a mended worker takes it up (nothing is lost by a bad deployment). */
const RETRIED_FOR = '365 days';

/** Before the law is pinned nothing says how fast this network lives. */
const DEFAULT_ATTEMPT_MS = 10_000;
const LONGEST_ATTEMPT_MS = 30_000;
const SHORTEST_ATTEMPT_MS = 2_000;

/**
 * The activities with timeouts that fit the case's policy. A worker that dies is noticed when an attempt times out, and an attempt
 * that takes longer than half of the policy's lateness would itself be an outage; so that is its bound.
 */
export function stepsFor(state: CaseState | null): Activities {
  return proxies(state, ANSWERED_BY_WORKFLOW);
}

/** The step that records a person's action. */
export function actionsFor(state: CaseState): Pick<Activities, 'recordAction'> {
  return proxies(state, ANSWERED_TO_PEOPLE);
}

function proxies(state: CaseState | null, neverRetried: string[]): Activities {
  const attemptMs = state?.law
    ? clamp(state.law.latenessMs / 2, SHORTEST_ATTEMPT_MS, LONGEST_ATTEMPT_MS)
    : DEFAULT_ATTEMPT_MS;
  return proxyActivities<Activities>({
    startToCloseTimeout: attemptMs,
    scheduleToCloseTimeout: RETRIED_FOR,
    retry: {
      initialInterval: Math.min(1_000, attemptMs / 4),
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      nonRetryableErrorTypes: neverRetried,
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
      nonRetryableErrorTypes: ANSWERED_BY_WORKFLOW,
    },
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
