import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTemporal } from '../local/parts/temporal.ts';
import { runOps } from './program.ts';

/** A server of its own, and the commands run against it. */
export interface TestTemporal {
  readonly address: string;
  /** Runs `ops temporal …` against a namespace and gives its exit code and all that it said; `env` is further environment. */
  ops(
    namespace: string,
    words: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<readonly [code: number, said: string]>;
  close(): Promise<void>;
}

/** Starts Temporal's development server. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-ops-'));
  const { address, process } = await startTemporal({
    dbPath: path.join(folder, 'temporal.db'),
    logPath: path.join(folder, 'temporal.log'),
    say: () => {},
  });
  return {
    address,
    async ops(namespace, words, env = {}) {
      const lines: string[] = [];
      const say = (text: string) => void lines.push(text);
      const own = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...env };
      const code = await runOps(['temporal', ...words.split(' ')], own, { data: say, talk: say });
      return [code, lines.join('\n')];
    },
    async close() {
      await process?.kill9();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
