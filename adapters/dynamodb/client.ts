import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsPatience, patienceOf } from '../aws-patience.ts';
import { type TableNames, tableNames } from './tables.ts';

/**
 * How to reach the store. Without `endpoint` and `credentials` the platform's own are used. A try may take 2.5 s, so that three fit into
 * the shortest function, and 10 s at an endpoint of one's own. A retry of a transaction carries the same request token.
 */
export interface StoreOptions extends AwsPatience {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What every adapter of this folder is made from: client, table names, and whose items they are. */
export interface Store {
  readonly client: DynamoDBDocumentClient;
  readonly tables: TableNames;
  readonly networkId: string;
}

const PLATFORM_PATIENCE_MS = 2_500;

/** A store on the same machine is as slow as the machine is busy. */
const OWN_PATIENCE_MS = 10_000;

/** The plain client, for creating tables and reading streams. */
export function createClient(options: StoreOptions): DynamoDBClient {
  const { region, endpoint, credentials } = options;
  const requestTimeoutMs = endpoint === undefined ? PLATFORM_PATIENCE_MS : OWN_PATIENCE_MS;
  const config: DynamoDBClientConfig = {
    region,
    ...patienceOf({ requestTimeoutMs, ...options }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  };
  return new DynamoDBClient(config);
}

/**
 * A document client over a plain one. Absent fields are left out of the item; empty strings, lists and nulls are kept,
 * so that what is read equals what was written.
 */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true, convertEmptyValues: false },
  });
}

/** Client, table names and network in one. The caller destroys `store.client` when it is done. */
export function openStore(
  options: StoreOptions & { readonly tablePrefix: string; readonly networkId?: string },
): Store {
  return {
    client: documentClient(createClient(options)),
    tables: tableNames(options.tablePrefix),
    networkId: options.networkId ?? 'main',
  };
}
