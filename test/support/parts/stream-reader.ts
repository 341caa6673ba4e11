import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  type DynamoDBStreamsClientConfig,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/** New records of one shard, in their order. */
export interface ShardRecords {
  readonly shardId: string;
  readonly records: DynamoDBRecord[];
}

/** Reads a table's real stream from its beginning, each record once. */
export interface StreamReader {
  /** What is new since the last call; parents come before the shards that followed them. */
  read(): Promise<ShardRecords[]>;
  close(): void;
}

/** Opens the stream of a table. Throws when the table has none. */
export async function openStream(
  dynamodb: DynamoDBClient,
  access: DynamoDBStreamsClientConfig,
  tableName: string,
): Promise<StreamReader> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = Table?.LatestStreamArn;
  if (streamArn === undefined) throw new Error(`${tableName} has no stream.`);
  const client = new DynamoDBStreamsClient(access);
  const iterators = new Map<string, string | null>();

  /** Shards in the order of their descent. */
  async function shardIds(): Promise<string[]> {
    const ids: string[] = [];
    let from: string | undefined;
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({
          StreamArn: streamArn,
          ...(from !== undefined && { ExclusiveStartShardId: from }),
        }),
      );
      for (const { ShardId, ParentShardId } of StreamDescription?.Shards ?? []) {
        if (ShardId === undefined) continue;
        const parent = ids.indexOf(ParentShardId ?? '');
        ids.splice(parent < 0 ? ids.length : parent + 1, 0, ShardId);
      }
      from = StreamDescription?.LastEvaluatedShardId;
    } while (from !== undefined);
    return ids;
  }

  async function begin(ShardId: string): Promise<string | null> {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    );
    return ShardIterator ?? null;
  }

  async function readShard(shardId: string): Promise<DynamoDBRecord[]> {
    const records: DynamoDBRecord[] = [];
    const known = iterators.get(shardId);
    let iterator = known === undefined ? await begin(shardId) : known;
    while (iterator !== null) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      const page = answer.Records ?? [];
      records.push(...page.map((record) => lambdaRecord(record, streamArn ?? '')));
      iterator = answer.NextShardIterator ?? null;
      // An open shard has always a next iterator; an empty page is its end for now.
      if (page.length === 0) break;
    }
    iterators.set(shardId, iterator);
    return records;
  }

  return {
    async read() {
      const read: ShardRecords[] = [];
      for (const shardId of await shardIds()) {
        const records = await readShard(shardId);
        if (records.length > 0) read.push({ shardId, records });
      }
      return read;
    },
    close: () => client.destroy(),
  };
}

/** A record as Lambda gives it to a function: instants in seconds. */
function lambdaRecord(record: _Record, eventSourceARN: string): DynamoDBRecord {
  const at = record.dynamodb?.ApproximateCreationDateTime;
  return {
    ...record,
    eventSourceARN,
    dynamodb: {
      ...record.dynamodb,
      ...(at !== undefined && { ApproximateCreationDateTime: Math.floor(at.getTime() / 1_000) }),
    },
  } as DynamoDBRecord;
}
