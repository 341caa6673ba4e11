import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import {
  casesOf,
  demoPolicy,
  post,
  processesOn,
  projectDir,
  requestFor,
} from '../support/local-stack.ts';

describe('the embedded stack under kills', () => {
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

  it.each(['worker', 'functions', 'store', 'temporal'] as const)(
    'goes on when %s is killed, by itself',
    async (part) => {
      const before = stack.pids()[part] ?? 0;
      expect(before).toBeGreaterThan(1);
      process.kill(before, 'SIGKILL');
      await waitUntil(() => ![null, before].includes(stack.pids()[part]), {
        what: `${part} runs again`,
        withinMs: 30_000,
      });
      const participantId = {
        worker: 'op-0002',
        functions: 'op-0003',
        store: 'op-0004',
        temporal: 'op-0005',
      }[part];
      const request = requestFor(stack.firstRequest, participantId);
      await waitUntil(async () => (await post(request)).status === 202, {
        what: 'the alert is accepted',
        withinMs: 15_000,
      });
      await waitUntil(
        async () =>
          (await cases()).some(
            (found) => found.participantId === participantId && found.stage !== 'confirming',
          ),
        { what: 'its case is confirmed', withinMs: 30_000 },
      );
    },
  );

  it('takes alerts while Temporal is away, and opens their case when it is back', async () => {
    await stack.parts.temporal.kill9();
    expect((await post(requestFor(stack.firstRequest, 'op-0006'))).status).toBe(202);
    await stack.parts.temporal.start();
    await waitUntil(
      async () => (await cases()).some((found) => found.participantId === 'op-0006'),
      { what: 'the case is opened', withinMs: 40_000 },
    );
  });

  it('starts again after everything was killed at once', async () => {
    const known = (await cases()).map((found) => found.caseId).sort();
    await stack.killAll();
    expect(processesOn(data)).toEqual([]);
    stack = await startLocalStack({ data, policyPath: demoPolicy });
    expect((await cases()).map((found) => found.caseId).sort()).toEqual(known);
  });
});

describe('npm start under kills', () => {
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

  it('leaves nobody behind when it is killed, and goes on from there', async () => {
    const { child, said } = await start();
    expect(said()).toMatch(/^ready/m);
    child.kill('SIGKILL');
    await waitUntil(() => processesOn(data).length === 0, {
      what: 'its parts have ended',
      withinMs: 20_000,
    });
    const again = await start();
    expect(again.said()).toMatch(/^ready/m);
    expect(again.said()).not.toContain('Seeding');
  });

  it('refuses a folder on which another one runs', async () => {
    await start();
    const second = await start();
    expect(second.said()).toContain('another stack runs on');
    expect(second.child.exitCode).toBe(1);
  });
});
