import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import { casesOf, demoPolicy, post, processesOn, projectDir } from '../support/local-stack.ts';

describe('the embedded stack', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'swarm-stack-'));
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocalStack({ data, policyPath: demoPolicy });
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(data, { recursive: true, force: true });
  });
  const viewer = () => stack.tokens['vera'] ?? '';
  const cases = () => casesOf(stack.urls.api, viewer());

  it('opens a case with the printed request, serves its notice, and keeps both over a restart', async () => {
    const accepted = await post(stack.firstRequest);
    expect(accepted.status).toBe(202);
    await waitUntil(async () => (await cases())[0]?.tier === 'warning', {
      what: 'the case is at its warning',
      withinMs: 15_000,
    });
    const [opened] = await cases();
    expect(opened).toMatchObject({ participantId: 'op-0001', stage: 'correcting', rung: 'W' });
    const board = async () => {
      const answer = await fetch(`${stack.urls.demo}/notices/op-0001`);
      return ((await answer.json()) as { items: unknown[] }).items;
    };
    await waitUntil(async () => (await board()).length > 0, {
      what: 'the notice is served',
      withinMs: 10_000,
    });

    const { api } = stack.urls;
    await stack.stop();
    expect(processesOn(data)).toEqual([]);
    const beganAtMs = performance.now();
    stack = await startLocalStack({ data, policyPath: demoPolicy });
    expect(performance.now() - beganAtMs).toBeLessThan(15_000);
    expect(stack.urls.api).toBe(api);
    expect((await cases()).map((found) => found.caseId)).toEqual([opened?.caseId]);
  });
});

describe('slashing', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'swarm-cli-'));
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocalStack({ data, policyPath: demoPolicy });
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  function slashing(account: string, ...args: string[]) {
    const env = { SLASHING_URL: stack.urls.api, SLASHING_TOKEN: stack.tokens[account] ?? '' };
    const ran = spawnSync(process.execPath, ['apps/cli/main.ts', ...args], {
      cwd: projectDir,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    });
    return { code: ran.status, data: ran.stdout, talk: ran.stderr };
  }

  it('looks and acts over HTTP alone', async () => {
    expect((await post(stack.firstRequest)).status).toBe(202);
    await waitUntil(() => slashing('vera', 'cases', 'list').data.includes('op-0001'), {
      what: 'the case is listed',
      withinMs: 20_000,
    });
    const listed = JSON.parse(slashing('vera', 'cases', 'list', '--json').data);
    const caseId: string = listed.items[0].caseId;
    expect(slashing('vera', 'cases', 'show', caseId).data).toContain('participantId: op-0001');
    expect(slashing('olga', 'acknowledge', caseId, '--note', 'on it')).toMatchObject({ code: 0 });
    expect(slashing('vera', 'cases', 'timeline', caseId).data).toContain('olga');
    expect(slashing('of-op-0001', 'standing', 'op-0001').data).toContain('standing: active');
    expect(slashing('of-op-0001', 'ledger', 'op-0002').code).not.toBe(0);
    const money = ['--units', '500', '--asset', 'SWM', '--ref', 'bank-1'];
    expect(slashing('theo', 'deposit', 'op-0001', ...money)).toMatchObject({ code: 0 });
    expect(slashing('theo', 'ledger', 'op-0001').data).toContain('available: 1000500');
    expect(slashing('vera', 'acknowledge', caseId).code).toBe(4);
    expect(slashing('vera', 'cases', 'show', 'no-such-case').code).toBe(3);
  });
});

describe('npm start', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'swarm-start-'));
  const running: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    await waitUntil(() => processesOn(data).length === 0, {
      what: 'all is gone',
      withinMs: 20_000,
    });
  });
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  async function start(): Promise<{ child: ChildProcess; said: () => string }> {
    const args = ['apps/local/main.ts', '--port', '0', '--data', data, '--no-ui'];
    const child = spawn(process.execPath, args, { cwd: projectDir });
    running.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    await waitUntil(() => /^ready/m.test(text) || child.exitCode !== null, {
      what: 'it is ready',
      withinMs: 60_000,
    });
    return { child, said: () => text };
  }

  it('prints one curl that opens a case, and stops everything on Ctrl-C', async () => {
    const { child, said } = await start();
    const curl = /^ +(curl -sS -X POST .*)$/m.exec(said())?.[1] ?? '';
    const ran = spawnSync('sh', ['-c', curl], { encoding: 'utf8' });
    expect(JSON.parse(ran.stdout)).toMatchObject({ received: 1, accepted: 1 });
    const look = /^ +(curl -sS http.*)$/m.exec(said())?.[1] ?? '';
    await waitUntil(
      () =>
        JSON.parse(spawnSync('sh', ['-c', look], { encoding: 'utf8' }).stdout).items.length === 1,
      { what: 'the case is listed', withinMs: 15_000, everyMs: 250 },
    );
    child.kill('SIGINT');
    await waitUntil(() => child.exitCode !== null, { what: 'it ends', withinMs: 20_000 });
    expect(child.exitCode).toBe(0);
    expect(said()).toContain('stopped');
    expect(processesOn(data)).toEqual([]);
  });
});
