import { expect, test } from 'vitest';
import {
  needsNewConnection,
  parseTemporalCredentials,
  temporalTls,
} from './temporal-credentials.ts';

const key = { apiKey: 'hush' };
const pair = { certificate: 'cert', privateKey: 'hush' };

test('an API key or a certificate with its key is taken, each with an authority if there is one', () => {
  expect(parseTemporalCredentials(key)).toEqual({
    apiKey: 'hush',
    client: null,
    serverRootCa: null,
  });
  expect(parseTemporalCredentials({ ...pair, serverRootCa: 'ca' })).toEqual({
    apiKey: null,
    client: pair,
    serverRootCa: 'ca',
  });
});

test.each([
  ['both', { ...key, ...pair }],
  ['neither', { serverRootCa: 'ca' }],
  ['half a pair', { certificate: 'hush' }],
  ['half a pair beside a key', { ...key, privateKey: 'hush' }],
  ['an empty key', { apiKey: '' }],
  ['a number', { apiKey: 7 }],
  ['null', null],
  ['a text', 'hush'],
])('%s is refused without telling what is in it', (_name, value) => {
  expect(() => parseTemporalCredentials(value)).toThrow(
    expect.objectContaining({
      code: 'temporal-secret-invalid',
      fault: 'bug',
      message: expect.not.stringContaining('hush'),
    }),
  );
});

test('only a changed API key leaves a connection as it is', () => {
  const of = parseTemporalCredentials;
  expect(needsNewConnection(of(key), of({ apiKey: 'other' }))).toBe(false);
  expect(needsNewConnection(of(pair), of(pair))).toBe(false);
  expect(needsNewConnection(of(pair), of({ ...pair, privateKey: 'other' }))).toBe(true);
  expect(needsNewConnection(of(pair), of({ ...pair, serverRootCa: 'ca' }))).toBe(true);
  expect(needsNewConnection(of(key), of(pair))).toBe(true);
});

test('tells what a connection is encrypted with', () => {
  expect(temporalTls({}, null)).toBeUndefined();
  expect(temporalTls({ tls: true }, null)).toBe(true);
  // A key is never shown in clear.
  expect(temporalTls({ apiKey: 'k' }, null)).toBe(true);
  expect(temporalTls({}, parseTemporalCredentials(key))).toEqual({});
  expect(temporalTls({}, parseTemporalCredentials({ ...pair, serverRootCa: 'ca' }))).toEqual({
    serverRootCACertificate: Buffer.from('ca'),
    clientCertPair: { crt: Buffer.from(pair.certificate), key: Buffer.from(pair.privateKey) },
  });
});
