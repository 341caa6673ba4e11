import { withRole } from '../domain/case/people.ts';
import type { Firing } from '../domain/case/severity.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import { DomainError } from '../domain/errors.ts';
import { shortestGraceMs } from '../domain/law/pin.ts';
import { freshMs } from '../domain/law/resource-clock.ts';
import { parseUnits } from '../domain/money.ts';
import type { AlertHead, Source } from '../domain/observation.ts';
import type { Participant } from '../domain/participant.ts';
import type { CheckSpec } from '../domain/policy.ts';
import { graverSeverity, type Severity } from '../domain/violation.ts';
import { bondedUnits } from '../domain/watch/shortfall.ts';
import type { ActivityPorts } from './ports.ts';

/** One outcome of a live look at one resource. */
export interface LiveLook {
  resourceId: string | null;
  group: string;
  healthy: boolean | null;
  detail: string;
  check: string;
}

/** All evidence about a case at one instant. */
export interface Picture {
  heads: AlertHead[];
  sources: Source[];
  participant: Participant;
  looks: LiveLook[];
  oldestUndeliveredMs: number | null;
}

/** How many resources are looked at at the same time. */
const LOOKS_AT_ONCE = 16;

/** Reads heads, sources and participant consistently, and, when asked, looks at the resources through the type's live checks (rule B1). */
export async function takePicture(
  ports: ActivityPorts,
  state: CaseState,
  look: 'stored-only' | 'firing' | 'all',
): Promise<Picture> {
  const heads = await ports.evidence.headsOfCase(state.caseId);
  const sourceIds = [...new Set(heads.map((head) => head.sourceId))].sort();
  const [participant, oldestUndeliveredMs, ...found] = await Promise.all([
    participantOf(ports, state.participantId),
    ports.evidence.oldestUndeliveredMs(state.participantId),
    ...sourceIds.map((sourceId) => ports.directory.source(sourceId)),
  ]);
  const sources = found.filter((source) => source !== null);
  const watched = look === 'stored-only' ? [] : resourcesOf(heads, look);
  const checks = state.law?.checks ?? [];
  const looks = [
    ...(await liveLooks(ports, participant, checks, watched)),
    ...(await looksAtStake(ports, state, checks, watched)),
  ];
  return { heads, sources, participant, looks, oldestUndeliveredMs };
}

/** Firing heads, gravest severity first is not needed: order is by alert key, so that a decision is the same for any arrival. */
export function firingHeads(heads: AlertHead[]): AlertHead[] {
  return heads
    .filter((head) => head.status === 'firing')
    .sort((a, b) => (a.alertKey < b.alertKey ? -1 : 1));
}

/** Distinct resources of the given heads, sorted; null is the participant as a whole. */
export function resourcesOf(heads: AlertHead[], which: 'firing' | 'all'): (string | null)[] {
  const chosen = which === 'firing' ? firingHeads(heads) : heads;
  return [...new Set(chosen.map((head) => head.resourceId))].sort((a, b) =>
    (a ?? '').localeCompare(b ?? ''),
  );
}

/** What fires now, with its gravest severity; `atLeast` where nothing fires. */
export function firingOf(picture: Picture, atLeast: Severity): Firing {
  const heads = firingHeads(picture.heads);
  const [first, ...rest] = heads.map((head) => head.severity);
  const severity = first === undefined ? atLeast : rest.reduce(graverSeverity, first);
  return { severity, resourceIds: resourcesOf(heads, 'firing') };
}

/**
 * The same picture with only the alerts that a decision may rest on: seen lately enough by their source (rule B1). A graver alert
 * whose resolve was lost must not make later evidence look graver.
 */
export function freshOf(picture: Picture, law: PinnedLaw, nowMs: number): Picture {
  const shortestMs = shortestGraceMs(law);
  const heads = picture.heads.filter((head) => {
    const source = picture.sources.find((one) => one.sourceId === head.sourceId);
    return source && nowMs - head.lastSeenAtMs <= freshMs(law, source, shortestMs);
  });
  return { ...picture, heads };
}

/**
 * Who set the law or a source that this case rests on is in its conflict set, whenever the source joined, and so is the control group
 * whose monitor complains (rule E1).
 */
export function withConfigured(state: CaseState, picture: Picture): CaseState {
  const configured = [
    ...(state.law?.publishedBy ?? []),
    ...picture.sources.flatMap((source) => source.setBy),
  ];
  const people = configured.reduce(
    (known, person) => withRole(known, person, 'configured'),
    state.people,
  );
  const others = picture.sources
    .map((source) => source.ownerControlGroup)
    .filter((group) => group !== state.controlGroup);
  const complainants = [...new Set([...(state.complainants ?? []), ...others])].sort();
  return { ...state, people, complainants };
}

/** Independence group of a look into our own books. */
export const LEDGER_GROUP = 'ledger';

/** The books as they are now say for themselves whether the stake is short (rule C4); that is a look like any other (rule B3). */
async function looksAtStake(
  ports: ActivityPorts,
  state: CaseState,
  checks: CheckSpec[],
  resourceIds: (string | null)[],
): Promise<LiveLook[]> {
  if (resourceIds.length === 0 || !checks.some(({ kind }) => kind === 'stake')) return [];
  const { balances } = await ports.cases.snapshot(state.participantId);
  const minimum = parseUnits(state.law?.minimumStakeUnits ?? '0');
  const bonded = bondedUnits(balances);
  const detail = `bonded ${bonded}, minimum ${minimum}`;
  const look = { group: LEDGER_GROUP, healthy: bonded >= minimum, detail, check: 'stake' };
  return resourceIds.map((resourceId) => ({ ...look, resourceId }));
}

async function participantOf(ports: ActivityPorts, participantId: string): Promise<Participant> {
  const participant = await ports.directory.participant(participantId);
  if (!participant)
    throw new DomainError(
      'participant-unknown',
      'conflict',
      `Participant ${participantId} is not registered.`,
    );
  return participant;
}

async function liveLooks(
  ports: ActivityPorts,
  participant: Participant,
  checks: CheckSpec[],
  resourceIds: (string | null)[],
): Promise<LiveLook[]> {
  const wanted: {
    check: Extract<CheckSpec, { kind: 'http' | 'promql' }>;
    resourceId: string | null;
  }[] = [];
  for (const check of checks) {
    if (check.kind === 'head' || check.kind === 'stake') continue;
    for (const resourceId of resourceIds) wanted.push({ check, resourceId });
  }
  const looks: LiveLook[] = [];
  for (let start = 0; start < wanted.length; start += LOOKS_AT_ONCE) {
    const batch = wanted.slice(start, start + LOOKS_AT_ONCE);
    looks.push(
      ...(await Promise.all(
        batch.map(async ({ check, resourceId }) => {
          const result = await ports.probes.look(check, participant, resourceId);
          return {
            resourceId,
            group: result.group,
            healthy: result.healthy,
            detail: result.detail,
            check: check.kind,
          };
        }),
      )),
    );
  }
  return looks;
}
