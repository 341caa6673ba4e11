import { createRequire } from 'node:module';
import path from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePort } from './free-port.ts';
import { PartError, type Say } from './part-error.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { waitUntil } from './wait-until.ts';
import { isExecutable, which } from './which.ts';

/** Where the store comes from: a DynamoDB API that already runs, or an executable and how it was got. */
export type FoundStore =
  | { readonly kind: 'running'; readonly endpoint: string }
  | { readonly kind: 'executable'; readonly path: string; readonly origin: string };

/** A store that answers. `process` is absent when somebody else runs it. */
export interface RunningStore {
  /** URL of its DynamoDB API. */
  readonly endpoint: string;
  readonly process?: RunningProcess;
}

/**
 * How a client reaches a store on this machine. Letters and digits only: stores keep one database per
 * access key and region, and some refuse other characters.
 */
export const localStoreAccess = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/**
 * Finds the store: `DYNAMODB_ENDPOINT`, `dynoxide` on PATH, the npm package for this platform.
 * @throws PartError when there is no way
 */
export function findStore(env: NodeJS.ProcessEnv = process.env): FoundStore {
  const endpoint = env['DYNAMODB_ENDPOINT'];
  if (endpoint) return { kind: 'running', endpoint };
  const onPath = which('dynoxide', env['PATH']);
  if (onPath !== undefined) return { kind: 'executable', path: onPath, origin: 'PATH' };
  const platform = `${process.platform}-${process.arch}`;
  const packaged = packagedStore(platform);
  if (packaged !== undefined) {
    return { kind: 'executable', path: packaged, origin: 'the npm package' };
  }
  throw new PartError({
    part: 'store',
    why: `none was found: no DYNAMODB_ENDPOINT, no "dynoxide" on PATH, no package @dynoxide/${platform}.`,
    whatToDo: [
      'Build it with Rust: cargo install dynoxide-rs --no-default-features --features native-sqlite,http-server,cli',
      'or run any DynamoDB API (such as DynamoDB Local) and set DYNAMODB_ENDPOINT=http://host:port,',
      'or, on linux-x64, run "npm ci --include=optional".',
    ],
  });
}

function packagedStore(platform: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`@dynoxide/${platform}/package.json`);
    const executable = path.join(path.dirname(manifest), 'dynoxide');
    return isExecutable(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the store and starts it, or uses the one that runs. */
export async function startStore(options: {
  /** SQLite file with all tables; survives `kill -9`. */
  readonly dbPath: string;
  readonly logPath: string;
  readonly pidPath?: string;
  /** A free port if absent. */
  readonly port?: number;
  readonly say: Say;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<RunningStore> {
  const found = findStore(options.env);
  if (found.kind === 'running') return useStore(found.endpoint);
  const port = options.port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${port}`;
  options.say(`Store: starting dynoxide (${found.origin})`);
  const process = await startProcess({
    part: 'store',
    command: found.path,
    args: ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', options.dbPath],
    logPath: options.logPath,
    ...(options.pidPath === undefined ? {} : { pidPath: options.pidPath }),
    ready: () => storeAnswers(endpoint),
    readyWithinMs: 20_000,
    whatToDo: [
      'Is another store already using the same data folder? Stop it, or choose another with --data.',
      'Use a store of your own: DYNAMODB_ENDPOINT=http://host:port',
    ],
  });
  return { endpoint, process };
}

async function useStore(endpoint: string): Promise<RunningStore> {
  try {
    await waitUntil(() => storeAnswers(endpoint), {
      what: `${endpoint} answers`,
      withinMs: 3_000,
    });
  } catch (cause) {
    throw new PartError({
      part: 'store',
      why: `DYNAMODB_ENDPOINT is ${endpoint}, but no DynamoDB API answers there.`,
      whatToDo: ['Start that store, or unset DYNAMODB_ENDPOINT to have one started.'],
      cause,
    });
  }
  return { endpoint };
}

/** Whether a DynamoDB API answers ListTables at the endpoint; throws what the client says if not. */
export async function storeAnswers(endpoint: string): Promise<boolean> {
  const client = new DynamoDBClient({ endpoint, ...localStoreAccess, maxAttempts: 1 });
  try {
    await client.send(new ListTablesCommand({ Limit: 1 }), {
      abortSignal: AbortSignal.timeout(2_000),
    });
    return true;
  } finally {
    client.destroy();
  }
}
