import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import { type RunningMonitor, startAlertmanager, startPrometheus } from './monitoring.ts';

let folder: string;
let receiver: Server;
const bodies: string[] = [];
const started: RunningMonitor[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-monitoring-'));
});
afterAll(async () => {
  for (const monitor of started) await monitor.process.stop();
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('posts a real alert about a target that is down', async () => {
  const port = await freePort();
  receiver = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.end();
    });
  }).listen(port, '127.0.0.1');
  const webhook = { url: `http://127.0.0.1:${port}/` };
  const alertmanager = await startAlertmanager({
    folder,
    config: {
      route: { receiver: 'us', group_wait: '0s' },
      receivers: [{ name: 'us', webhook_configs: [webhook] }],
    },
  });
  started.push(alertmanager);
  const down = `127.0.0.1:${await freePort()}`;
  const prometheus = await startPrometheus({
    folder,
    alertmanager,
    config: {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [down] }] }],
    },
    rules: [{ name: 'nodes', rules: [{ alert: 'NodeDown', expr: 'up == 0' }] }],
  });
  started.push(prometheus);
  await waitUntil(() => bodies.length > 0, { what: 'the alert arrives', withinMs: 30_000 });
  const delivery = JSON.parse(bodies[0] ?? '');
  expect(delivery).toMatchObject({
    version: '4',
    status: 'firing',
    alerts: [{ labels: { alertname: 'NodeDown', instance: down } }],
  });
});
