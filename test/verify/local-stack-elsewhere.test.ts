import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type RunningStore, startStore, storeAnswers } from '../../apps/local/parts/store.ts';
import { startTemporal } from '../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../apps/local/parts/temporal-server.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { startLocalStack } from '../../apps/local/stack.ts';
import { casesOf, demoPolicy, post } from '../support/local-stack.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'swarm-elsewhere-'));
let temporal: RunningTemporal | undefined;
let store: RunningStore | undefined;
afterAll(async () => {
  await temporal?.process?.stop();
  await store?.process?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('uses a Temporal server and a store that somebody else runs, and leaves them running', async () => {
  const say = () => {};
  const at = (name: string) => path.join(folder, name);
  temporal = await startTemporal({ dbPath: at('t.db'), logPath: at('t.log'), say });
  store = await startStore({ dbPath: at('s.db'), logPath: at('s.log'), say });
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: temporal.address,
    DYNAMODB_ENDPOINT: store.endpoint,
  };
  const stack = await startLocalStack({ data: at('data'), policyPath: demoPolicy, env });
  try {
    expect(stack.pids()).toMatchObject({ temporal: null, store: null });
    expect((await post(stack.firstRequest)).status).toBe(202);
    await waitUntil(
      async () => (await casesOf(stack.urls.api, stack.tokens['vera'] ?? '')).length === 1,
      { what: 'the case is open', withinMs: 15_000 },
    );
  } finally {
    await stack.stop();
  }
  expect(temporal.process?.isRunning()).toBe(true);
  expect(await storeAnswers(store.endpoint)).toBe(true);
}, 120_000);
