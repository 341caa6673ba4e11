import { readChainHead } from '../../../adapters/dynamodb/audit-chain.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { putPolicy, putSource } from '../../../adapters/dynamodb/directory-seed.ts';
import { createRelayStore } from '../../../adapters/dynamodb/intake-relay.ts';
import { createIntakeStore } from '../../../adapters/dynamodb/intake-store.ts';
import { createParticipantRegistry } from '../../../adapters/dynamodb/participant-registry.ts';
import { parseSourceConfig } from '../../../contracts/source-config.ts';
import type { CaseObservation } from '../../../contracts/temporal.ts';
import { acceptObservation } from '../../../domain/intake/accept.ts';
import type { AlertHead, Observation } from '../../../domain/observation.ts';
import type { Policy } from '../../../domain/policy.ts';
import { inFlight } from '../../../functions/shared/in-flight.ts';
import { caseIdOf } from '../../../functions/shared/short-id.ts';

const VIOLATION_TYPE = 'downtime';
const MONITORS = ['monitor-a', 'monitor-b'] as const;
const STAKE_UNITS = 10_000_000n;
const DAY_MS = 86_400_000;

/** A provider whose node is down: both monitors have said so, and what they said is stored and attached to its case. */
export interface Provider {
  readonly participantId: string;
  readonly caseId: string;
  readonly violationType: string;
  /** Hash of the last entry of its history before the case: the first entry of the case must follow it. */
  readonly lastHash: string;
  /** What the case is told first. */
  readonly fired: CaseObservation;
  /** The node is well again: both monitors say so, in one write. Returns what the case is told. */
  clear(): Promise<CaseObservation>;
}

/** Providers of one network, each seen down at once. Neither their registration nor the reception of alerts is part of what is timed. */
export interface Providers {
  make(count: number): Promise<Provider[]>;
  /** Whether our own look finds the nodes of a participant down. */
  isDown(participantId: string): boolean;
}

/**
 * Seeds the network: its law, two monitors and so many providers that nothing is ever wrong with. Beside them the others are few, as in any
 * network: so the breaker has room, and a case that waits there would tell of the size of the network and not of its own cost.
 */
export async function openProviders(
  store: Store,
  law: Policy,
  bystanders: number,
): Promise<Providers> {
  const intake = createIntakeStore(store);
  const relay = createRelayStore(store);
  const registry = createParticipantRegistry(store);
  const down = new Set<string>();
  let made = 0;
  await putPolicy(store, law, 0);
  for (const sourceId of MONITORS) {
    await putSource(store, monitor(sourceId));
    const sighting = { atMs: Date.now(), groupKey: 'all', truncated: 0, repeatIntervalMs: DAY_MS };
    await intake.noteSource(sourceId, sighting);
  }
  await inFlight(
    Array.from({ length: bystanders }, (_, index) => `calm-${index + 1}`),
    register,
  );

  async function register(participantId: string): Promise<void> {
    const act = { actor: 'bench', atMs: Date.now() - 60 * DAY_MS };
    const resources = [{ resourceId: nodeOf(participantId), capacity: 1 }];
    await registry.register(
      {
        participantId,
        kind: 'hardware-provider',
        displayName: participantId,
        controlGroup: `group-of-${participantId}`,
        registeredAtMs: act.atMs,
        checksPassed: 100,
        resources,
        endpoint: { url: 'http://127.0.0.1:9/notices', secretId: 'notices' },
      },
      law.asset,
      act,
    );
    const externalRef = `bench-${participantId}`;
    await registry.deposit({ participantId, externalRef, units: STAKE_UNITS }, act);
  }

  async function fire(participantId: string): Promise<Provider> {
    const fires = MONITORS.map((sourceId) => observed(participantId, sourceId, null));
    const heads = fires.map((one) => headAfter(null, one));
    const refs = fires.map(({ alertKey }) => ({ alertKey, seq: 1 }));
    const caseId = caseIdOf(VIOLATION_TYPE, refs[0]!);
    await intake.accept(heads.map((head) => ({ head, readSeq: 0, observations: [] })));
    const slot = {
      participantId,
      violationType: VIOLATION_TYPE,
      caseId,
      severity: 'minor' as const,
    };
    await relay.takeSlot({ ...slot, allClear: 'no' });
    for (const [index, observation] of fires.entries())
      await relay.attachHead(caseId, { ref: refs[index]!, observation });
    down.add(participantId);
    const { hash: lastHash } = await readChainHead(store, participantId);
    return {
      participantId,
      caseId,
      violationType: VIOLATION_TYPE,
      lastHash,
      fired: told('fired', fires[0]!),
      async clear() {
        down.delete(participantId);
        const ends = MONITORS.map((sourceId) => observed(participantId, sourceId, Date.now()));
        const writes = ends.map((end, index) => ({
          head: headAfter(heads[index]!, end),
          readSeq: 1,
          observations: [],
        }));
        const moved = await intake.accept(writes);
        if (moved.length > 0) throw new Error(`The alerts of ${participantId} have moved on.`);
        return told('cleared', ends[0]!);
      },
    };
  }

  return {
    isDown: (participantId) => down.has(participantId),
    make(count) {
      const ids = Array.from({ length: count }, () => `op-${String(++made).padStart(6, '0')}`);
      return inFlight(ids, async (participantId) => {
        await register(participantId);
        return fire(participantId);
      });
    },
  };
}

function monitor(sourceId: string) {
  return parseSourceConfig({
    sourceId,
    kind: 'native',
    ownerControlGroup: 'network',
    independenceGroup: `group-of-${sourceId}`,
    setBy: ['sam-configures'],
    scope: { families: ['performance', 'security', 'operational'], highestSeverity: 'critical' },
    repeatInterval: '1h',
    maxLag: '10m',
    auth: { kind: 'standard-webhooks', secretId: 'monitor' },
    mapping: {
      version: 'm1',
      participant: { labels: ['participant'] },
      resource: { labels: ['resource'] },
      violationType: { labels: ['violation'] },
      severity: { labels: ['severity'] },
    },
  });
}

const nodeOf = (participantId: string) => `${participantId}-node-1`;

function observed(participantId: string, sourceId: string, endsAtMs: number | null): Observation {
  const nowMs = Date.now();
  return {
    alertKey: `${sourceId}/${nodeOf(participantId)}`,
    sourceId,
    state: endsAtMs === null ? 'firing' : 'resolved',
    participantId,
    resourceId: nodeOf(participantId),
    violationType: VIOLATION_TYPE,
    severity: 'minor',
    startsAtMs: nowMs,
    endsAtMs,
    receivedAtMs: nowMs,
    mappingVersion: 'm1',
    summary: 'node down',
    evidenceUrl: null,
  };
}

/** The alert's head as its source's word leaves it. */
function headAfter(head: AlertHead | null, observation: Observation): AlertHead {
  const source = { repeatIntervalMs: 3_600_000, maxLagMs: 600_000, freshMinMs: 3_600_000 };
  const startsAtMs = head?.startsAtMs ?? observation.startsAtMs;
  const { nextHead } = acceptObservation(head, { ...observation, startsAtMs }, source);
  if (nextHead === null) throw new Error('The observation was not taken.');
  return nextHead;
}

function told(kind: CaseObservation['kind'], observation: Observation): CaseObservation {
  const { alertKey, resourceId, severity, startsAtMs, endsAtMs, receivedAtMs } = observation;
  const ref = { alertKey, seq: kind === 'fired' ? 1 : 2 };
  return { ref, kind, resourceId, severity, startsAtMs, endsAtMs, receivedAtMs };
}
