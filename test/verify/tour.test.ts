import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asCurl } from '../../apps/local/first-curl.ts';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import { casesOf, demoPolicy, projectDir } from '../support/local-stack.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'swarm-tour-'));
const data = path.join(folder, 'data');
let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({ data, policyPath: demoPolicy });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The commands of the tour, in order, as its reader pastes them. */
function commands(): string {
  const page = readFileSync(path.join(projectDir, 'docs/guides/tour.md'), 'utf8');
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block).join('\n');
}

function pasted(script: string): Promise<{ code: number | null; said: string }> {
  const { api, demo } = stack.urls;
  const env = { ...process.env, API: api, DEMO: demo, DATA: data };
  // A shell of its own group: what the tour leaves running in the background ends with it.
  const shell = spawn('bash', ['-c', script], { cwd: folder, env, detached: true });
  const late = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), 120_000);
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (part) => (said += part));
  return new Promise((resolve) => {
    shell.once('close', (code) => {
      clearTimeout(late);
      resolve({ code, said });
    });
  });
}

it('the commands of the tour lead a case to severe and its participant back', async () => {
  writeFileSync(path.join(folder, 'fire.sh'), asCurl(stack.firstRequest));
  const { code, said } = await pasted(commands());
  expect(code, said).toBe(0);
  const [opened, ...others] = await casesOf(stack.urls.api, stack.tokens['vera'] ?? '');
  expect(opened).toMatchObject({ participantId: 'op-0001', rung: 'S1', outcome: 'reinstated' });
  expect(others).toEqual([]);
  expect(said).toContain('"standing":"suspended"');
  expect(said).toContain('"standing":"probation"');
  expect(said).toContain('"code":"role-missing"');
  expect(said).toContain('"code":"case-unknown"');
});
