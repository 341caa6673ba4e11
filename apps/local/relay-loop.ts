import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { keysOf, UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import { UNDELIVERED_INDEX } from '../../adapters/dynamodb/tables.ts';

/** What the loop is made from. */
export interface RelayLoopOptions {
  readonly client: DynamoDBClient;
  readonly inboxTable: string;
  readonly networkId: string;
  readonly region: string;
  readonly relay: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
  readonly redeliver: () => Promise<unknown>;
  /** Default 2,000. */
  readonly redeliverEveryMs?: number;
  /** How often it looks when nobody wakes it. Default 1,000. */
  readonly idlePollMs?: number;
}

/** The loop that stands in for the inbox's stream and for the schedule of `redeliver`. */
export interface RelayLoop {
  /** Something was accepted: look at once. */
  readonly wake: () => void;
  /** Ends after what is under way. */
  readonly stop: () => Promise<void>;
}

type Image = Record<string, AttributeValue>;

/** Rest between two looks, so that a burst is taken as few batches. */
const SHORTEST_REST_MS = 20;

const RECORDS_PER_SHARD = 100;

/** As often as the deployed stream hands over one record: once and three times again. What still fails waits for `redeliver`. */
const OFFERS = 4;

/**
 * Polls the undelivered index and hands what is new to the relay as records of a stream, and runs `redeliver` in its rhythm, one after
 * the other. The embedded store's own streams grow slow with their length, so they are not used here (design §4).
 */
export function startRelayLoop(options: RelayLoopOptions): RelayLoop {
  const { redeliverEveryMs = 2_000, idlePollMs = 1_000 } = options;
  const offers = new Map<string, number>();
  const sleeper = createSleeper();
  let isStopped = false;
  let sequence = 0;

  async function relayOnce(): Promise<boolean> {
    const images = await undelivered(options);
    forgetAllBut(offers, images.map(nameOf));
    const fresh = images.filter((image) => (offers.get(nameOf(image)) ?? 0) < OFFERS);
    if (fresh.length === 0) return true;
    const records = fresh.map((image) => recordOf(image, options.region, ++sequence));
    for (const image of fresh) offers.set(nameOf(image), (offers.get(nameOf(image)) ?? 0) + 1);
    const { batchItemFailures } = await options.relay({ Records: records });
    // What was relayed has left the index: there may be more behind it.
    if (batchItemFailures.length < records.length) sleeper.wake();
    return batchItemFailures.length === 0;
  }

  async function loop(): Promise<void> {
    let redeliverAtMs = performance.now() + redeliverEveryMs;
    while (!isStopped) {
      const isWell = await attempt('relay', relayOnce);
      if (performance.now() >= redeliverAtMs) {
        await attempt('redeliver', options.redeliver);
        redeliverAtMs = performance.now() + redeliverEveryMs;
      }
      // After a failure nothing new makes it better: the next look waits.
      await sleeper.sleep(isWell === true ? SHORTEST_REST_MS : idlePollMs, idlePollMs);
    }
  }

  const running = loop();
  return {
    wake: sleeper.wake,
    async stop() {
      isStopped = true;
      sleeper.wake();
      await running;
    },
  };
}

/** Runs one round; a failure is written down and the loop goes on. */
async function attempt(what: string, round: () => Promise<unknown>): Promise<unknown> {
  try {
    return await round();
  } catch (error) {
    console.error(`${what} failed`, error);
    return false;
  }
}

/** Sleeps that a wake ends early, but never before the least time; a wake in between is remembered. */
function createSleeper() {
  let isWoken = false;
  let end: (() => void) | null = null;
  return {
    wake: () => {
      isWoken = true;
      end?.();
    },
    async sleep(leastMs: number, mostMs: number): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, leastMs));
      if (!isWoken && mostMs > leastMs) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, mostMs - leastMs);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      end = null;
      isWoken = false;
    },
  };
}

async function undelivered({ client, inboxTable, networkId }: RelayLoopOptions): Promise<Image[]> {
  const keys = keysOf(networkId);
  const shards = Array.from({ length: UNDELIVERED_SHARDS }, async (_, shard) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: inboxTable,
        IndexName: UNDELIVERED_INDEX.name,
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': UNDELIVERED_INDEX.partition },
        ExpressionAttributeValues: { ':shard': { S: keys.undelivered(shard) } },
        Limit: RECORDS_PER_SHARD,
      }),
    );
    return Items;
  });
  return (await Promise.all(shards)).flat();
}

/** One observation each time it comes into the inbox: given back by an ended case, it is offered anew. */
function nameOf(image: Image): string {
  return `${image['pk']?.S}/${image['sk']?.S}`;
}

function forgetAllBut(offers: Map<string, number>, names: readonly string[]): void {
  const present = new Set(names);
  for (const name of offers.keys()) if (!present.has(name)) offers.delete(name);
}

function recordOf(image: Image, awsRegion: string, sequence: number): DynamoDBRecord {
  const { pk, sk } = image;
  return {
    eventID: `local-${sequence}`,
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion,
    eventSourceARN: `arn:aws:dynamodb:${awsRegion}:000000000000:table/inbox/stream/local`,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
      Keys: { pk: { S: pk?.S ?? '' }, sk: { S: sk?.S ?? '' } },
      NewImage: image as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] & object,
      SequenceNumber: String(sequence).padStart(21, '0'),
      SizeBytes: JSON.stringify(image).length,
      StreamViewType: 'NEW_IMAGE',
    },
  };
}
