import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { Item } from '../../../adapters/dynamodb/items.ts';
import { UNDELIVERED_SHARDS } from '../../../adapters/dynamodb/keys.ts';
import type { ReceiptBody } from '../../../contracts/receipts.ts';
import {
  amAlert,
  amBody,
  openReception,
  post,
  type Reception,
  seedNetwork,
  signed,
  T0,
} from '../../../functions/receive-alert/test-reception.ts';
import { redeliver } from '../../../functions/redeliver/redeliver.ts';
import { relay } from '../../../functions/relay-observations/relay.ts';
import {
  allUndelivered,
  endCase,
  MemoryCases,
  relayDeps,
  streamEvent,
} from '../../../functions/relay-observations/test-relay.ts';
import type { TestAnswer } from '../../../functions/shared/test-http.ts';
import { everyItem } from './stored.ts';
import type { StruckStory } from './struck-runs.ts';

/** What one life of the story left, without what may differ: receipts, and how often something was counted that was sent again. */
export interface IntakeEnd {
  /** Every stored item by table. */
  stored: Record<string, Item[]>;
  /** What each case was told, by workflow id. */
  told: Record<string, string[]>;
  /** Fates of the alerts of each delivery, as its receipt says in the end. */
  fates: string[][];
  /** Answers to deliveries that were not taken at once. */
  refusals: TestAnswer<unknown>[];
}

const HOUR_S = 3_600;
const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
const stranger = { operator_id: 'nobody' };

interface StoryDelivery {
  name: string;
  atS: number;
  alerts: object[];
  isSigned?: true;
  /** Only `redeliver` brings it. */
  isLostByStream?: true;
}

/** Deliveries in their order, each with the instant at which it is posted, in seconds after T0. */
const DELIVERIES: StoryDelivery[] = [
  {
    name: 'fires',
    atS: 0,
    alerts: [
      amAlert('a', -50),
      amAlert('b', -49),
      amAlert('c', -48, null, other),
      amAlert('x', -47, null, stranger),
      amAlert('late', -46, -45),
    ],
  },
  {
    name: 'repeat and graver',
    atS: HOUR_S,
    alerts: [amAlert('a', -50), amAlert('b', -49, null, { severity: 'critical' })],
  },
  { name: 'signed', atS: HOUR_S + 1, alerts: [], isSigned: true, isLostByStream: true },
  {
    name: 'some clear',
    atS: HOUR_S + 60,
    alerts: [amAlert('a', -50, HOUR_S + 50)],
    isLostByStream: true,
  },
  {
    name: 'all clear',
    atS: HOUR_S + 120,
    alerts: [amAlert('b', -49, HOUR_S + 110), amAlert('c', -48, HOUR_S + 111, other)],
  },
  { name: 'again', atS: 2 * HOUR_S, alerts: [amAlert('a', 2 * HOUR_S - 10)] },
];

const nativeBody = JSON.stringify({
  type: 'alert',
  data: [
    {
      state: 'firing',
      fingerprint: 'n',
      labels: { participant_id: 'op-0001', resource_id: 'node-2', violation_type: 'downtime' },
      startsAt: new Date(T0).toISOString(),
    },
  ],
});

/** Names of the deliveries of the whole story, in their order. */
export const WHOLE_STORY = DELIVERIES.map(({ name }) => name);

/** Posts some of the deliveries, and relays each, or lets `redeliver` bring it; monitors, stream and schedule come again until it is done. */
export const intakeStory =
  (names: readonly string[]): StruckStory<IntakeEnd> =>
  async ({ store, calm, insist }) => {
    await seedNetwork(calm);
    const reception = openReception(store);
    const cases = new MemoryCases();
    const deps = relayDeps(store, cases, () => reception.clock.at);
    const refusals: TestAnswer<unknown>[] = [];
    const receiptIds: string[] = [];
    for (const { name, atS, alerts, isSigned, isLostByStream } of DELIVERIES.filter((one) =>
      names.includes(one.name),
    )) {
      reception.clock.at = T0 + atS * 1_000;
      const answer = await insist(
        `post ${name}`,
        () => (isSigned ? postSigned(reception) : post<ReceiptBody>(reception.api, amBody(alerts))),
        (one) => {
          if (one.status !== 202) refusals.push(one);
          return one.status === 202;
        },
      );
      receiptIds.push(answer.body.receiptId);
      if (isLostByStream) {
        await insist(
          `redeliver ${name}`,
          () => redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: -1 }),
          ({ failed, outage }) => failed === 0 && !outage,
        );
      } else {
        const event = streamEvent(await allUndelivered(calm));
        await insist(
          `relay ${name}`,
          () => relay(deps)(event),
          ({ batchItemFailures }) => batchItemFailures.length === 0,
        );
      }
      if (name === 'all clear') await endAll(calm, cases);
    }
    const calmly = openReception(calm).intake;
    const receipts = await Promise.all(receiptIds.map((id) => calmly.readReceipt(id)));
    return {
      stored: comparable(await everyItem(calm)),
      told: toldTo(cases),
      fates: receipts.map((one) => (one?.items ?? []).map((item) => item.fate)),
      refusals,
    };
  };

function postSigned({ api, clock }: Reception) {
  const headers = signed('delivery-1', nativeBody, clock.at);
  return post<ReceiptBody>(api, nativeBody, { sourceId: 'native', headers });
}

/** The cases of both participants end, as their workflows would. */
async function endAll(store: Store, cases: MemoryCases): Promise<void> {
  for (const workflowId of [...cases.signals.keys()]) {
    const caseId = workflowId.split('/').at(-1) ?? '';
    const told = cases.told(caseId).flat();
    await endCase(store, caseId, told.some((what) => what.endsWith('/c')) ? 'op-0002' : 'op-0001');
    cases.closed.add(workflowId);
  }
}

/** A case may be told twice and knows what it was told before. */
function toldTo(cases: MemoryCases): Record<string, string[]> {
  return Object.fromEntries(
    [...cases.signals].map(([id, signals]) => {
      const told = signals
        .flat()
        .map((item) => `${item.kind} ${item.ref.alertKey} ${item.ref.seq}`);
      return [id, [...new Set(told)]];
    }),
  );
}

/** Ids of receipts are drawn anew; what is only counted may be counted again with what is sent again. */
function comparable(tables: Record<string, Item[]>): Record<string, Item[]> {
  const plain = ({ receiptId: _id, revision: _revision, count: _count, ...item }: Item): Item =>
    item['type'] === 'delivery' ? { ...item, body: null } : item;
  const isReceipt = (item: Item) => String(item['type']).startsWith('receipt');
  return Object.fromEntries(
    Object.entries(tables).map(([kind, items]) => [
      kind,
      items.filter((item) => !isReceipt(item)).map(plain),
    ]),
  );
}
