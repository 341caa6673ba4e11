import { expect, test } from 'vitest';
import { authConfig, storeConfig, temporalConfig } from './config.ts';

test('the environment is read into what the parts need', () => {
  const store = { TABLE_PREFIX: 'p-', AWS_REGION: 'eu-west-1' };
  expect(storeConfig(store)).toEqual({ networkId: 'main', tablePrefix: 'p-', region: 'eu-west-1' });
  expect(
    storeConfig({ ...store, NETWORK_ID: 'n2', DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' }),
  ).toEqual({
    networkId: 'n2',
    tablePrefix: 'p-',
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:1',
  });
  expect(temporalConfig({ TEMPORAL_ADDRESS: '127.0.0.1:7233' })).toEqual({
    address: '127.0.0.1:7233',
    namespace: 'default',
  });
  const auth = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
  expect(authConfig({ ...auth, JWKS_URL: 'https://i/jwks', JWT_CLOCK_TOLERANCE_S: '30' })).toEqual({
    issuer: 'i',
    audience: 'a',
    keys: { url: 'https://i/jwks' },
    clockToleranceS: 30,
  });
});

test.each([
  ['no issuer', () => authConfig({ JWT_AUDIENCE: 'a', JWKS_JSON: '{}' }), 'JWT_ISSUER'],
  ['no keys', () => authConfig({ JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }), 'JWKS_URL'],
  [
    'two kinds of keys',
    () =>
      authConfig({ JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWKS_URL: 'https://i', JWKS_JSON: '{}' }),
    'JWKS_URL',
  ],
  ['no tables', () => storeConfig({ AWS_REGION: 'r' }), 'TABLE_PREFIX'],
  ['no server', () => temporalConfig({}), 'TEMPORAL_ADDRESS'],
])('%s is named', (_name, read, named) => {
  expect(read).toThrowError(
    expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(named) }),
  );
});
