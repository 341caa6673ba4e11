import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProbes } from '../../adapters/checks/probes.ts';
import { startTestServer } from '../../adapters/checks/test-server.ts';
import { freePort } from '../../apps/local/parts/free-port.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import type { Participant } from '../../domain/participant.ts';
import { type RunningMonitor, startPrometheus } from '../support/parts/monitoring.ts';

/** Ids may hold what ends a string in PromQL; as label values they must be found exactly. */
const ODD_RESOURCE = 'gpu "7"} or \\vector(1)\n#.*é';

describe('the PromQL check on a real Prometheus', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-promql-'));
  let prometheus: RunningMonitor;
  let target: Awaited<ReturnType<typeof startTestServer>>;

  beforeAll(async () => {
    target = await startTestServer((_, response) => response.writeHead(200).end('a_metric 1\n'));
    const of = (resource: string, address: string) => ({
      targets: [address],
      labels: { participant: 'op-1', resource },
    });
    prometheus = await startPrometheus({
      folder,
      config: {
        global: { scrape_interval: '1s' },
        scrape_configs: [
          {
            job_name: 'node',
            static_configs: [
              of('up', new URL(target.url).host),
              of('down', `127.0.0.1:${await freePort()}`),
              of(ODD_RESOURCE, new URL(target.url).host),
            ],
          },
        ],
      },
    });
  }, 60_000);
  afterAll(async () => {
    await prometheus?.process.stop();
    await target?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function look(resourceId: string | null, query: string): Promise<boolean | null> {
    const probes = createProbes({ b: { url: prometheus.url, group: 'prometheus-b' } });
    const participant = { participantId: 'op-1', resources: [] as unknown } as Participant;
    const check = { kind: 'promql', group: 'prometheus-b', server: 'b', query, timeoutMs: 3_000 };
    return (await probes.look(check as never, participant, resourceId)).healthy;
  }

  const ONE = 'up{participant="$participant",resource="$resource"}';

  it('sees what is up, what is down, and nothing where there is no data', async () => {
    await waitUntil(async () => (await look('up', ONE)) === true, {
      what: 'the first scrape is in',
      withinMs: 20_000,
    });
    await waitUntil(async () => (await look('down', ONE)) === false, {
      what: 'the failed scrape is in',
      withinMs: 20_000,
    });
    expect(await look('unknown', ONE)).toBeNull();
    expect(await look(null, 'min(up{participant="$participant"})')).toBe(false);
    expect(await look(null, 'this is no query')).toBeNull();
  });

  it('finds an id of any characters exactly, and never runs it', async () => {
    await waitUntil(async () => (await look(ODD_RESOURCE, ONE)) === true, {
      what: 'it is found',
      withinMs: 20_000,
    });
    expect(await look(`${ODD_RESOURCE}x`, ONE)).toBeNull();
    expect(await look('none"} or vector(1) or up{resource="', ONE)).toBeNull();
    expect(await look('.*', ONE)).toBeNull();
    expect(await look(ODD_RESOURCE, "up{resource='$resource'}")).toBe(true);
  });
});
