import type { AlertHead, FiringInterval, Observation, Source } from '../observation.ts';

/** What acceptance needs to know of the sender; `freshMinMs` is the policy's lower bound of freshness (rules §G). */
export type AcceptingSource = Pick<Source, 'repeatIntervalMs' | 'maxLagMs'> & {
  freshMinMs: number;
};

/** When the source says that it began, except that nothing begins after it was heard of. */
export function beganAtMs(observation: Observation): number {
  return Math.min(observation.startsAtMs, observation.receivedAtMs);
}

/** Since when the observation is evidence of firing: no further back than the source's lag (rule B4). */
export function evidenceFromMs(observation: Observation, source: AcceptingSource): number {
  return Math.max(beganAtMs(observation), observation.receivedAtMs - source.maxLagMs);
}

/** How long evidence of firing carries: without more within this time the resource's clock stops (design §4). */
export function evidenceHoldsMs(source: AcceptingSource): number {
  return Math.max(2 * source.repeatIntervalMs, source.freshMinMs);
}

/** The end that counts for late copies: what the source said last, unclamped. */
export function endedAtMs(head: AlertHead): number {
  return head.lastResolve?.endsAtMs ?? head.endsAtMs ?? head.lastSeenAtMs;
}

/** Whether two heads differ in nothing but their sequence number. */
export function saysTheSame(a: AlertHead, b: AlertHead): boolean {
  return (
    a.status === b.status &&
    a.severity === b.severity &&
    a.startsAtMs === b.startsAtMs &&
    a.firstReceivedAtMs === b.firstReceivedAtMs &&
    a.endsAtMs === b.endsAtMs &&
    a.lastSeenAtMs === b.lastSeenAtMs &&
    a.lateCopyAtMs === b.lateCopyAtMs &&
    a.lastResolve?.startsAtMs === b.lastResolve?.startsAtMs &&
    a.lastResolve?.endsAtMs === b.lastResolve?.endsAtMs &&
    sameIntervals(a.intervals, b.intervals)
  );
}

function sameIntervals(a: readonly FiringInterval[], b: readonly FiringInterval[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => one.fromMs === b[index]?.fromMs && one.toMs === b[index].toMs)
  );
}
