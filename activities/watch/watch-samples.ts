import type { Policy, TypeWatch } from '../../domain/policy.ts';
import type { SampleLabels } from '../../domain/ports/watching.ts';
import { NETWORK_WATCH, type Sighting, watchKeyOf } from '../../domain/watch/sighting.ts';
import { asFailure } from '../step.ts';
import { eachOf, type WatchPorts } from './ports.ts';
import { report, type Seen, seen } from './report.ts';
import { lookOf, type WatchPageInput } from './watch-stakes.ts';

type PromqlWatch = Extract<TypeWatch, { kind: 'promql' }>;

const OPEN = ['confirming', 'correcting', 'proposed', 'restoring'] as const;

/**
 * Asks the monitors for violations that the policy describes by a query, such as reserved resources that nobody uses, and reports each
 * sample, and each open alert of ours that has no sample any more. A server that does not answer shows nothing.
 */
export function watchSamples(ports: WatchPorts) {
  return async ({ nowMs, runId }: Omit<WatchPageInput, 'cursor'>): Promise<{ found: number }> =>
    asFailure(async () => {
      const policy = await ports.directory.policyAt(nowMs);
      const look = lookOf(policy, nowMs, runId);
      let found = 0;
      let answered = 0;
      const watched = watchedTypes(policy);
      for (const { type, watch } of watched) {
        const samples = await ports.reports.samples(watch);
        if (samples === null) continue;
        answered += 1;
        const now = await ofMembers(ports, sightingsOf(type, watch, samples));
        found += now.length;
        const over = await noLongerSeen(ports, type, new Set(now.map(watchKeyOf)));
        await report(ports, [...now.map(seen), ...over], look);
      }
      ports.meter.count('WatchFailures', watched.length - answered);
      ports.meter.count('IdleResources', found);
      return { found };
    });
}

function watchedTypes(policy: Policy): { type: string; watch: PromqlWatch }[] {
  return Object.values(policy.violationTypes).flatMap(({ type, watch }) =>
    watch?.kind === 'promql' ? [{ type, watch }] : [],
  );
}

/** A sample without the labels that name it speaks of nobody. */
function sightingsOf(
  violationType: string,
  watch: PromqlWatch,
  samples: readonly SampleLabels[],
): Sighting[] {
  const { participantLabel, resourceLabel, severity } = watch;
  const byKey = new Map<string, Sighting>();
  for (const labels of samples) {
    const participantId = labels[participantLabel];
    const resourceId = resourceLabel === null ? null : labels[resourceLabel];
    if (!participantId || resourceId === undefined || resourceId === '') continue;
    const summary = `The query of ${violationType} shows it at ${watch.server}.`;
    const sighting = { participantId, resourceId, violationType, severity, summary };
    byKey.set(watchKeyOf(sighting), sighting);
  }
  return [...byKey.values()];
}

/** A monitor may know more than the network does: only what belongs to a registered participant is its violation (rule B8). */
async function ofMembers(ports: WatchPorts, sightings: Sighting[]): Promise<Sighting[]> {
  const ids = [...new Set(sightings.map(({ participantId }) => participantId))];
  const known = await eachOf(ids, (id) => ports.directory.participant(id));
  const owned = new Map(
    known.flatMap((one) =>
      one === null ? [] : [[one.participantId, new Set(one.resources.map((r) => r.resourceId))]],
    ),
  );
  return sightings.filter(({ participantId, resourceId }) => {
    const resources = owned.get(participantId);
    return resources !== undefined && (resourceId === null || resources.has(resourceId));
  });
}

/** Our own firing alerts in open cases of the type that were not seen this time. */
async function noLongerSeen(
  ports: WatchPorts,
  violationType: string,
  seenNow: ReadonlySet<string>,
): Promise<Seen[]> {
  const over: Seen[] = [];
  for (const stage of OPEN) {
    for await (const records of ports.cases.pages(stage)) {
      for (const record of records) {
        if (record.violationType !== violationType) continue;
        for (const head of await ports.evidence.headsOfCase(record.caseId)) {
          if (head.sourceId !== NETWORK_WATCH || head.status !== 'firing') continue;
          if (!seenNow.has(head.alertKey)) over.push({ key: head.alertKey, sighting: null });
        }
      }
    }
  }
  return over;
}
