import { afterEach, describe, expect, it } from 'vitest';
import type { Participant, Resource } from '../../domain/participant.ts';
import { createProbes, probeTarget } from './probes.ts';
import { startTestServer } from './test-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serving(status: number, body = ''): Promise<string> {
  const server = await startTestServer((_, response) => response.writeHead(status).end(body));
  closers.push(server.close);
  return server.url;
}

function withResources(...resources: Resource[]): Participant {
  return {
    participantId: 'provider-1',
    kind: 'hardware-provider',
    displayName: 'Provider 1',
    controlGroup: 'group-1',
    registeredAtMs: 0,
    checksPassed: 0,
    resources,
  };
}

const http = { kind: 'http', group: 'network-probe', path: '/healthz', timeoutMs: 2_000 } as const;
const promql = {
  kind: 'promql',
  group: 'prometheus-b',
  server: 'b',
  query: 'up{resource="$resource"}',
  timeoutMs: 2_000,
} as const;

describe('the HTTP check', () => {
  it('looks at the resource that is named, in the name of its group', async () => {
    const participant = withResources(
      { resourceId: 'good', capacity: 1, probeUrl: await serving(200) },
      { resourceId: 'bad', capacity: 1, probeUrl: await serving(503) },
      { resourceId: 'unprobed', capacity: 1 },
    );
    const probes = createProbes({});
    expect(await probes.look(http, participant, 'good')).toMatchObject({
      healthy: true,
      group: 'network-probe',
    });
    expect(await probes.look(http, participant, 'bad')).toMatchObject({ healthy: false });
    expect(await probes.look(http, participant, 'unprobed')).toMatchObject({ healthy: null });
    expect(await probes.look(http, participant, 'unknown')).toMatchObject({ healthy: null });
  });

  it('finds a participant as a whole healthy or not only when all its resources agree', async () => {
    const good = { capacity: 1, probeUrl: await serving(200) };
    const bad = { capacity: 1, probeUrl: await serving(500) };
    const look = (...resources: Resource[]) =>
      createProbes({}).look(http, withResources(...resources), null);
    const all = (shape: typeof good, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...shape, resourceId: `r${index}` }));
    expect(await look(...all(good, 20))).toMatchObject({ healthy: true });
    expect(await look(...all(bad, 20))).toMatchObject({ healthy: false });
    expect(await look({ ...good, resourceId: 'a' }, { ...bad, resourceId: 'b' })).toMatchObject({
      healthy: null,
    });
    expect(await look({ resourceId: 'a', capacity: 1 })).toMatchObject({ healthy: null });
  });

  it.each([
    ['http://h:1', '/healthz', 'http://h:1/healthz'],
    ['http://h:1/', '/healthz', 'http://h:1/healthz'],
    ['http://h:1/node/7/', '/healthz', 'http://h:1/node/7/healthz'],
    ['http://h:1/node?x=1', '/healthz?deep=1', 'http://h:1/node/healthz?deep=1'],
  ])('puts the path below %s', (probeUrl, path, target) => {
    expect(probeTarget(probeUrl, path)).toBe(target);
  });
});

describe('the PromQL check', () => {
  const down =
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0"]}]}}';

  it('asks the server that it names', async () => {
    const probes = createProbes({ b: { url: await serving(200, down), group: 'prometheus-b' } });
    expect(await probes.look(promql, withResources(), 'gpu-1')).toMatchObject({
      healthy: false,
      group: 'prometheus-b',
    });
  });

  it('says nothing for a server that is unknown, or of another group than it claims', async () => {
    const url = await serving(200, down);
    const unknown = await createProbes({}).look(promql, withResources(), 'gpu-1');
    expect(unknown.healthy).toBeNull();
    const servers = { b: { url, group: 'prometheus-a' } };
    const other = await createProbes(servers).look(promql, withResources(), 'gpu-1');
    expect(other.healthy).toBeNull();
  });
});
