import { DomainError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import type { Principal } from '../principal.ts';
import { type Incident, type IncidentScope, type IncidentWord, stands } from './incident.ts';

/** So many governors, of as many organisations, let those pass that wait at the breaker. */
export const BREAKER_RELEASES = 2;

/** A person's act on an incident. */
export interface IncidentAct {
  principal: Principal;
  reason: string;
  /** Names the request, for all its tries. */
  request: string;
  nowMs: number;
}

/** The limits of a clock hold (rule A6). */
export type HoldLaw = Pick<Policy, 'incidentHoldMs' | 'personHoldMs' | 'personHoldTotalMs'>;

/**
 * Holds the clocks of a scope from now on (rule A6): a task of people after `incidentHold`, over by itself at the end of a person's term.
 * Throws `conflict-of-interest` for who belongs to a participant.
 */
export function openClockHold(
  incidentId: string,
  scope: IncidentScope,
  law: HoldLaw,
  act: IncidentAct,
): Incident {
  refuseAffiliated(act.principal);
  const { nowMs, reason } = act;
  return {
    v: 1,
    incidentId,
    kind: 'clock-hold',
    scope,
    reason,
    openedBy: act.principal.person,
    openedAtMs: nowMs,
    attentionAtMs: nowMs + law.incidentHoldMs,
    endsAtMs: nowMs + law.personHoldMs,
    longestUntilMs: nowMs + law.personHoldTotalMs,
    terms: [wordOf(act)],
    releases: [],
    outcome: null,
    closedAtMs: null,
    revision: 1,
  };
}

/** The breaker has stopped an imposition: one incident for all that wait, until nothing waits (rule D12). */
export function openBreakerIncident(
  incidentId: string,
  reason: string,
  law: Pick<Policy, 'incidentHoldMs'>,
  nowMs: number,
): Incident {
  return {
    v: 1,
    incidentId,
    kind: 'breaker',
    scope: { kind: 'network' },
    reason,
    openedBy: 'system',
    openedAtMs: nowMs,
    attentionAtMs: nowMs + law.incidentHoldMs,
    endsAtMs: null,
    longestUntilMs: null,
    terms: [],
    releases: [],
    outcome: null,
    closedAtMs: null,
    revision: 1,
  };
}

/**
 * Gives a clock hold another term, once for each request, by another person than the one whose term runs, and never beyond its longest (rule A6). Throws
 * `incident-closed`, `incident-not-renewable`, `renewal-same-person`, `conflict-of-interest`.
 */
export function renewed(incident: Incident, law: HoldLaw, act: IncidentAct): Incident {
  if (incident.terms.some(({ request }) => request === act.request)) return incident;
  refuseAffiliated(act.principal);
  refuseClosed(incident, act.nowMs);
  const { endsAtMs, longestUntilMs } = incident;
  if (endsAtMs === null || longestUntilMs === null || endsAtMs >= longestUntilMs)
    throw new DomainError(
      'incident-not-renewable',
      'conflict',
      'Only a clock hold has terms, and all of them together have a limit (rule A6).',
    );
  if (incident.terms.at(-1)?.person === act.principal.person)
    throw new DomainError(
      'renewal-same-person',
      'conflict',
      'Another person renews the hold: who has the present term may not (rule A6).',
    );
  return {
    ...incident,
    endsAtMs: Math.min(longestUntilMs, Math.max(endsAtMs, act.nowMs + law.personHoldMs)),
    attentionAtMs: act.nowMs + law.incidentHoldMs,
    terms: [...incident.terms, wordOf(act)],
    revision: incident.revision + 1,
  };
}

/**
 * A governor's release, once for each request. A clock hold ends with it; the breaker with the second, by a governor of another organisation: then those that
 * wait go ahead of the limits, once. Throws `incident-closed`, `already-approved`, `same-organisation`, `conflict-of-interest`.
 */
export function released(incident: Incident, act: IncidentAct): Incident {
  if (incident.releases.some(({ request }) => request === act.request)) return incident;
  refuseAffiliated(act.principal);
  refuseClosed(incident, act.nowMs);
  if (incident.releases.some(({ person }) => person === act.principal.person))
    throw new DomainError(
      'already-approved',
      'conflict',
      'This person has already asked for the release; another governor must agree.',
    );
  if (incident.releases.some(({ organisation }) => organisation === act.principal.organisation))
    throw new DomainError(
      'same-organisation',
      'conflict',
      'The second governor must belong to another organisation.',
    );
  const releases = [...incident.releases, wordOf(act)];
  const needed = incident.kind === 'breaker' ? BREAKER_RELEASES : 1;
  const next = { ...incident, releases, revision: incident.revision + 1 };
  return releases.length < needed ? next : { ...next, outcome: 'released', closedAtMs: act.nowMs };
}

/** The end that comes by itself: of its term, or because nothing waits. */
export function closedAs(incident: Incident, outcome: 'lapsed' | 'passed', atMs: number): Incident {
  return { ...incident, outcome, closedAtMs: atMs, revision: incident.revision + 1 };
}

function refuseClosed(incident: Incident, nowMs: number): void {
  if (incident.closedAtMs === null && stands(incident, nowMs)) return;
  throw new DomainError('incident-closed', 'conflict', 'The incident is over.');
}

/** Whoever belongs to a participant gains from a clock that stands still, or from a rival's that runs (rule E1). */
function refuseAffiliated({ participantId, controlGroup }: Principal): void {
  if (participantId === null && controlGroup === null) return;
  throw new DomainError(
    'conflict-of-interest',
    'conflict',
    'This person belongs to a participant; someone unaffiliated must act.',
  );
}

function wordOf({ principal, reason, request, nowMs }: IncidentAct): IncidentWord {
  const { person, organisation } = principal;
  return { person, organisation, atMs: nowMs, reason, request };
}
