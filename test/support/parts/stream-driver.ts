import { createClient } from '../../../adapters/dynamodb/client.ts';
import { localStoreAccess } from '../../../apps/local/parts/store.ts';
import {
  type DiscardedBatch,
  type FunctionAnswer,
  feed,
  type MappingSettings,
} from './stream-mapping.ts';
import { openStream } from './stream-reader.ts';

/** What feeds a function from the real stream of a table. */
export interface StreamDriver {
  /** Gives the function what is new until the stream brings nothing more; rejects never for what the function does. */
  drain(): Promise<void>;
  /** What the failure destination got so far. */
  readonly discarded: readonly DiscardedBatch[];
  /** Records of each invocation so far. */
  readonly invocations: readonly number[];
  close(): void;
}

/** The settings of the deployed mapping of the relay; `infra` is the place that deploys them. */
export const RELAY_MAPPING: MappingSettings = {
  batchSize: 100,
  retryAttempts: 3,
  maximumRecordAgeMs: 120_000,
  bisectBatchOnError: true,
  parallelizationFactor: 4,
  isWanted: ({ eventName, dynamodb }) =>
    eventName === 'INSERT' && dynamodb?.NewImage?.['undeliveredShard']?.S !== undefined,
};

/** Drives a function by the stream of a table on this machine. `nowMs` and `wait` are the clock by which records grow old. */
export async function driveStream(options: {
  readonly endpoint: string;
  readonly tableName: string;
  readonly settings?: Partial<MappingSettings>;
  readonly invoke: (
    event: Parameters<Parameters<typeof feed>[3]['invoke']>[0],
  ) => Promise<FunctionAnswer>;
  readonly nowMs: () => number;
  readonly wait: (retry: number) => Promise<void>;
}): Promise<StreamDriver> {
  const access = { endpoint: options.endpoint, ...localStoreAccess };
  const client = createClient(access);
  const stream = await openStream(client, access, options.tableName);
  const discarded: DiscardedBatch[] = [];
  const invocations: number[] = [];
  const settings = { ...RELAY_MAPPING, ...options.settings };
  const ports = {
    invoke(event: Parameters<typeof options.invoke>[0]) {
      invocations.push(event.Records.length);
      return options.invoke(event);
    },
    nowMs: options.nowMs,
    wait: options.wait,
    discard: (message: DiscardedBatch) => discarded.push(message),
  };
  return {
    discarded,
    invocations,
    async drain() {
      for (let read = await stream.read(); read.length > 0; read = await stream.read()) {
        for (const { shardId, records } of read) await feed(shardId, records, settings, ports);
      }
    },
    close() {
      stream.close();
      client.destroy();
    },
  };
}
