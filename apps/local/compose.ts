import { writeFileSync } from 'node:fs';
import { createClient, documentClient } from '../../adapters/dynamodb/client.ts';
import { createTables, tableNames } from '../../adapters/dynamodb/tables.ts';
import type { Policy } from '../../domain/policy.ts';
import { cachedWorkflowBundle } from '../worker/bundle.ts';
import { commonEnv, NETWORK_ID, TABLE_PREFIX } from './child-env.ts';
import { startFunctionsProcess, startWorkerProcess } from './child-processes.ts';
import type { DataFolder } from './data-folder.ts';
import { AUDIENCE, type LocalIssuer } from './issuer.ts';
import { cacheFolder } from './parts/cache-folder.ts';
import type { Say } from './parts/part-error.ts';
import { localStoreAccess, startStore } from './parts/store.ts';
import { startTemporal } from './parts/temporal.ts';
import type { Person } from './people.ts';
import { stablePort } from './ports.ts';
import { enactPolicy, seedNetwork } from './seed.ts';
import { type Supervised, supervise } from './supervise.ts';

/** The four parts, each kept running. */
export interface Parts {
  readonly temporal: Supervised;
  readonly store: Supervised;
  readonly worker: Supervised;
  readonly functions: Supervised;
}

/** Where things answer, once they were started. */
export interface Addresses {
  temporal: string;
  temporalUi: string | null;
  store: string;
}

/** What the parts are made from. */
export interface PartsOptions {
  readonly folder: DataFolder;
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
  readonly ui: boolean;
  readonly apiPort: number;
  readonly issuer: LocalIssuer;
  /** Further environment of the worker, such as `MAX_CACHED_WORKFLOWS`. */
  readonly workerEnv: Readonly<Record<string, string>>;
}

/** Prepares the four parts without starting them. A part that is started again keeps its port, so that the others find it. */
export async function prepareParts(
  options: PartsOptions,
): Promise<{ parts: Parts; addresses: Addresses }> {
  const { folder, env, say } = options;
  const ports = { temporal: await stablePort(), store: await stablePort() };
  const uiPort = options.ui ? await stablePort() : undefined;
  const addresses: Addresses = { temporal: '', temporalUi: null, store: '' };
  const place = (name: string) => ({
    logPath: folder.at('logs', `${name}.log`),
    pidPath: folder.at('run', `${name}.json`),
  });
  const settings = () => ({
    env,
    temporalAddress: addresses.temporal,
    storeEndpoint: addresses.store,
    keyFile: folder.at('keys.json'),
  });
  const temporal = supervise(
    'Temporal server',
    async () => {
      const dbPath = folder.at('temporal.db');
      const { temporal: port } = ports;
      const started = await startTemporal({
        ...place('temporal'),
        dbPath,
        port,
        env,
        say,
        ...(uiPort !== undefined && { uiPort }),
      });
      addresses.temporal = started.address;
      addresses.temporalUi = started.uiUrl ?? null;
      return started.process;
    },
    say,
  );
  const store = supervise(
    'store',
    async () => {
      const dbPath = folder.at('store.db');
      const started = await startStore({ ...place('store'), dbPath, port: ports.store, env, say });
      addresses.store = started.endpoint;
      return started.process;
    },
    say,
  );
  const worker = supervise(
    'worker',
    async () => {
      const bundle = await cachedWorkflowBundle(`${cacheFolder(env)}/workflows`);
      return startWorkerProcess(
        { ...place('worker'), root: folder.root },
        {
          ...commonEnv(settings()),
          NOTICE_ALLOW_PRIVATE: 'true',
          WORKFLOW_BUNDLE: bundle,
          ...(env['PROMQL_SERVERS'] && { PROMQL_SERVERS: env['PROMQL_SERVERS'] }),
          ...options.workerEnv,
        },
      );
    },
    say,
  );
  const functions = supervise(
    'API',
    () =>
      startFunctionsProcess(
        { ...place('functions'), root: folder.root },
        {
          ...commonEnv(settings()),
          ...functionsEnv(options),
        },
      ),
    say,
  );
  return { parts: { temporal, store, worker, functions }, addresses };
}

/** Undelivered for this long is redelivered: a law that lives in seconds cannot wait for a minute. */
const REDELIVER_AGE_MS = '5000';

function functionsEnv({ folder, apiPort, issuer }: PartsOptions): Record<string, string> {
  return {
    API_PORT: String(apiPort),
    DEMO_PORT: String(folder.memory().demoPort),
    DEMO_NODES_FILE: folder.at('demo-nodes.json'),
    JWT_ISSUER: issuer.url,
    JWT_AUDIENCE: AUDIENCE,
    JWKS_JSON: JSON.stringify(issuer.jwks),
    REDELIVER_AGE_MS,
    ORPHANS: JSON.stringify([folder.at('run', 'temporal.json'), folder.at('run', 'store.json')]),
  };
}

/** Tables, law and, at the first time, the demonstration's network. Returns the law in force. */
export async function prepareStore(
  endpoint: string,
  folder: DataFolder,
  law: { readonly policy: Policy; readonly fileText: string },
  say: Say,
): Promise<Policy> {
  const plain = createClient({ endpoint, ...localStoreAccess });
  try {
    const tables = tableNames(TABLE_PREFIX);
    await createTables(plain, tables);
    const store = { client: documentClient(plain), tables, networkId: NETWORK_ID };
    const { createdAtMs, demoPort, isSeeded } = folder.memory();
    const inForce = await enactPolicy({ store, ...law, createdAtMs });
    if (isSeeded) return inForce;
    say('Seeding the demonstration network …');
    const demoUrl = `http://127.0.0.1:${demoPort}`;
    await seedNetwork({ store, policy: inForce, createdAtMs, demoUrl });
    folder.remember({ isSeeded: true });
    return inForce;
  } finally {
    plain.destroy();
  }
}

/** A token for each person, also written to a file that only the owner may read. */
export async function issueTokens(
  issuer: LocalIssuer,
  people: readonly Person[],
  file: string,
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    people.map(async (person) => [person.account, await issuer.tokenFor(person, Date.now())]),
  );
  const tokens: Record<string, string> = Object.fromEntries(entries);
  const shown = people.map((person) => ({ ...person, token: tokens[person.account] }));
  writeFileSync(file, JSON.stringify({ issuer: issuer.url, people: shown }, null, 2), {
    mode: 0o600,
  });
  return tokens;
}
