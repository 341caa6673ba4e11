import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createClient, documentClient, type Store } from '../../../adapters/dynamodb/client.ts';
import { createTables, tableNames } from '../../../adapters/dynamodb/tables.ts';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import {
  localStoreAccess,
  type RunningStore,
  startStore,
} from '../../../apps/local/parts/store.ts';
import { startTemporal } from '../../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../../apps/local/parts/temporal-server.ts';
import { setUpNamespace } from '../../../apps/ops/temporal/namespace.ts';
import { cachedWorkflowBundle } from '../../../apps/worker/bundle.ts';

/** Temporal's real server and the real store, shared by several networks that never meet. */
export interface RealParts {
  readonly folder: string;
  readonly temporal: RunningTemporal;
  readonly storeEndpoint: string;
  /** Absent where somebody else runs the store. */
  readonly storePid?: number;
  readonly tablePrefix: string;
  /** The workflows as the worker loads them. */
  readonly bundlePath: string;
  /** Further environment of a network's worker and functions. */
  readonly env?: Readonly<Record<string, string>>;
  /** The store as one network's. */
  store(networkId: string): Store;
  /** A client of a Temporal namespace of its own, made if need be. */
  client(namespace: string): Promise<Client>;
  close(): Promise<void>;
}

const TABLE_PREFIX = 'swarm-';

/** Starts both parts in a folder of their own; `settings` are the Temporal server's. */
export async function startRealParts(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<RealParts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-real-'));
  const say = () => {};
  const [temporal, running, bundlePath] = await Promise.all([
    startTemporal({
      dbPath: path.join(folder, 'temporal.db'),
      logPath: path.join(folder, 'temporal.log'),
      settings,
      say,
    }),
    startStore({
      dbPath: path.join(folder, 'store.db'),
      logPath: path.join(folder, 'store.log'),
      say,
    }),
    cachedWorkflowBundle(path.join(cacheFolder(), 'workflows')),
  ]);
  const connection = await Connection.connect({ address: temporal.address });
  const plain = createClient({ endpoint: running.endpoint, ...localStoreAccess });
  const tables = tableNames(TABLE_PREFIX);
  await createTables(plain, tables);
  const client = documentClient(plain);
  return {
    folder,
    temporal,
    storeEndpoint: running.endpoint,
    ...(running.process !== undefined && { storePid: running.process.pid }),
    tablePrefix: TABLE_PREFIX,
    bundlePath,
    store: (networkId) => ({ client, tables, networkId }),
    async client(namespace) {
      await setUpNamespace({ connection, namespace }, 1);
      return new Client({ connection, namespace });
    },
    async close() {
      await connection.close();
      plain.destroy();
      await stop(temporal, running);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function stop(temporal: RunningTemporal, store: RunningStore): Promise<void> {
  await Promise.all([temporal.process?.kill9(), store.process?.kill9()]);
}
