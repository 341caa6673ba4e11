import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookNotifier } from '../../adapters/outbound/webhook-notifier.ts';
import { createKeyFile } from '../../adapters/secrets/key-file.ts';
import { ROLES_BY_OPERATION } from '../../contracts/http/roles.ts';
import type { Notice } from '../../domain/notice.ts';
import { createTokenVerifier } from '../../functions/shared/principal.ts';
import { demoParticipants } from './demo-network.ts';
import { demoNodes } from './demo-nodes.ts';
import { close, listen } from './http-server.ts';
import { AUDIENCE, openIssuer } from './issuer.ts';
import { noticeSecretId, openKeys } from './keys.ts';
import { noticeBoard } from './notice-board.ts';
import { demoPeople } from './people.ts';
import { readPolicyFile, requireServers } from './policy-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'swarm-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demonstration', () => {
  it('has a dozen participants of the three kinds, unaffiliated, with stake and resources', () => {
    const all = demoParticipants();
    expect(all).toHaveLength(12);
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(3);
    expect(new Set(all.map(({ controlGroup }) => controlGroup)).size).toBe(12);
    const ids = all.flatMap(({ resources }) => resources.map(({ resourceId }) => resourceId));
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of all) {
      expect(one.stakeUnits).toBeGreaterThanOrEqual(10_000n);
      expect(one.resources.length).toBeGreaterThan(0);
    }
  });

  it('has somebody for every operation, and a person of its own for each participant', () => {
    const roles = new Set(demoPeople().flatMap((person) => person.roles));
    for (const allowed of Object.values(ROLES_BY_OPERATION)) {
      if (allowed === 'public') continue;
      expect(allowed.some((role) => roles.has(role))).toBe(true);
    }
    expect(new Set(demoPeople().map(({ person }) => person)).size).toBe(demoPeople().length);
    const owned = demoPeople().flatMap(({ participantId }) => participantId ?? []);
    expect(owned).toEqual(demoParticipants().map(({ participantId }) => participantId));
  });
});

describe('the local issuer', () => {
  const keyPath = path.join(folder, 'issuer-key.json');

  it('issues tokens that the API takes for exactly that principal', async () => {
    const issuer = await openIssuer('http://127.0.0.1:1', keyPath);
    const verifier = createTokenVerifier({
      issuer: issuer.url,
      audience: AUDIENCE,
      keys: { json: JSON.stringify(issuer.jwks) },
      clockToleranceS: 5,
    });
    for (const person of demoPeople()) {
      const token = await issuer.tokenFor(person, Date.now());
      const { displayName: _, ...principal } = person;
      expect(await verifier.verify(`Bearer ${token}`, Date.now())).toEqual(principal);
    }
  });

  it('keeps its key for itself and over restarts', async () => {
    const first = await openIssuer('http://127.0.0.1:1', keyPath);
    expect(JSON.stringify(first.jwks)).not.toContain('"d"');
    expect(statSync(keyPath).mode & 0o077).toBe(0);
    const [person] = demoPeople();
    if (!person) throw new Error('Nobody is here.');
    const token = await first.tokenFor(person, Date.now());
    const second = await openIssuer('http://127.0.0.1:1', keyPath);
    const { payload } = await jwtVerify(token, createLocalJWKSet(second.jwks));
    expect(payload.sub).toBe(person.account);
  });
});

describe('nodes and notice board', () => {
  let url: string;
  let server: Awaited<ReturnType<typeof listen>>;
  const keyFile = path.join(folder, 'keys.json');
  const nodesFile = path.join(folder, 'nodes.json');

  beforeAll(async () => {
    await openKeys(keyFile);
    const nodes = demoNodes(nodesFile);
    const board = noticeBoard(createKeyFile(keyFile));
    server = await listen(0, (request, response) => {
      if (!nodes(request, response) && !board(request, response)) response.writeHead(404).end();
    });
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  afterAll(() => close(server, 1_000));

  const health = async (node: string) => (await fetch(`${url}/nodes/${node}/healthz`)).status;

  it('switches a node, and keeps it down over a restart', async () => {
    expect(await health('n-1')).toBe(200);
    await fetch(`${url}/nodes/n-1/down`, { method: 'POST' });
    expect([await health('n-1'), await health('n-2')]).toEqual([503, 200]);
    const again = await listen(
      0,
      (request, response) => void demoNodes(nodesFile)(request, response),
    );
    const address = again.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect((await fetch(`http://127.0.0.1:${port}/nodes/n-1/healthz`)).status).toBe(503);
    await close(again, 1_000);
    await fetch(`${url}/nodes/n-1/up`, { method: 'POST' });
    expect(await health('n-1')).toBe(200);
  });

  it('shows notices that are signed for that participant, and refuses others', async () => {
    const notifier = createWebhookNotifier({
      secrets: createKeyFile(keyFile),
      clock: { nowMs: () => Date.now() },
      allowPrivate: true,
    });
    const notice = { noticeId: 'n-1', kind: 'rung-announced', createdAtMs: 0 } as Notice;
    const secretId = noticeSecretId('op-0001');
    const own = await notifier.deliver({ url: `${url}/notices/op-0001`, secretId }, notice);
    expect(own.delivered).toBe(true);
    const other = await notifier.deliver({ url: `${url}/notices/op-0002`, secretId }, notice);
    expect(other).toEqual({ delivered: false, reason: 'the endpoint answered 401' });
    const shown = async (of: string) =>
      ((await (await fetch(`${url}/notices/${of}`)).json()) as { items: unknown[] }).items;
    expect(await shown('op-0001')).toMatchObject([{ message: { data: { noticeId: 'n-1' } } }]);
    expect(await shown('op-0002')).toEqual([]);
  });
});

describe('a policy file', () => {
  it('is refused with every fault that it has', () => {
    const file = path.join(folder, 'policy.json');
    writeFileSync(file, '{"version":"x","holdDown":"soon"}');
    expect(() => readPolicyFile(file)).toThrow(/holdDown.*\n(.*\n)*.*families/);
    expect(() => readPolicyFile(path.join(folder, 'none.json'))).toThrow(/cannot be used/);
  });

  it('is refused when its checks ask servers that are not configured as they claim', () => {
    const policy = readPolicyFile(path.resolve(import.meta.dirname, '../../policies/demo.json'));
    const downtime = policy.violationTypes['downtime'];
    if (!downtime) throw new Error('The demonstration has downtime.');
    const check = {
      kind: 'promql',
      server: 'b',
      group: 'prometheus-b',
      query: 'up',
      timeoutMs: 1,
    } as const;
    const asking = { ...policy, violationTypes: { d: { ...downtime, checks: [check] } } };
    expect(() => requireServers(asking, {})).toThrow(/asks the server b/);
    const url = 'http://127.0.0.1:1';
    expect(() => requireServers(asking, { b: { url, group: 'prometheus-a' } })).toThrow(/counts b/);
    expect(() => requireServers(asking, { b: { url, group: 'prometheus-b' } })).not.toThrow();
  });
});
