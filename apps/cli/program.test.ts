import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runSlashing } from './program.ts';

interface Asked {
  method: string | undefined;
  url: string | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: unknown;
}

describe('slashing', () => {
  const asked: Asked[] = [];
  let status = 200;
  let reply: unknown = {};
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(reply));
    });
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  beforeEach(() => {
    asked.length = 0;
    status = 200;
    reply = {};
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  async function run(...argv: string[]) {
    const data: string[] = [];
    const talk: string[] = [];
    const env = { SLASHING_URL: url, SLASHING_TOKEN: 'secret-token' };
    const code = await runSlashing(argv, env, {
      data: (text) => data.push(text),
      talk: (text) => talk.push(text),
    });
    return { code, data: data.join('\n'), talk: talk.join('\n') };
  }

  it('holds the clocks of a scope, and says what a scope is', async () => {
    reply = { incidentId: '0mi-1', kind: 'clock-hold' };
    const held = ['incidents', 'hold', '--reason', 'it lies', '--scope'];
    expect((await run(...held, 'source=monitor-a')).code).toBe(0);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: '/v1/incidents',
      body: {
        kind: 'clock-hold',
        scope: { kind: 'source', sourceId: 'monitor-a' },
        reason: 'it lies',
      },
    });
    expect((await run(...held, 'network')).code).toBe(0);
    expect(asked[1]?.body).toMatchObject({ scope: { kind: 'network' } });
    for (const wrong of ['everything', 'source', 'toString=x']) {
      const refused = await run(...held, wrong);
      expect([refused.code, refused.talk]).toEqual([2, expect.stringContaining('control-group')]);
    }
    expect((await run('incidents', 'release', '0mi-1', '--reason', 'mended')).code).toBe(0);
    expect(asked[2]).toMatchObject({ url: '/v1/incidents/0mi-1/release' });
    expect((await run('incidents', 'release', '0mi-1')).code).toBe(2);
    expect(asked).toHaveLength(3);
  });

  it('lists cases as aligned columns, and says how to go on', async () => {
    reply = {
      items: [
        { caseId: 'downtime-1', participantId: 'op-1', stage: 'correcting', rung: 'W' },
        { caseId: 'd-2', participantId: 'op-22', stage: 'ended', rung: null },
      ],
      nextCursor: 'abc',
    };
    const { code, data } = await run('cases', 'list', '--tier', 'warning', '--participant', 'op-1');
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: '/v1/cases?participantId=op-1&tier=warning',
      headers: { authorization: 'Bearer secret-token' },
    });
    const [head, first, second] = data.split('\n');
    expect(head?.indexOf('PARTICIPANT')).toBe(first?.indexOf('op-1'));
    expect(second).toMatch(/^d-2 +op-22 /);
    expect(data).toContain('more: --cursor abc');
  });

  it('tells of reputation, of reviews and of what runs in shadow', async () => {
    reply = { participantId: 'op-1', families: [{ family: 'security', score: '0.9259' }] };
    expect((await run('reputation', 'op-1')).data).toContain('score: 0.9259');
    reply = { items: [{ participantId: 'op-1', family: 'security', score: '0.9259' }] };
    expect((await run('reviews', '--limit', '5')).data).toMatch(/op-1 +security +0\.9259/);
    reply = { cases: 1, types: [{ violationType: 'downtime', wouldChargeUnits: '7' }] };
    const { data } = await run('shadow', '--type', 'downtime', '--from', '2026-11-01T00:00:00Z');
    expect(data).toContain('wouldChargeUnits: 7');
    await run('cases', 'list', '--shadow', 'true');
    expect(asked.map(({ url: path }) => path)).toEqual([
      '/v1/participants/op-1/reputation',
      '/v1/reputation-reviews?limit=5',
      '/v1/shadow?violationType=downtime&from=2026-11-01T00%3A00%3A00Z',
      '/v1/cases?shadow=true',
    ]);
  });

  it('tells a decision of an unknown version as an outline, and says how to go on', async () => {
    reply = { items: [{ decisionId: 'c-1-P1', newThing: { units: '7' } }], nextCursor: 'abc' };
    const { code, data } = await run('decisions', 'c-1', '--limit', '1');
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/v1/cases/c-1/decisions?limit=1' });
    expect(data).toContain('decisionId: c-1-P1');
    expect(data).toContain('  units: 7');
    expect(data).toContain('more: --cursor abc');
  });

  it('prints the answer as it came with --json, wherever the option stands', async () => {
    reply = { caseId: 'c-1', money: { heldUnits: '7' } };
    for (const argv of [
      ['--json', 'cases', 'show', 'c-1'],
      ['cases', 'show', 'c-1', '--json'],
    ]) {
      expect(JSON.parse((await run(...argv)).data)).toEqual(reply);
    }
  });

  it('shows one thing as an outline', async () => {
    reply = { caseId: 'c-1', outcome: null, money: { heldUnits: '7' }, holds: [] };
    expect((await run('cases', 'show', 'c-1')).data).toBe('caseId: c-1\nmoney:\n  heldUnits: 7');
  });

  it.each([
    [['acknowledge', 'c-1'], '/v1/cases/c-1/acknowledge', {}],
    [['answer', 'c-1', '--text', 'no'], '/v1/cases/c-1/answer', { text: 'no' }],
    [
      ['remediate', 'c-1', '--cause', 'psu', '--actions', 'new'],
      '/v1/cases/c-1/remediation',
      { cause: 'psu', actions: 'new' },
    ],
    [['confirm', 'c-1', '--note', 'ok'], '/v1/cases/c-1/remediation/confirm', { note: 'ok' }],
    [['appeal', 'c-1', '--grounds', 'x'], '/v1/cases/c-1/appeal', { grounds: 'x' }],
    [
      ['finding', 'c-1', '--result', 'pass', '--note', 'n'],
      '/v1/cases/c-1/findings',
      { result: 'pass', note: 'n' },
    ],
    [
      ['dispute', 'c-1', 'd-1', '--grounds', 'x'],
      '/v1/cases/c-1/disputes',
      { decisionId: 'd-1', grounds: 'x' },
    ],
    [
      [
        ...['rule', 'c-1', 'x 1', '--result', 'reduced', '--to-rung', 'P1'],
        ...['--reason-code', 'amount', '--reason', 'r'],
      ],
      '/v1/cases/c-1/disputes/x%201/decision',
      { result: 'reduced', toRung: 'P1', reasonCode: 'amount', reason: 'r' },
    ],
    [
      ['approve', 'c-1', 'p 1', '--draft-hash', 'h1234567', '--reason', 'r'],
      '/v1/cases/c-1/proposals/p%201/approve',
      { draftHash: 'h1234567', reason: 'r' },
    ],
    [
      ['veto', 'c-1', 'p-1', '--draft-hash', 'h1234567', '--reason', 'r'],
      '/v1/cases/c-1/proposals/p-1/veto',
      { draftHash: 'h1234567', reason: 'r', stance: 'veto' },
    ],
    [['note', 'c-1', '--text', 't'], '/v1/cases/c-1/notes', { text: 't' }],
    [
      ['deposit', 'op-1', '--units', '5', '--asset', 'SWM', '--ref', 'b-1'],
      '/v1/participants/op-1/deposits',
      { amount: { asset: 'SWM', units: '5' }, externalRef: 'b-1' },
    ],
    [
      ['withdraw', 'op-1', '--units', '5', '--asset', 'SWM', '--ref', 'w-1'],
      '/v1/participants/op-1/withdrawals',
      { amount: { asset: 'SWM', units: '5' }, externalRef: 'w-1' },
    ],
    [['cancel-withdrawal', 'op-1', 'w 1'], '/v1/participants/op-1/withdrawals/w%201/cancel', {}],
    [
      [
        ...['credit-reward', 'op-1', '--units', '5', '--asset', 'SWM', '--ref', 'r-1'],
        ...['--earned-at', '2026-11-01T00:00:00Z'],
      ],
      '/v1/participants/op-1/rewards',
      {
        amount: { asset: 'SWM', units: '5' },
        earnedAt: '2026-11-01T00:00:00Z',
        externalRef: 'r-1',
      },
    ],
    [
      ['pay-rewards', 'op-1', '--units', '5', '--asset', 'SWM', '--ref', 'o-1'],
      '/v1/participants/op-1/rewards/payouts',
      { amount: { asset: 'SWM', units: '5' }, externalRef: 'o-1' },
    ],
  ])('posts %j with a key', async (argv, path, body) => {
    const { code } = await run(...argv);
    expect(code).toBe(0);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: 'POST', url: path, body });
    expect(asked[0]?.headers['idempotency-key']).toMatch(/^.{8,128}$/);
  });

  const law = path.join(import.meta.dirname, '../../policies/demo.json');

  it.each([
    [['policies', 'lint', law], '/v1/policies/lint', { policy: { version: 'demo-1' } }],
    [
      ['policies', 'propose', law, '--from', '2026-12-01T00:00:00Z'],
      '/v1/policies',
      { policy: { version: 'demo-1' }, effectiveFrom: '2026-12-01T00:00:00Z' },
    ],
    [
      ['policies', 'approve', 'v2', '--draft-hash', 'h1234567', '--reason', 'r'],
      '/v1/policies/v2/approve',
      { draftHash: 'h1234567', reason: 'r' },
    ],
    [['policies', 'withdraw', 'v2', '--reason', 'r'], '/v1/policies/v2/withdraw', { reason: 'r' }],
  ])('posts %j with a key', async (argv, path, body) => {
    reply = { isSound: true, faults: [], hash: null, bounds: [], promqlServers: [] };
    const { code } = await run(...argv);
    expect(code).toBe(0);
    expect(asked).toMatchObject([{ method: 'POST', url: path, body }]);
    expect(asked[0]?.headers['idempotency-key']).toMatch(/^.{8,128}$/);
  });

  it('lists the versions of the law', async () => {
    reply = {
      items: [{ version: 'v1', state: 'in-force', publishedBy: ['ada', 'bob'] }],
      nextCursor: null,
    };
    const { data } = await run('policies', 'list');
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/v1/policies' });
    expect(data.split('\n')[1]).toMatch(/^v1 +in-force +- +- +\["ada","bob"\]$/);
  });

  it('fails a policy with faults, and says each of them', async () => {
    const faults = ['S1 slashes less', 'reopen is too short'];
    reply = { isSound: false, faults, hash: null, bounds: [], promqlServers: [] };
    const linted = await run('policies', 'lint', law);
    expect(linted).toMatchObject({ code: 1, talk: 'error: The policy has faults.' });
    for (const fault of faults) expect(linted.data).toContain(fault);
    status = 400;
    reply = {
      status,
      code: 'policy-invalid',
      title: 'The policy has faults',
      detail: 'two',
      faults,
    };
    const proposed = await run('policies', 'propose', law, '--from', '2026-12-01T00:00:00Z');
    expect(proposed.code).toBe(2);
    for (const fault of faults) expect(proposed.talk).toContain(`\n  ${fault}`);
    expect((await run('policies', 'lint', 'nowhere.json')).talk).toContain('cannot be read');
  });

  it('repeats an action under the key that it is given', async () => {
    await run('acknowledge', 'c-1', '--idempotency-key', 'again-0001');
    expect(asked[0]?.headers['idempotency-key']).toBe('again-0001');
  });

  it.each([
    [400, 'invalid-request', 2],
    [401, 'token-invalid', 4],
    [403, 'role-missing', 4],
    [404, 'case-unknown', 3],
    [409, 'conflict-of-interest', 4],
    [409, 'external-ref-reused', 5],
    [422, 'idempotency-key-reused', 5],
    [500, 'internal-error', 1],
    [503, 'workflow-unreachable', 75],
  ])('ends a %i %s with exit code %i', async (answered, problem, exitCode) => {
    status = answered;
    reply = { status, code: problem, title: 'It was refused', detail: 'for a reason' };
    const { code, talk, data } = await run('cases', 'show', 'c-1');
    expect(code).toBe(exitCode);
    expect(talk).toContain(`error: It was refused: for a reason (${problem})`);
    expect(data).toBe('');
    const json = await run('cases', 'show', 'c-1', '--json');
    expect(JSON.parse(json.talk)).toEqual(reply);
  });

  it('says how to repeat an action that got no answer', async () => {
    const { code, talk } = await run('note', 'c-1', '--text', 't', '--url', 'http://127.0.0.1:1');
    expect(code).toBe(75);
    expect(talk).toMatch(/--idempotency-key [0-9a-f-]{36}/);
  });

  it.each([
    [['cases', 'lst']],
    [['approve', 'c-1', 'p-1', '--reason', 'r']],
    [['finding', 'c-1', '--result', 'maybe', '--note', 'n']],
    [['cases', 'list', '--colour']],
    [['frobnicate']],
  ])('ends %j with exit code 2 and asks nobody', async (argv) => {
    const { code, talk } = await run(...argv);
    expect(code).toBe(2);
    expect(talk).toContain('error:');
    expect(asked).toHaveLength(0);
  });

  it('has help', async () => {
    const { code, data } = await run('--help');
    expect(code).toBe(0);
    for (const word of ['cases', 'approve', 'deposit', '--token']) expect(data).toContain(word);
    expect(data).not.toContain('secret-token');
  });
});
