import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStore } from '../../../apps/local/parts/store.ts';

/**
 * Vitest global setup of the store tests: one real store for all of them, at `DYNAMODB_ENDPOINT`. Set
 * from outside (DynamoDB Local in `npm run verify`), that one is used instead.
 */
export async function setup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-store-'));
  const store = await startStore({
    dbPath: path.join(folder, 'store.db'),
    logPath: path.join(folder, 'store.log'),
    say: () => {},
  });
  process.env['DYNAMODB_ENDPOINT'] = store.endpoint;
  return async () => {
    await store.process?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
