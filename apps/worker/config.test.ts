import { describe, expect, it } from 'vitest';
import { workerConfig } from './config.ts';

const needed = {
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  TABLE_PREFIX: 'swarm-',
  AWS_REGION: 'eu-west-1',
  KEY_FILE: '/keys.json',
};

describe("a worker's configuration", () => {
  it('takes the defaults of what is left out', () => {
    expect(workerConfig(needed)).toEqual({
      temporal: {
        address: '127.0.0.1:7233',
        namespace: 'default',
        apiKey: null,
        secretId: null,
        tls: false,
      },
      store: { networkId: 'main', tablePrefix: 'swarm-', region: 'eu-west-1', endpoint: null },
      keyFile: '/keys.json',
      sealing: null,
      promqlServers: {},
      allowPrivateEndpoints: false,
      maxCachedWorkflows: 500,
      workflowBundlePath: null,
      healthHost: '127.0.0.1',
      healthPort: null,
      shutdownGraceS: 3,
      version: null,
      patchesOff: [],
      metrics: null,
      endWithParent: false,
    });
  });

  it('may keep no workflow in memory', () => {
    expect(workerConfig({ ...needed, MAX_CACHED_WORKFLOWS: '0' }).maxCachedWorkflows).toBe(0);
  });

  it('reads the servers that checks may ask', () => {
    const servers = { b: { url: 'http://127.0.0.1:9090', group: 'prometheus-b' } };
    const env = { ...needed, PROMQL_SERVERS: JSON.stringify(servers) };
    expect(workerConfig(env).promqlServers).toEqual(servers);
  });

  it('reads how it is let in and what seals', () => {
    const { KEY_FILE: _, ...rest } = needed;
    const env = {
      ...rest,
      TEMPORAL_SECRET: 'swarm/temporal',
      TEMPORAL_TLS: 'true',
      SEALING_KEY: 'arn:aws:kms:now',
    };
    expect(workerConfig(env)).toMatchObject({
      temporal: { apiKey: null, secretId: 'swarm/temporal', tls: true },
      keyFile: null,
      sealing: { keyId: 'arn:aws:kms:now', openedBy: null },
    });
    const listed = workerConfig({ ...env, SEALING_KEYS_OLD: 'arn:aws:kms:a,arn:aws:kms:b' });
    expect(listed.sealing?.openedBy).toEqual(['arn:aws:kms:now', 'arn:aws:kms:a', 'arn:aws:kms:b']);
  });

  it.each([
    [{ SEALING_KEY: 'arn:x' }, 'either KEY_FILE or SEALING_KEY'],
    [{ TEMPORAL_API_KEY: 'k', TEMPORAL_SECRET: 's' }, 'exclude each other'],
    [{ KEY_FILE: '', SEALING_KEY: 'alias/x', SEALING_KEYS_OLD: 'arn:y' }, 'must be ARNs'],
  ])('does not guess what %j means', (env, fault) => {
    expect(() => workerConfig({ ...needed, ...env })).toThrow(fault);
  });

  it('reads which version it is, what it must not do yet, and where it counts', () => {
    const env = {
      ...needed,
      WORKER_DEPLOYMENT: 'enforcement',
      WORKER_BUILD_ID: 'a1',
      PATCHES_OFF: '2026-11-one, 2026-12-two',
      POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing',
    };
    expect(workerConfig(env, ['2026-10-old', '2026-11-one', '2026-12-two'])).toMatchObject({
      version: { deployment: 'enforcement', buildId: 'a1' },
      patchesOff: ['2026-11-one', '2026-12-two'],
      metrics: { namespace: 'SwarmSlashing', service: 'worker' },
    });
  });

  it('takes no patch that the code does not know, and names those it knows', () => {
    const env = { ...needed, PATCHES_OFF: '2026-11-one,2026-11-onne' };
    expect(() => workerConfig(env, ['2026-11-one', '2026-12-two'])).toThrow(
      'PATCHES_OFF names 2026-11-onne, which this code does not know; it knows 2026-11-one, 2026-12-two',
    );
    expect(() => workerConfig(env, [])).toThrow('it knows none');
  });

  it('takes no half of a version', () => {
    expect(() => workerConfig({ ...needed, WORKER_BUILD_ID: 'a1' })).toThrow(
      'WORKER_DEPLOYMENT and WORKER_BUILD_ID need each other',
    );
  });

  it('names everything that is wrong at once', () => {
    const env = { HEALTH_PORT: 'x', PROMQL_SERVERS: '{"b":{"url":"file:///x","group":"g"}}' };
    expect(() => workerConfig(env)).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        details: {
          faults: [
            'TEMPORAL_ADDRESS is missing',
            'TABLE_PREFIX is missing',
            'AWS_REGION is missing',
            'PROMQL_SERVERS is not an object of names with {"url", "group"}',
            'HEALTH_PORT is not a whole number: x',
            'either KEY_FILE or SEALING_KEY is needed',
          ],
        },
      }),
    );
  });
});
