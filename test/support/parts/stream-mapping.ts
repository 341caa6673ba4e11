import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';

/**
 * What Lambda does with the records of one shard of a DynamoDB stream, by its documentation. No emulator does it: they retry without end
 * and ignore partial failures. The rules, each with its page of the AWS Lambda Developer Guide:
 *
 * 1. A batch that fails holds up what lies behind it in its shard (`with-ddb`); with a parallelization factor, batches of one shard run
 *    side by side, and records of one partition key still one after the other (`services-dynamodb-eventsourcemapping`).
 * 2. Records that the filter does not want are never given to the function (`with-ddb-filtering`); the rest of their batch is.
 * 3. No failures, null or nothing in the answer is a success. A null or empty `itemIdentifier`, or one that is not of the batch, is a
 *    failure of the whole batch (`services-ddb-batchfailurereporting`).
 * 4. Of several failures the lowest sequence number counts: all records from it on are tried again (the same page).
 * 5. A failed batch is tried again at most `retryAttempts` times; then its records are discarded (`services-ddb-params`).
 * 6. With bisecting, a batch whose invocation failed is split in two, each tried apart. A split is no retry (`services-ddb-params`). After a
 *    partial failure the batch is split at the returned number instead (rule 4), which the documentation does not say to be free: here
 *    it is a retry.
 * 7. Records older than the maximum age are discarded and not given to the function (`services-ddb-params`).
 * 8. For each discarded batch the destination gets a message with shard, range and count; not the records (`services-dynamodb-errors`).
 */
export interface MappingSettings {
  readonly batchSize: number;
  readonly retryAttempts: number;
  readonly maximumRecordAgeMs: number;
  readonly bisectBatchOnError: boolean;
  readonly parallelizationFactor: number;
  readonly isWanted: (record: DynamoDBRecord) => boolean;
}

/** What the function answers, when it does not throw; checked here as Lambda checks it. */
export type FunctionAnswer =
  | { readonly batchItemFailures?: readonly { readonly itemIdentifier?: string | null }[] | null }
  | null
  | undefined;

/** Everything around a mapping. */
export interface MappingPorts {
  readonly invoke: (event: DynamoDBStreamEvent) => Promise<FunctionAnswer>;
  readonly nowMs: () => number;
  /** Before each retry: `retry` counts from 1. */
  readonly wait: (retry: number) => Promise<void>;
  readonly discard: (message: DiscardedBatch) => void;
}

/** The part of the destination's message that says what was discarded. */
export interface DiscardedBatch {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: { readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded' };
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
  };
}

interface Batch {
  readonly records: readonly DynamoDBRecord[];
  readonly retries: number;
}

/** Gives records of one shard, in their order, to the function; resolves when each was taken or discarded. */
export async function feed(
  shardId: string,
  records: readonly DynamoDBRecord[],
  settings: MappingSettings,
  ports: MappingPorts,
): Promise<void> {
  const lanes = lanesOf(records, settings.parallelizationFactor);
  await Promise.all(lanes.map((lane) => feedLane(shardId, lane, settings, ports)));
}

/** Rule 1: all records of one partition key are in one lane. */
function lanesOf(records: readonly DynamoDBRecord[], count: number): DynamoDBRecord[][] {
  const lanes: DynamoDBRecord[][] = Array.from({ length: count }, () => []);
  for (const record of records) {
    const key = JSON.stringify(record.dynamodb?.Keys?.['pk']);
    let hash = 0;
    for (const char of key) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
    lanes[hash % count]?.push(record);
  }
  return lanes;
}

async function feedLane(
  shardId: string,
  records: readonly DynamoDBRecord[],
  settings: MappingSettings,
  ports: MappingPorts,
): Promise<void> {
  for (let start = 0; start < records.length; start += settings.batchSize) {
    const wanted = records.slice(start, start + settings.batchSize).filter(settings.isWanted);
    let open: Batch[] = [{ records: wanted, retries: 0 }];
    while (open[0] !== undefined) {
      const [batch, ...behind] = open;
      open = [...(await tryOnce(shardId, batch, settings, ports)), ...behind];
    }
  }
}

/** Invokes once; returns what of the batch is to be tried next, in its order. */
async function tryOnce(
  shardId: string,
  batch: Batch,
  settings: MappingSettings,
  ports: MappingPorts,
): Promise<Batch[]> {
  const oldestMs = ports.nowMs() - settings.maximumRecordAgeMs;
  const expired = batch.records.filter((record) => arrivalMs(record) < oldestMs);
  if (expired.length > 0) ports.discard(messageOf(shardId, expired, 'RecordAgeExceeded', ports));
  const records = batch.records.filter((record) => !expired.includes(record));
  if (records.length === 0) return [];
  const outcome = await invoke(records, ports);
  if (outcome === 'success') return [];
  const mayRetry = batch.retries < settings.retryAttempts;
  const retries = batch.retries + 1;
  if (outcome !== 'failure') {
    const rest = records.slice(outcome);
    if (mayRetry) return again({ records: rest, retries }, ports);
    ports.discard(messageOf(shardId, rest, 'RetryAttemptsExhausted', ports));
    return [];
  }
  if (settings.bisectBatchOnError && records.length > 1) {
    const half = Math.ceil(records.length / 2);
    const { retries: same } = batch;
    return [records.slice(0, half), records.slice(half)].map((part) => ({
      records: part,
      retries: same,
    }));
  }
  if (mayRetry) return again({ records, retries }, ports);
  ports.discard(messageOf(shardId, records, 'RetryAttemptsExhausted', ports));
  return [];
}

async function again(batch: Batch, { wait }: MappingPorts): Promise<Batch[]> {
  await wait(batch.retries);
  return [batch];
}

/** Rules 3 and 4: success, failure of the whole batch, or the index from which on it is tried again. */
async function invoke(
  records: readonly DynamoDBRecord[],
  ports: MappingPorts,
): Promise<'success' | 'failure' | number> {
  let answer: FunctionAnswer;
  try {
    answer = await ports.invoke({ Records: [...records] });
  } catch {
    return 'failure';
  }
  const failures = answer?.batchItemFailures ?? [];
  if (failures.length === 0) return 'success';
  const indexes = failures.map(({ itemIdentifier }) =>
    records.findIndex((record) => sequenceOf(record) === (itemIdentifier || null)),
  );
  return indexes.includes(-1) ? 'failure' : Math.min(...indexes);
}

function sequenceOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** When a record came, to the second, as the stream has it. */
function arrivalMs(record: DynamoDBRecord): number {
  return (record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000;
}

function messageOf(
  shardId: string,
  records: readonly DynamoDBRecord[],
  condition: DiscardedBatch['requestContext']['condition'],
  { nowMs }: MappingPorts,
): DiscardedBatch {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) throw new Error('Nothing was discarded.');
  return {
    version: '1.0',
    timestamp: new Date(nowMs()).toISOString(),
    requestContext: { condition },
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: sequenceOf(first),
      endSequenceNumber: sequenceOf(last),
      approximateArrivalOfFirstRecord: new Date(arrivalMs(first)).toISOString(),
      approximateArrivalOfLastRecord: new Date(arrivalMs(last)).toISOString(),
      batchSize: records.length,
    },
  };
}
