import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';

/** The five tables, one per life cycle and right of access (design §4). */
export const TABLES = ['alerts', 'inbox', 'registry', 'ledger', 'audit'] as const;

/** One of the five tables, without its prefix. */
export type TableKind = (typeof TABLES)[number];

/** Names of the five tables as they exist in the store. */
export type TableNames = Readonly<Record<TableKind, string>>;

/** A global secondary index: its name and key attributes. Items without the attributes are not in it. */
export interface IndexDefinition {
  readonly name: string;
  readonly partition: string;
  readonly sort: string;
}

/** One table: every table has the string keys `pk` and `sk`; index sort keys are numbers. */
export interface TableDefinition {
  readonly indexes: readonly IndexDefinition[];
  /** The relay is fed by the table's stream of new images. */
  readonly stream: boolean;
  /** Attribute with the instant of expiry in epoch seconds, as the store's expiry wants it. */
  readonly expiry: string | null;
}

/** Observations that no workflow has got yet, oldest first, by hash of the participant. */
export const UNDELIVERED_INDEX: IndexDefinition = {
  name: 'undelivered',
  partition: 'undeliveredShard',
  sort: 'acceptedAtMs',
};

/** Cases, and apart from them the notices, of one participant by the instant they began. */
export const PARTICIPANT_INDEX: IndexDefinition = {
  name: 'by-participant',
  partition: 'participantKey',
  sort: 'openedAtMs',
};

/** Cases of one stage by next deadline. */
export const STAGE_INDEX: IndexDefinition = {
  name: 'by-stage',
  partition: 'stageKey',
  sort: 'deadlineKeyMs',
};

/** Cases of the whole network by the instant they were opened. */
export const MONTH_INDEX: IndexDefinition = {
  name: 'by-month',
  partition: 'monthKey',
  sort: 'openedAtMs',
};

/** Audit entries of one participant over all its cases. */
export const AUDIT_PARTICIPANT_INDEX: IndexDefinition = {
  name: 'by-participant',
  partition: 'participantKey',
  sort: 'atMs',
};

/** What each table looks like; local and deployed tables are made from this. */
export const TABLE_DEFINITIONS: Readonly<Record<TableKind, TableDefinition>> = {
  alerts: { indexes: [], stream: false, expiry: null },
  inbox: { indexes: [UNDELIVERED_INDEX], stream: true, expiry: 'expiresAt' },
  registry: {
    indexes: [PARTICIPANT_INDEX, STAGE_INDEX, MONTH_INDEX],
    stream: false,
    expiry: null,
  },
  ledger: { indexes: [], stream: false, expiry: null },
  audit: { indexes: [AUDIT_PARTICIPANT_INDEX], stream: false, expiry: null },
};

/** Table names under a prefix such as `swarm-`; each is at least three characters long, as the store demands. */
export function tableNames(prefix: string): TableNames {
  return {
    alerts: `${prefix}alerts`,
    inbox: `${prefix}inbox`,
    registry: `${prefix}registry`,
    ledger: `${prefix}ledger`,
    audit: `${prefix}audit`,
  };
}

/** The request that creates one table. `withStream` is for stores whose streams are used instead of polling. */
export function createTableInput(
  kind: TableKind,
  tableName: string,
  withStream: boolean,
): CreateTableCommandInput {
  const { indexes, stream } = TABLE_DEFINITIONS[kind];
  const strings = new Set(['pk', 'sk', ...indexes.map((index) => index.partition)]);
  const numbers = new Set(indexes.map((index) => index.sort));
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      ...[...strings].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      ...[...numbers].map((AttributeName) => ({ AttributeName, AttributeType: 'N' as const })),
    ],
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.partition, KeyType: 'HASH' as const },
          { AttributeName: index.sort, KeyType: 'RANGE' as const },
        ],
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
    ...(stream &&
      withStream && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const },
      }),
  };
}

async function createTable(
  client: DynamoDBClient,
  kind: TableKind,
  tableName: string,
  withStream: boolean,
): Promise<void> {
  try {
    await client.send(new CreateTableCommand(createTableInput(kind, tableName, withStream)));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus === 'ACTIVE') break;
    await sleep(20);
  }
  const { expiry } = TABLE_DEFINITIONS[kind];
  if (expiry === null) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: expiry, Enabled: true },
    }),
  );
}

/** Creates the tables that do not exist yet, for local stores and tests; a deployment creates its own. */
export async function createTables(
  client: DynamoDBClient,
  tables: TableNames,
  options: { readonly streams?: boolean } = {},
): Promise<void> {
  for (const kind of TABLES) {
    await createTable(client, kind, tables[kind], options.streams ?? false);
  }
}
