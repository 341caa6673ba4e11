import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import { closedAs } from '../../domain/incident/acts.ts';
import { type Incident, incidentEntry, incidentIdOf } from '../../domain/incident/incident.ts';
import type { ClockHolds, Incidents } from '../../domain/ports/incidents.ts';
import { transactTold } from './audit-chain.ts';
import type { Store } from './client.ts';
import { isKeyText } from './cursor.ts';
import { decodeIncident, incidentItem } from './incident-codec.ts';
import { bodyOf, getItem, makeItem, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { readItems, readPage } from './pages.ts';
import { put, putNew } from './step-writes.ts';
import type { LabelledWrite, WriteAction } from './store-errors.ts';

/** No policy lets a clock hold last longer than this, so no older one can reach into a window. */
const LONGEST_HOLD_MS = 100 * 86_400_000;

/** So many clock holds in the time of one window are more than anybody opens. */
const MOST_HOLDS = 1_000;

/** Clock holds as decisions read them. */
export function createClockHolds(store: Store): ClockHolds {
  return {
    since: (sinceMs) => holdsSince(store, sinceMs),
    async lapsed(incident) {
      const atMs = incident.endsAtMs ?? incident.openedAtMs;
      const after = closedAs(incident, 'lapsed', atMs);
      const why = 'Its term is over and nobody has renewed it.';
      await replaceIncident(
        store,
        incident,
        after,
        incidentEntry(after, 'closed', 'system', atMs, why),
      );
    },
  };
}

/** Incidents in the registry, and their lines in the network's history. */
export function createIncidents(store: Store): Incidents {
  const keys = keysOf(store.networkId);
  return {
    ...createClockHolds(store),
    async open(incident, { account, key }, entry) {
      const request = keys.incidentRequest(account, key);
      const named = makeItem(request, 'incident-request', incident.incidentId);
      const failed = await write(store, entry, [
        { label: 'request', action: putNew(store.tables.registry, named) },
        ...openingWrites(store, incident),
      ]);
      if (failed.size === 0) return incident;
      const heard = await getItem(store, 'registry', request);
      const earlier =
        heard && (await readIncident(store, bodyOf<string>(heard, 'incident-request')));
      if (earlier) return earlier;
      throw new DomainError('store-unreachable', 'dependency', 'The incident cannot be read yet.');
    },
    read: (incidentId) => readIncident(store, incidentId),
    async list(cursor, limit) {
      const pk = keys.incidents();
      const page = await readPage(store, {
        table: 'registry',
        scope: 'incidents',
        condition: 'pk = :pk',
        values: { ':pk': pk },
        newestFirst: true,
        isPosition: isKeyText,
        startKey: (sk) => ({ pk, sk }),
        positionOf: (item) => textOf(item, 'sk'),
        cursor,
        limit,
      });
      return { ...page, items: page.items.map(decodeIncident) };
    },
    replace: (before, after, entry) => replaceIncident(store, before, after, entry),
  };
}

async function holdsSince(store: Store, sinceMs: number): Promise<Incident[]> {
  const from = incidentIdOf(Math.max(0, sinceMs - LONGEST_HOLD_MS), '');
  const { items } = await readItems(store, {
    table: 'registry',
    condition: 'pk = :pk AND sk >= :from',
    values: { ':pk': keysOf(store.networkId).clockHolds(), ':from': from },
    startKey: undefined,
    limit: MOST_HOLDS,
  });
  return items.map(decodeIncident);
}

/** Reads an incident, open or closed; null when unknown. */
export async function readIncident(store: Store, incidentId: string): Promise<Incident | null> {
  const keys = keysOf(store.networkId);
  for (const isOpen of [true, false]) {
    const item = await getItem(store, 'registry', keys.incident(incidentId, isOpen));
    if (item !== null) return decodeIncident(item);
  }
  return null;
}

/** Opens the breaker's incident unless one is open. */
export async function openOnce(store: Store, incident: Incident, entry: AuditEntry): Promise<void> {
  const { pk, sk } = keysOf(store.networkId).breakerControl();
  const control: WriteAction = {
    Update: {
      TableName: store.tables.registry,
      Key: { pk, sk },
      UpdateExpression: 'SET v = :v, #type = :type, openIncidentId = :id',
      ConditionExpression: 'attribute_not_exists(openIncidentId)',
      ExpressionAttributeNames: { '#type': 'type' },
      ExpressionAttributeValues: {
        ':v': 1,
        ':type': 'breaker-control',
        ':id': incident.incidentId,
      },
    },
  };
  await write(store, entry, [
    { label: 'control', action: control },
    ...openingWrites(store, incident),
  ]);
}

type Label = 'request' | 'control' | 'incident' | 'audit';

/** Writes what happens to an incident together with its line in the history. Returns what was refused. */
async function write(
  store: Store,
  entry: AuditEntry,
  writes: readonly LabelledWrite<Label>[],
): Promise<ReadonlySet<Label>> {
  return transactTold(store, [entry], writes);
}

function openingWrites(store: Store, incident: Incident): LabelledWrite<Label>[] {
  const key = keysOf(store.networkId).incident(incident.incidentId, true);
  return [
    { label: 'incident', action: putNew(store.tables.registry, incidentItem(key, incident)) },
    ...clockHoldWrite(store, incident),
  ];
}

function clockHoldWrite(store: Store, incident: Incident): LabelledWrite<Label>[] {
  if (incident.kind !== 'clock-hold') return [];
  const key = keysOf(store.networkId).clockHold(incident.incidentId);
  return [{ label: 'incident', action: put(store.tables.registry, incidentItem(key, incident)) }];
}

/** Replaces an open incident; false when it has changed meanwhile. */
export async function replaceIncident(
  store: Store,
  before: Incident,
  after: Incident,
  entry: AuditEntry,
): Promise<boolean> {
  const keys = keysOf(store.networkId);
  const { registry: TableName } = store.tables;
  const open = keys.incident(before.incidentId, true);
  const asSeen = {
    ConditionExpression: 'revision = :seen',
    ExpressionAttributeValues: { ':seen': before.revision },
  };
  const isClosed = after.closedAtMs !== null;
  const writes: LabelledWrite<Label>[] = isClosed
    ? [
        { label: 'incident', action: { Delete: { TableName, Key: { ...open }, ...asSeen } } },
        {
          label: 'incident',
          action: put(TableName, incidentItem(keys.incident(after.incidentId, false), after)),
        },
        ...controlWrite(store, after),
      ]
    : [
        {
          label: 'incident',
          action: { Put: { TableName, Item: incidentItem(open, after), ...asSeen } },
        },
      ];
  const failed = await write(store, entry, [...writes, ...clockHoldWrite(store, after)]);
  return failed.size === 0;
}

/** A closed breaker incident makes room for the next one; a released one lets those pass that wait. */
function controlWrite(store: Store, after: Incident): LabelledWrite<Label>[] {
  if (after.kind !== 'breaker') return [];
  const { pk, sk } = keysOf(store.networkId).breakerControl();
  const isReleased = after.outcome === 'released';
  return [
    {
      label: 'control',
      action: {
        Update: {
          TableName: store.tables.registry,
          Key: { pk, sk },
          UpdateExpression: isReleased
            ? 'REMOVE openIncidentId SET releasedId = :id, releasedAtMs = :at'
            : 'REMOVE openIncidentId',
          ConditionExpression: 'openIncidentId = :id',
          ExpressionAttributeValues: {
            ':id': after.incidentId,
            ...(isReleased && { ':at': after.closedAtMs }),
          },
        },
      },
    },
  ];
}
