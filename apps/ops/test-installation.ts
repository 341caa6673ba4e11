import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, documentClient, type Store } from '../../adapters/dynamodb/client.ts';
import { createTables, tableNames } from '../../adapters/dynamodb/tables.ts';
import { localStoreAccess, startStore } from '../local/parts/store.ts';
import { runOps } from './program.ts';

/** What one command said and how it ended. */
export interface Said {
  readonly code: number;
  readonly data: string;
  readonly talk: string;
}

/** The tables of an installation on the real store, and the commands run against them. */
export interface TestInstallation {
  readonly store: Store;
  run(...argv: string[]): Promise<Said>;
  /** Writes a file and returns its path. */
  file(content: unknown): string;
  close(): Promise<void>;
}

const PREFIX = 'ops-';

/** `more` is further environment of the commands. The credentials of the store must be in this process's own. */
export async function openInstallation(
  more: Readonly<Record<string, string>> = {},
): Promise<TestInstallation> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-ops-'));
  const running = await startStore({
    dbPath: path.join(folder, 'store.db'),
    logPath: path.join(folder, 'store.log'),
    say: () => {},
  });
  const plain = createClient({ endpoint: running.endpoint, ...localStoreAccess });
  const tables = tableNames(PREFIX);
  await createTables(plain, tables);
  const env = {
    TABLE_PREFIX: PREFIX,
    AWS_REGION: localStoreAccess.region,
    DYNAMODB_ENDPOINT: running.endpoint,
    ...more,
  };
  let files = 0;
  return {
    store: { client: documentClient(plain), tables, networkId: 'main' },
    async run(...argv) {
      const data: string[] = [];
      const talk: string[] = [];
      const code = await runOps(argv, env, {
        data: (text) => void data.push(text),
        talk: (text) => void talk.push(text),
      });
      return { code, data: data.join('\n'), talk: talk.join('\n') };
    },
    file(content) {
      files += 1;
      const file = path.join(folder, `${files}.json`);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    async close() {
      plain.destroy();
      await running.process?.kill9();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
