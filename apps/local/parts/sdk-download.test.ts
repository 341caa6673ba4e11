import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { downloadWithSdk, keptSdkDownload } from './sdk-download.ts';

let folder: string;
let silence: Server;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-sdk-download-'));
});
afterAll(() => {
  silence?.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = { artifact: 'cli', version: 'v1.9.1', beginWithinMs: 1_500 } as const;

it('gives up when nothing arrives in time, on a network that swallows everything', async () => {
  const port = await freePort();
  silence = createServer((socket) => socket.on('error', () => {})).listen(port, '127.0.0.1');
  const proxy = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    NO_PROXY: '',
    no_proxy: '',
  };
  const into = path.join(folder, 'swallowed');
  const startedAtMs = performance.now();
  const answer = await downloadWithSdk({ ...request, folder: into, env });
  expect(answer).toEqual({ why: 'the download began: not within 1500 ms' });
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);
});

it('says why when the download is refused', async () => {
  const proxy = `http://127.0.0.1:${await freePort()}`;
  const env = {
    ...process.env,
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    NO_PROXY: '',
    no_proxy: '',
  };
  const answer = await downloadWithSdk({ ...request, folder: path.join(folder, 'refused'), env });
  expect(answer).toHaveProperty('why', expect.stringMatching(/refused/i));
});

it('takes what an earlier download left, but never half of one', async () => {
  const into = path.join(folder, 'kept');
  mkdirSync(into);
  const half = path.join(into, 'temporal-cli-v1.9.1.downloading');
  writeFileSync(half, '', { mode: 0o755 });
  expect(keptSdkDownload(into)).toBeUndefined();
  const whole = path.join(into, 'temporal-cli-v1.9.1');
  writeFileSync(whole, '', { mode: 0o755 });
  expect(existsSync(whole)).toBe(true);
  expect(await downloadWithSdk({ ...request, folder: into })).toEqual({ path: whole });
});
