import { expect, test } from 'vitest';
import { authConfig, sealingConfig, secretsConfig, storeConfig, temporalConfig } from './config.ts';

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
  expect(
    temporalConfig({
      TEMPORAL_ADDRESS: 'cloud:7233',
      TEMPORAL_NAMESPACE: 'prod.acct',
      TEMPORAL_SECRET: 'swarm/temporal',
      AWS_REGION: 'eu-west-1',
    }),
  ).toEqual({
    address: 'cloud:7233',
    namespace: 'prod.acct',
    secret: { secretId: 'swarm/temporal', region: 'eu-west-1' },
  });
  expect(temporalConfig({ TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS: 'true' }).tls).toBe(true);
  const auth = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
  expect(authConfig({ ...auth, JWKS_URL: 'https://i/jwks', JWT_CLOCK_TOLERANCE_S: '30' })).toEqual({
    issuer: 'i',
    audience: 'a',
    keys: { url: 'https://i/jwks' },
    clockToleranceS: 30,
  });
});

test('claims are named as in the docs unless they are Cognito’s', () => {
  const auth = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWKS_JSON: '{}' };
  expect(authConfig(auth).claims).toBeUndefined();
  expect(authConfig({ ...auth, JWT_CLAIMS: 'plain' }).claims).toBeUndefined();
  expect(authConfig({ ...auth, JWT_CLAIMS: 'cognito' }).claims).toBe('cognito');
});

test('secrets are in a file or sealed by a key, and old keys are listed where only listed ones may open', () => {
  const region = { AWS_REGION: 'eu-west-1' };
  expect(sealingConfig(region)).toBeNull();
  expect(secretsConfig({ KEY_FILE: '/keys.json' })).toEqual({ keyFile: '/keys.json' });
  const sealing = { networkId: 'n2', region: 'eu-west-1', keyId: 'alias/seal' };
  const env = { ...region, NETWORK_ID: 'n2', SEALING_KEY: 'alias/seal' };
  expect(sealingConfig(env)).toEqual(sealing);
  expect(secretsConfig(env)).toEqual({ sealing });
  const arns = { SEALING_KEY: 'arn:aws:kms:now', SEALING_KEYS_OLD: 'arn:aws:kms:a, arn:aws:kms:b' };
  expect(sealingConfig({ ...region, ...arns })?.openedBy).toEqual([
    'arn:aws:kms:now',
    'arn:aws:kms:a',
    'arn:aws:kms:b',
  ]);
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
  [
    'two credentials',
    () => temporalConfig({ TEMPORAL_ADDRESS: 'a', TEMPORAL_API_KEY: 'k', TEMPORAL_SECRET: 's' }),
    'TEMPORAL_SECRET',
  ],
  [
    'a secret without its region',
    () => temporalConfig({ TEMPORAL_ADDRESS: 'a', TEMPORAL_SECRET: 's' }),
    'AWS_REGION',
  ],
  [
    'a word for TLS that is neither',
    () => temporalConfig({ TEMPORAL_ADDRESS: 'a', TEMPORAL_TLS: 'yes' }),
    'TEMPORAL_TLS',
  ],
  ['no place for secrets', () => secretsConfig({}), 'KEY_FILE'],
  [
    'two places for secrets',
    () => secretsConfig({ KEY_FILE: '/k', SEALING_KEY: 'k', AWS_REGION: 'r' }),
    'KEY_FILE',
  ],
  ['a key without its region', () => sealingConfig({ SEALING_KEY: 'k' }), 'AWS_REGION'],
  [
    'an old key that is no ARN',
    () => sealingConfig({ SEALING_KEY: 'arn:a', SEALING_KEYS_OLD: 'b', AWS_REGION: 'r' }),
    'SEALING_KEYS_OLD',
  ],
  [
    'claims of an unknown kind',
    () => authConfig({ JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWKS_JSON: '{}', JWT_CLAIMS: 'okta' }),
    'JWT_CLAIMS',
  ],
])('%s is named', (_name, read, named) => {
  expect(read).toThrowError(
    expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(named) }),
  );
});
