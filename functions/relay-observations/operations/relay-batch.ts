import { DomainError } from '../../../domain/errors.ts';
import type { InboxObservation } from '../../../domain/ports/intake.ts';
import { parseTraceparent } from '../../../domain/traceparent.ts';
import { inFlight } from '../../shared/in-flight.ts';
import { inSpan } from '../../shared/tracing.ts';
import type { RelayDeps } from '../deps.ts';
import { relayGroup } from './relay-group.ts';

/** What came of one batch: which observations still have no fate, and whether the reason is an outage. */
export interface BatchResult {
  failed: InboxObservation[];
  /** Temporal or the store could not be reached: nothing more can be done now. */
  outage: boolean;
}

/**
 * Relays a batch, a few cases at a time: a case that fails harms no other. An outage is nobody's fault and is not counted;
 * anything else counts against the observation, until it goes to quarantine and stops nobody any more (design §4).
 */
export async function relayBatch(
  deps: RelayDeps,
  observations: readonly InboxObservation[],
): Promise<BatchResult> {
  const result: BatchResult = { failed: [], outage: false };
  await inFlight(groupsOf(observations), async (group) => {
    if (result.outage) {
      result.failed.push(...group);
      return;
    }
    try {
      await relayTraced(deps, group);
      deps.meter.count('ObservationsRelayed', group.length);
    } catch (error) {
      result.outage ||= isOutage(error);
      result.failed.push(...(await failures(deps, group, error, result)));
    }
  });
  return result;
}

type Group = [InboxObservation, ...InboxObservation[]];

/** A case is told once of several alerts: that goes on in the trace of the oldest, and is linked to those of the others. */
function relayTraced(deps: RelayDeps, group: Group): Promise<void> {
  const [first, ...others] = new Set(group.flatMap((one) => one.traceparent ?? []));
  return inSpan(
    {
      name: 'relay observations',
      kind: 'consumer',
      parent: first,
      links: others,
      attributes: { 'swarm.observations': group.length },
    },
    () => relayGroup(deps, group),
  );
}

/** By participant and violation type, which have one case; oldest first, and of one alert in its own order. */
function groupsOf(observations: readonly InboxObservation[]): Group[] {
  const groups = new Map<string, Group>();
  const oldestFirst = observations.toSorted(byAge);
  for (const one of oldestFirst) {
    const { participantId, violationType } = one.observation;
    const name = JSON.stringify([participantId, violationType]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** Of one instant by sequence and name, so that the same alerts open the same case in whatever order they come. */
function byAge(a: InboxObservation, b: InboxObservation): number {
  const olderMs = a.observation.receivedAtMs - b.observation.receivedAtMs;
  return olderMs || a.ref.seq - b.ref.seq || (a.ref.alertKey < b.ref.alertKey ? -1 : 1);
}

function isOutage(error: unknown): boolean {
  return error instanceof DomainError && error.fault === 'dependency';
}

/** For the log: the code of what we know, else its words. */
function reasonOf(error: unknown): string {
  return error instanceof DomainError ? error.code : String(error);
}

async function failures(
  deps: RelayDeps,
  group: readonly InboxObservation[],
  error: unknown,
  result: BatchResult,
): Promise<InboxObservation[]> {
  deps.meter.count('RelayFailures', group.length);
  const reason = reasonOf(error);
  const { participantId, violationType } = group[0]?.observation ?? {};
  const trace = traceOf(group.find(({ traceparent }) => traceparent !== undefined));
  deps.logger.warn('relay failed', { participantId, violationType, reason, ...trace });
  if (isOutage(error)) return [...group];
  const failed: InboxObservation[] = [];
  for (const one of group) {
    const became = await countFailure(deps, one, result);
    if (became === 'undelivered') failed.push(one);
    else {
      deps.meter.count('ObservationsQuarantined');
      deps.logger.error('observation quarantined', { ...one.ref, reason, ...traceOf(one) });
    }
  }
  return failed;
}

/** What cannot be counted is undelivered all the same: a batch answers for all that it got. */
async function countFailure(
  deps: RelayDeps,
  one: InboxObservation,
  result: BatchResult,
): Promise<'undelivered' | 'quarantine'> {
  try {
    return await deps.store.markFailed(one, await deps.maxAttempts(), deps.clock.nowMs());
  } catch (error) {
    result.outage ||= isOutage(error);
    const reason = reasonOf(error);
    deps.logger.warn('relay failure not counted', { ...one.ref, reason, ...traceOf(one) });
    return 'undelivered';
  }
}

/** The trace that brought an observation, for the log: its span has ended when the failure is written down. */
function traceOf(one: InboxObservation | undefined): { traceId?: string } {
  const place = parseTraceparent(one?.traceparent);
  return place === null ? {} : { traceId: place.traceId };
}
