import { SEVERITIES, type Severity } from '../violation.ts';
import type { Ask } from './window.ts';

/** Where an imposition waits: the graver first, then the older (rule D12). The id only tells two of one instant apart. */
export interface QueuePlace {
  severity: Severity;
  /** When the breaker refused it first. */
  sinceMs: number;
  caseId: string;
}

/** An imposition that waits for the breaker. */
export interface WaitingImposition extends QueuePlace {
  units: bigint;
  suspends: boolean;
  /** When its case asks again. */
  againAtMs: number;
  /** Not heard of until then, it holds a place no longer: its case was corrected, or is gone. */
  heldUntilMs: number;
}

/** Whether the first goes before the second. */
export function goesBefore(one: QueuePlace, other: QueuePlace): boolean {
  const graver = SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
  if (graver !== 0) return graver > 0;
  if (one.sinceMs !== other.sinceMs) return one.sinceMs < other.sinceMs;
  return one.caseId < other.caseId;
}

/** Those of the waiting that still hold their place, in order. */
export function holding(waiting: readonly WaitingImposition[], nowMs: number): WaitingImposition[] {
  return waiting
    .filter((one) => one.heldUntilMs > nowMs)
    .sort((a, b) => (goesBefore(a, b) ? -1 : 1));
}

/** What they would take, in order. */
export function asksOf(waiting: readonly WaitingImposition[]): Ask[] {
  return waiting.map(({ units, suspends }) => ({ units, suspends }));
}
