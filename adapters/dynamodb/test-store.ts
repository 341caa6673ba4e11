import { randomUUID } from 'node:crypto';
import { createClient, documentClient, type Store } from './client.ts';
import { createTables, tableNames } from './tables.ts';

/** A store of fresh tables for one test file, and how to leave it. */
export interface TestStore {
  readonly store: Store;
  /** Another client of the same tables, for what is done to one client only. */
  readonly another: () => Store;
  readonly close: () => void;
}

/**
 * Fresh tables under a prefix of their own, in the store at `DYNAMODB_ENDPOINT`: the embedded one, or DynamoDB Local in
 * the verification run. `streams`: the inbox has its stream.
 */
export async function openTestStore(
  networkId = 'main',
  options: { readonly streams?: boolean } = {},
): Promise<TestStore> {
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  if (endpoint === undefined) throw new Error('DYNAMODB_ENDPOINT is not set: no store to test.');
  const access = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // Emulators on a busy machine: the default limits are for a network, not for a queue of forty clients.
    requestTimeoutMs: 25_000,
  };
  const tables = tableNames(`t${randomUUID().slice(0, 8)}-`);
  const plain = createClient(access);
  await createTables(plain, tables, options);
  const clients = [plain];
  return {
    store: { client: documentClient(plain), tables, networkId },
    another: () => {
      const client = createClient(access);
      clients.push(client);
      return { client: documentClient(client), tables, networkId };
    },
    close: () => {
      for (const client of clients) client.destroy();
    },
  };
}
