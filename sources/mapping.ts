import type { FieldMapping, SourceConfig } from '../contracts/source-config.ts';
import { ownedAt } from '../domain/declaration.ts';
import type { AlertHead, Observation } from '../domain/observation.ts';
import type { Participant } from '../domain/participant.ts';
import type { Policy } from '../domain/policy.ts';
import type { QuarantineReason } from '../domain/ports/intake.ts';
import { SEVERITIES, type Severity } from '../domain/violation.ts';
import type { RawAlert } from './alert.ts';

/** How far ahead of our clock an alert may claim to begin: no more than clocks differ. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** What the labels of one alert say, before anybody checks it. */
export interface Claim {
  participantId: string | null;
  resourceId: string | null;
  violationType: string | null;
  severity: Severity | null;
}

/** What a claim is checked against. */
export interface MappingContext {
  source: SourceConfig;
  /** The participants that the delivery's claims name; unknown ones are absent. */
  participants: ReadonlyMap<string, Participant>;
  violationTypes: Policy['violationTypes'];
  receivedAtMs: number;
}

/** Words for severity that monitors use, for sources that map nothing themselves. */
const COMMON_SEVERITIES: Readonly<Record<string, Severity>> = {
  info: 'minor',
  warning: 'minor',
  error: 'moderate',
  high: 'moderate',
  page: 'major',
};

/** Reads the labels by the configuration of the source. */
export function claimOf(alert: RawAlert, { mapping }: SourceConfig): Claim {
  const severity = fieldOf(alert, mapping.severity);
  return {
    participantId: fieldOf(alert, mapping.participant),
    resourceId: mapping.resource === undefined ? null : fieldOf(alert, mapping.resource),
    violationType: fieldOf(alert, mapping.violationType),
    severity: severity === null ? null : severityOf(severity),
  };
}

function fieldOf(alert: RawAlert, { labels, values, default: fallback }: FieldMapping) {
  for (const label of labels) {
    const found = Object.hasOwn(alert.labels, label) ? alert.labels[label] : undefined;
    if (found === undefined || found === '') continue;
    return Object.hasOwn(values, found) ? (values[found] ?? found) : found;
  }
  return fallback ?? null;
}

function severityOf(word: string): Severity | null {
  const lower = word.toLowerCase();
  const own = SEVERITIES.find((severity) => severity === lower);
  if (own !== undefined) return own;
  return Object.hasOwn(COMMON_SEVERITIES, lower) ? (COMMON_SEVERITIES[lower] ?? null) : null;
}

/**
 * Makes the observation, or says why it cannot be made. A firing head pins participant, resource, type and mapping version
 * until it is resolved, so a mapping that was changed meanwhile never strands a resolve (design §4).
 */
export function mapAlert(
  alert: RawAlert,
  head: AlertHead | null,
  context: MappingContext,
): { ok: true; observation: Observation } | { ok: false; reason: QuarantineReason } {
  const { source, receivedAtMs } = context;
  if (alert.state === 'firing' && alert.startsAtMs > receivedAtMs + CLOCK_TOLERANCE_MS) {
    return { ok: false, reason: 'from-the-future' };
  }
  const claim = claimOf(alert, source);
  const facts =
    head?.status === 'firing'
      ? pinned(head, claim)
      : checked(claim, { ...context, occurredAtMs: faultOf(alert, context) });
  if (typeof facts === 'string') return { ok: false, reason: facts };
  return {
    ok: true,
    observation: {
      alertKey: alertKeyOf(source.sourceId, alert.fingerprint),
      sourceId: source.sourceId,
      state: alert.state,
      ...facts,
      severity: atMost(facts.severity, source.scope.highestSeverity),
      startsAtMs: alert.startsAtMs,
      endsAtMs: alert.endsAtMs,
      receivedAtMs,
      summary: alert.summary,
      evidenceUrl: alert.evidenceUrl,
    },
  };
}

/** The identity of an alert over all its episodes. */
export function alertKeyOf(sourceId: string, fingerprint: string): string {
  return `${sourceId}/${fingerprint}`;
}

type Facts = Pick<
  Observation,
  'participantId' | 'resourceId' | 'violationType' | 'severity' | 'mappingVersion'
>;

function pinned(head: AlertHead, claim: Claim): Facts {
  const { participantId, resourceId, violationType, mappingVersion } = head;
  const severity = claim.severity ?? head.severity;
  return { participantId, resourceId, violationType, severity, mappingVersion };
}

/** When the fault began, as far back as the source may say: whose the resource was then is what counts (rules B4, B8). */
function faultOf(alert: RawAlert, { source, receivedAtMs }: MappingContext): number {
  return Math.min(receivedAtMs, Math.max(alert.startsAtMs, receivedAtMs - source.maxLagMs));
}

function checked(
  claim: Claim,
  context: MappingContext & { occurredAtMs: number },
): Facts | QuarantineReason {
  const { source, participants, violationTypes } = context;
  const { participantId, resourceId, violationType, severity } = claim;
  if (participantId === null) return 'participant-missing';
  const participant = participants.get(participantId);
  if (participant === undefined) return 'participant-unknown';
  if (resourceId !== null && !ownedAt(participant, resourceId, context.occurredAtMs))
    return 'resource-not-owned';
  if (violationType === null || !Object.hasOwn(violationTypes, violationType)) {
    return 'violation-type-unknown';
  }
  if (severity === null) return 'severity-unknown';
  const family = violationTypes[violationType]?.family;
  const { families, participants: allowed } = source.scope;
  const isInScope = family !== undefined && families.includes(family);
  if (!isInScope || allowed?.includes(participantId) === false) return 'out-of-scope';
  const mappingVersion = source.mapping.version;
  return { participantId, resourceId, violationType, severity, mappingVersion };
}

/** Rule B2: a source is believed up to its highest severity; what it says beyond counts as that. */
function atMost(severity: Severity, highest: Severity): Severity {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(highest) ? highest : severity;
}
