import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openStore, type Store } from '../../../adapters/dynamodb/client.ts';
import { DomainError } from '../../../domain/errors.ts';

/** How `npm start` calls its tables and reaches its store; both are fixed there. */
const LOCAL = {
  region: 'eu-west-1',
  tablePrefix: 'swarm-',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/**
 * The store of a stack that runs on this machine, by its data folder. Throws `stack-not-running` (caller) when none runs on that folder
 * or its store is somebody else's.
 */
export function openLocalStore(folder: string): Store {
  const port = portOf(path.join(folder, 'run', 'store.json'));
  if (port !== null) return openStore({ ...LOCAL, endpoint: `http://127.0.0.1:${port}` });
  throw new DomainError(
    'stack-not-running',
    'caller',
    `No stack runs on ${folder}. Start it with npm start, or name the tables of an installation with TABLE_PREFIX and AWS_REGION.`,
  );
}

/** The running store's port, from the command line that the stack remembers of it. */
function portOf(file: string): number | null {
  try {
    const { args } = JSON.parse(readFileSync(file, 'utf8')) as { args: string[] };
    const port = Number(args[args.indexOf('--port') + 1]);
    return Number.isInteger(port) && port > 0 ? port : null;
  } catch {
    return null;
  }
}
