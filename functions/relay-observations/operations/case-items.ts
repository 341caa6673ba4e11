import type { CaseObservation } from '../../../contracts/temporal.ts';
import type { AlertHead } from '../../../domain/observation.ts';
import type { InboxObservation, Slot } from '../../../domain/ports/intake.ts';
import { graverSeverity, SEVERITIES, type Severity } from '../../../domain/violation.ts';

/** Whether one severity is graver than another. */
export function isGraver(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than);
}

/** The gravest of a slot's severity and those of some observations. */
export function gravest(slot: Slot, fires: readonly InboxObservation[]): Severity {
  return fires.reduce<Severity>(
    (severity, { observation }) => graverSeverity(severity, observation.severity),
    slot.severity,
  );
}

/** What a case is told of a fire. */
export function fireItem(fire: InboxObservation, kind: 'fired' | 'severity'): CaseObservation {
  const { resourceId, severity, startsAtMs, receivedAtMs } = fire.observation;
  const began = Math.min(startsAtMs, receivedAtMs);
  return {
    ref: fire.ref,
    kind,
    resourceId,
    severity,
    startsAtMs: began,
    endsAtMs: null,
    receivedAtMs,
  };
}

/** What a case is told once when the last of its heads is clear: as of the latest end (rule A10). */
export function clearedItem(
  heads: readonly AlertHead[],
  last: InboxObservation,
  severity: Severity,
): CaseObservation {
  const ends = heads.map((head) => head.endsAtMs ?? head.lastSeenAtMs);
  return {
    ref: last.ref,
    kind: 'cleared',
    resourceId: null,
    severity,
    startsAtMs: Math.min(...heads.map((head) => head.startsAtMs)),
    endsAtMs: Math.max(...ends),
    receivedAtMs: last.observation.receivedAtMs,
  };
}

/** Whether nothing of the case fires. A case without heads is not clear: it knows nothing yet. */
export function isAllClear(heads: readonly AlertHead[]): boolean {
  return heads.length > 0 && heads.every((head) => head.status === 'resolved');
}
