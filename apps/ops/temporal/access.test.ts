import { expect, it } from 'vitest';
import { temporalAccess } from './access.ts';

const address = '127.0.0.1:7233';
const env = { TEMPORAL_ADDRESS: address };

it('reads what the functions and the worker have in their environment', async () => {
  expect(await temporalAccess(env)).toEqual({ address, namespace: 'default' });
  expect(await temporalAccess({ ...env, TEMPORAL_TLS: 'false', TEMPORAL_SECRET: '' })).toEqual({
    address,
    namespace: 'default',
  });
  expect(await temporalAccess({ ...env, TEMPORAL_NAMESPACE: 'one', TEMPORAL_TLS: 'true' })).toEqual(
    { address, namespace: 'one', tls: true },
  );
  // A key is never shown in clear.
  expect(await temporalAccess({ ...env, TEMPORAL_API_KEY: 'key' })).toEqual({
    address,
    namespace: 'default',
    apiKey: 'key',
    tls: true,
  });
});

it.each([
  [{}, ['Set TEMPORAL_ADDRESS to host:port of the server']],
  [{ ...env, TEMPORAL_TLS: 'yes' }, ['Set TEMPORAL_TLS to true or false, not yes']],
  [{ ...env, TEMPORAL_SECRET: 'it' }, ['Set AWS_REGION to where TEMPORAL_SECRET lies']],
  [
    { ...env, TEMPORAL_SECRET: 'it', TEMPORAL_API_KEY: 'key', AWS_REGION: 'eu-west-1' },
    ['Set either TEMPORAL_SECRET or TEMPORAL_API_KEY, not both'],
  ],
])('says what is wrong with %o', async (wrong, faults) => {
  await expect(temporalAccess(wrong)).rejects.toMatchObject({
    code: 'config-invalid',
    fault: 'caller',
    details: { faults },
  });
});
