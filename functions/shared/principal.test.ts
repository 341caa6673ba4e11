import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenVerifier, principalOf } from './principal.ts';
import { NOW_MS, openIssuer, type TestIssuer } from './test-http.ts';

let issuer: TestIssuer;
let stranger: TestIssuer;
const seconds = NOW_MS / 1_000;

beforeAll(async () => {
  [issuer, stranger] = await Promise.all([openIssuer(), openIssuer()]);
});

const verify = (token: string) => issuer.tokens.verify(`Bearer ${token}`, NOW_MS);

test('a good token says who it is', async () => {
  const token = await issuer.sign({
    sub: 'auth0|7',
    person: 'ada',
    org: 'acme',
    roles: ['governor', 'unknown-role', 'viewer'],
    control_group: 'cg-1',
  });
  expect(await verify(token)).toEqual({
    account: 'auth0|7',
    person: 'ada',
    organisation: 'acme',
    roles: ['viewer', 'governor'],
    participantId: null,
    controlGroup: 'cg-1',
  });
});

test('without the claim the account is the person', async () => {
  expect(principalOf({ sub: 'bob' })).toMatchObject({ account: 'bob', person: 'bob', roles: [] });
});

test('an ID token of Cognito says who it is by groups and attributes', async () => {
  const pool = await openIssuer('cognito');
  const claims = {
    sub: '7b1f-42',
    token_use: 'id',
    'cognito:groups': ['governor', 'eu-west-1_Pool_Google'],
    'custom:person': 'ada',
    'custom:org': 'acme',
    'custom:control_group': 'cg-1',
    // What a person could write says nothing.
    roles: ['admin'],
    participant_id: 'op-1',
  };
  const verifyThere = async (more: object) =>
    pool.tokens.verify(`Bearer ${await pool.sign({ ...claims, ...more })}`, NOW_MS);
  expect(await verifyThere({})).toEqual({
    account: '7b1f-42',
    person: 'ada',
    organisation: 'acme',
    roles: ['governor'],
    participantId: null,
    controlGroup: 'cg-1',
  });
  expect(
    await verifyThere({ 'cognito:groups': ['participant'], 'custom:participant_id': 'op-1' }),
  ).toMatchObject({ roles: ['participant'], participantId: 'op-1' });
  expect(await verifyThere({ 'cognito:groups': undefined })).toMatchObject({ roles: [] });
  const invalid = { code: 'token-claims-invalid', fault: 'caller' };
  await expect(verifyThere({ token_use: 'access' })).rejects.toMatchObject(invalid);
  await expect(verifyThere({ token_use: undefined })).rejects.toMatchObject(invalid);
  await expect(verifyThere({ 'custom:org': undefined })).rejects.toMatchObject(invalid);
  await expect(verifyThere({ 'cognito:groups': ['participant'] })).rejects.toMatchObject(invalid);
});

test('the tolerance is for clocks, not for old tokens', async () => {
  expect(await verify(await issuer.sign({ sub: 'a', exp: seconds - 4 }))).toBeDefined();
  const old = await issuer.sign({ sub: 'a', exp: seconds - 6 });
  await expect(verify(old)).rejects.toMatchObject({ code: 'token-invalid' });
});

test('the time of the judgement is the caller’s', async () => {
  const token = await issuer.sign({ sub: 'a', exp: seconds + 60 });
  await expect(issuer.tokens.verify(`Bearer ${token}`, NOW_MS + 90_000)).rejects.toMatchObject({
    code: 'token-invalid',
  });
});

test('tokens of others, for others, unsigned, before their time or without an end are refused', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const forged = new SignJWT({ sub: 'a', exp: seconds + 60 })
    .setProtectedHeader({ alg: 'ES256', kid: 'test' })
    .setIssuer('https://issuer.test')
    .setAudience('swarm-slashing');
  const header = Buffer.from('{"alg":"none"}').toString('base64url');
  const body = Buffer.from(JSON.stringify({ sub: 'a', exp: seconds + 60 })).toString('base64url');
  const shared = new SignJWT({ sub: 'a', exp: seconds + 60 })
    .setProtectedHeader({ alg: 'HS256', kid: 'test' })
    .setIssuer('https://issuer.test')
    .setAudience('swarm-slashing')
    .sign(new TextEncoder().encode('a secret that every reader would share'));
  const tokens = [
    await stranger.sign({ sub: 'a' }),
    await issuer.sign({ sub: 'a' }, { issuer: 'https://other.test' }),
    await issuer.sign({ sub: 'a' }, { audience: 'another-service' }),
    await issuer.sign({ sub: 'a', nbf: seconds + 60 }),
    await issuer.sign({ sub: 'a', exp: undefined as never }),
    await issuer.sign({}),
    await forged.sign(privateKey),
    await shared,
    `${header}.${body}.`,
    'not-a-token',
  ];
  for (const token of tokens) {
    await expect(verify(token), token).rejects.toMatchObject({ code: 'token-invalid' });
  }
});

test.each([
  [{ sub: '' }],
  [{ sub: 'a'.repeat(256) }],
  [{ sub: 'a', person: '' }],
  [{ sub: 'a', roles: 'admin' }],
  [{ sub: 'a', org: 'o', roles: ['participant'] }],
  [{ sub: 'a', roles: ['governor'] }],
  [{ sub: 'a', roles: ['auditor'] }],
])('claims that do not say enough are refused: %j', async (claims) => {
  expect(() => principalOf(claims as never)).toThrowError(
    expect.objectContaining({ code: 'token-claims-invalid' }),
  );
});

let server: Server;
let answer: { status: number; body: string };

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => server.close(done)));

test('keys that cannot be fetched are our problem, not the caller’s', async () => {
  const token = await issuer.token({ roles: ['viewer'] });
  const { port } = server.address() as AddressInfo;
  const config = { issuer: 'https://issuer.test', audience: 'swarm-slashing', clockToleranceS: 5 };
  for (const bad of [
    { status: 500, body: '' },
    { status: 200, body: 'nonsense' },
  ]) {
    answer = bad;
    const remote = createTokenVerifier({
      ...config,
      keys: { url: `http://127.0.0.1:${port}/jwks` },
    });
    await expect(remote.verify(`Bearer ${token}`, NOW_MS)).rejects.toMatchObject({
      code: 'issuer-unreachable',
      fault: 'dependency',
    });
  }
});
