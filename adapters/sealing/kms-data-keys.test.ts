import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type AwsEndpoint, openAwsEndpoint } from '../../test/support/aws-endpoint.ts';
import { startSilentServer } from '../../test/support/silent-server.ts';
import { createKmsDataKeys } from './kms-data-keys.ts';

let kms: AwsEndpoint;
beforeAll(async () => {
  kms = await openAwsEndpoint('KMS');
});
afterAll(() => kms.close());

const OURS = 'arn:aws:kms:eu-west-1:1:key/ours';
const options = { region: 'eu-west-1', keyId: OURS };
const context = { network: 'main', purpose: 'payload' };
const plain = Buffer.alloc(32, 7);
const sealed = Buffer.from('sealed');
const opened = (KeyId: string) => ({
  status: 200,
  body: { KeyId, Plaintext: plain.toString('base64') },
});

test('the context goes along with every question, and no key is named to open', async () => {
  const keys = createKmsDataKeys(options);
  kms.answer = {
    status: 200,
    body: { ...opened(OURS).body, CiphertextBlob: sealed.toString('base64') },
  };
  const made = await keys.make(context);
  expect(Buffer.from(made.plain)).toEqual(plain);
  expect(Buffer.from(made.sealed)).toEqual(sealed);
  expect(Buffer.from(await keys.open(sealed, context))).toEqual(plain);
  expect(kms.asked).toEqual([
    {
      action: 'GenerateDataKey',
      body: { KeyId: OURS, KeySpec: 'AES_256', EncryptionContext: context },
    },
    {
      action: 'Decrypt',
      body: { CiphertextBlob: sealed.toString('base64'), EncryptionContext: context },
    },
  ]);
});

test.each([
  ['InvalidCiphertextException', 'seal-broken', 'bug'],
  ['IncorrectKeyException', 'seal-broken', 'bug'],
  ['AccessDeniedException', 'key-unreachable', 'dependency'],
  ['DisabledException', 'key-unreachable', 'dependency'],
  ['KMSInvalidStateException', 'key-unreachable', 'dependency'],
  ['NotFoundException', 'key-unreachable', 'dependency'],
])('%s is %s', async (name, code, fault) => {
  kms.answer = { status: 400, body: { __type: name, message: 'no' } };
  await expect(createKmsDataKeys(options).open(sealed, context)).rejects.toMatchObject({
    code,
    fault,
  });
});

test('a server that fails is asked again, and told in the end', async () => {
  kms.answer = { status: 500, body: { __type: 'KMSInternalException' } };
  kms.asked.length = 0;
  await expect(createKmsDataKeys(options).make(context)).rejects.toMatchObject({
    code: 'key-unreachable',
    details: { reason: 'KMSInternalException' },
  });
  expect(kms.asked).toHaveLength(3);
});

test('where keys are listed, what another key sealed does not open although it could', async () => {
  const listed = createKmsDataKeys({ ...options, openedBy: [OURS, `${OURS}-before`] });
  kms.answer = opened(`${OURS}-before`);
  expect(Buffer.from(await listed.open(sealed, context))).toEqual(plain);
  kms.answer = opened('arn:aws:kms:eu-west-1:666:key/theirs');
  await expect(listed.open(sealed, context)).rejects.toMatchObject({ code: 'seal-broken' });
  expect(Buffer.from(await createKmsDataKeys(options).open(sealed, context))).toEqual(plain);
});

test('a server that takes the question and never answers is given up', async () => {
  const silent = await startSilentServer();
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', silent.url);
  await expect(
    createKmsDataKeys({ ...options, requestTimeoutMs: 50 }).make(context),
  ).rejects.toMatchObject({ code: 'key-unreachable', details: { reason: 'TimeoutError' } });
  expect(silent.connections()).toBe(3);
  silent.close();
});
