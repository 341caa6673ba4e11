import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import { liveThroughOutage } from '../support/e2e/main-job.ts';
import { type OutageMonitors, startOutageMonitors } from '../support/e2e/outage-monitors.ts';
import { startTarget, type Target } from './target.ts';

let folder: string;
let stack: LocalStack;
let target: Target;
let monitors: OutageMonitors;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-main-job-'));
  target = await startTarget();
  stack = await startLocalStack({
    data: path.join(folder, 'data'),
    policyPath: 'policies/demo.json',
  });
  const secret = stack.secrets.alertmanager;
  monitors = await startOutageMonitors({ folder, target, apiUrl: stack.urls.api, secret });
}, 120_000);

afterAll(async () => {
  await monitors?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('takes a real outage through warning, penalties and severe, and the participant all the way back', async () => {
  await liveThroughOutage({ api: stack, target, prometheus: monitors.prometheus });
}, 300_000);
