import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { QueuePlace, WaitingImposition } from '../../domain/breaker/queue.ts';
import { closedAs, openBreakerIncident } from '../../domain/incident/acts.ts';
import { incidentEntry, incidentIdOf } from '../../domain/incident/incident.ts';
import type { Breaker, BreakerView, QueueView } from '../../domain/ports/breaker.ts';
import { decodeWaiting } from './breaker-codec.ts';
import { decodeShard } from './breaker-shards.ts';
import { networkTotals } from './breaker-totals.ts';
import type { Store } from './client.ts';
import { openOnce, readIncident, replaceIncident } from './incidents.ts';
import { type Item, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** Of a longer queue nobody behind is let through anyway. */
const MOST_AHEAD = 200;

/** The network breaker on the registry (rule D12). What a step takes from it is written by the step itself. */
export function createBreaker(store: Store): Breaker {
  return {
    async look(nowMs, maxAgeMs) {
      const pk = keysOf(store.networkId).breaker();
      const items = await queryPrefix(store, 'registry', pk, '');
      const counted = items.find(({ type }) => type === 'breaker-totals');
      return {
        shards: items.filter(({ type }) => type === 'breaker-shard').map(decodeShard),
        totals: await networkTotals(store, counted ?? null, nowMs, maxAgeMs),
        ...controlOf(items),
      };
    },
    before: (place) => before(store, place),
    async forget(places) {
      for (const place of places) await forget(store, place);
    },
    tripped: (law, nowMs) => tripped(store, law, nowMs),
    async closeIfQuiet(law, nowMs) {
      const isClosed = await closeIfQuiet(store, nowMs);
      // Who took its place after the look, and before the incident was closed, has found it open.
      if (isClosed && !(await isQuiet(store, nowMs))) await tripped(store, law, nowMs);
    },
  };
}

type IncidentLaw = Parameters<Breaker['tripped']>[0];

const WHY_OPEN = 'Impositions wait: the network breaker lets no more through for now (rule D12).';

async function tripped(store: Store, law: IncidentLaw, nowMs: number): Promise<void> {
  if ((await readControl(store)).openIncidentId !== null) return;
  const incident = openBreakerIncident(incidentIdOf(nowMs, 'breaker'), WHY_OPEN, law, nowMs);
  await openOnce(store, incident, incidentEntry(incident, 'opened', 'system', nowMs, WHY_OPEN));
}

/** What the breaker's control says: the incident that is open, and the last release. */
export type Control = Pick<BreakerView, 'openIncidentId' | 'released'>;

async function before(store: Store, place: QueuePlace): Promise<QueueView> {
  const keys = keysOf(store.networkId);
  const { items: waiting, ended } = await readItems(store, {
    table: 'registry',
    condition: 'pk = :pk AND sk < :place',
    values: { ':pk': keys.breakerQueue(), ':place': keys.breakerPlace(place).sk },
    startKey: undefined,
    limit: MOST_AHEAD,
  });
  return {
    ahead: waiting.map(decodeWaiting),
    isWhole: ended || waiting.length < MOST_AHEAD,
  };
}

async function readControl(store: Store): Promise<Control> {
  const keys = keysOf(store.networkId);
  return controlOf(await queryPrefix(store, 'registry', keys.breaker(), 'CONTROL'));
}

function controlOf(items: readonly Item[]): Control {
  const control = items.find(({ type }) => type === 'breaker-control');
  const { openIncidentId, releasedId, releasedAtMs } = control ?? {};
  return {
    openIncidentId: typeof openIncidentId === 'string' ? openIncidentId : null,
    released:
      typeof releasedId === 'string' && typeof releasedAtMs === 'number'
        ? { incidentId: releasedId, atMs: releasedAtMs }
        : null,
  };
}

/** Takes a place away if it is still the one that was seen: its case may have renewed it meanwhile. */
async function forget(store: Store, place: WaitingImposition): Promise<void> {
  const { pk, sk } = keysOf(store.networkId).breakerPlace(place);
  try {
    await store.client.send(
      new DeleteCommand({
        TableName: store.tables.registry,
        Key: { pk, sk },
        ConditionExpression: 'body.heldUntilMs = :seen',
        ExpressionAttributeValues: { ':seen': place.heldUntilMs },
      }),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
}

/** Whoever waits keeps the incident open; a place that nobody holds any more does not. Returns whether it was closed. */
async function closeIfQuiet(store: Store, nowMs: number): Promise<boolean> {
  const { openIncidentId } = await readControl(store);
  if (openIncidentId === null || !(await isQuiet(store, nowMs))) return false;
  const incident = await readIncident(store, openIncidentId);
  if (incident === null || incident.closedAtMs !== null) return false;
  const why = 'Nothing waits at the breaker any more.';
  const after = closedAs(incident, 'passed', nowMs);
  const entry = incidentEntry(after, 'closed', 'system', nowMs, why);
  return replaceIncident(store, incident, after, entry);
}

async function isQuiet(store: Store, nowMs: number): Promise<boolean> {
  const pk = keysOf(store.networkId).breakerQueue();
  for (;;) {
    const { items } = await readItems(store, {
      table: 'registry',
      condition: 'pk = :pk',
      values: { ':pk': pk },
      startKey: undefined,
      limit: MOST_AHEAD,
    });
    const waiting = items.map(decodeWaiting);
    if (waiting.some((one) => one.heldUntilMs > nowMs)) return false;
    if (waiting.length === 0) return true;
    for (const one of waiting) await forget(store, one);
  }
}
