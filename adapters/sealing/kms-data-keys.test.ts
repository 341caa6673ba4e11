import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSilentServer } from '../../test/support/silent-server.ts';
import { createKmsDataKeys } from './kms-data-keys.ts';

/** What the endpoint was asked, and what it answers next: the real client is spoken to by a server of ours. */
const asked: { action: string; body: Record<string, unknown> }[] = [];
let answer: { status: number; body: Record<string, unknown> };
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push({ action, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

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
  answer = {
    status: 200,
    body: { ...opened(OURS).body, CiphertextBlob: sealed.toString('base64') },
  };
  const made = await keys.make(context);
  expect(Buffer.from(made.plain)).toEqual(plain);
  expect(Buffer.from(made.sealed)).toEqual(sealed);
  expect(Buffer.from(await keys.open(sealed, context))).toEqual(plain);
  expect(asked).toEqual([
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
  answer = { status: 400, body: { __type: name, message: 'no' } };
  await expect(createKmsDataKeys(options).open(sealed, context)).rejects.toMatchObject({
    code,
    fault,
  });
});

test('a server that fails is asked again, and told in the end', async () => {
  answer = { status: 500, body: { __type: 'KMSInternalException' } };
  asked.length = 0;
  await expect(createKmsDataKeys(options).make(context)).rejects.toMatchObject({
    code: 'key-unreachable',
    details: { reason: 'KMSInternalException' },
  });
  expect(asked).toHaveLength(3);
});

test('where keys are listed, what another key sealed does not open although it could', async () => {
  const listed = createKmsDataKeys({ ...options, openedBy: [OURS, `${OURS}-before`] });
  answer = opened(`${OURS}-before`);
  expect(Buffer.from(await listed.open(sealed, context))).toEqual(plain);
  answer = opened('arn:aws:kms:eu-west-1:666:key/theirs');
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
