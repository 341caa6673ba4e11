import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { PartError } from './parts/part-error.ts';

describe('the data folder', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'swarm-data-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('remembers between runs', async () => {
    const first = await openDataFolder(root, false);
    const before = first.memory();
    first.remember({ isSeeded: true });
    first.unlock();
    const second = await openDataFolder(root, false);
    expect(second.memory()).toEqual({ ...before, isSeeded: true });
    second.unlock();
  });

  it('is made when it is not there', async () => {
    const inner = path.join(root, 'new', 'folder');
    const folder = await openDataFolder(inner, true);
    expect(existsSync(folder.at('swarm-slashing.json'))).toBe(true);
    folder.unlock();
  });

  it('is wiped by fresh', async () => {
    const first = await openDataFolder(root, false);
    first.remember({ isSeeded: true });
    writeFileSync(first.at('store.db'), 'x');
    first.unlock();
    const second = await openDataFolder(root, true);
    expect(existsSync(second.at('store.db'))).toBe(false);
    expect(second.memory().isSeeded).toBe(false);
    second.unlock();
  });

  it.each([false, true])('is refused when it is somebody else’s (fresh: %s)', async (fresh) => {
    writeFileSync(path.join(root, 'thesis.txt'), 'years of work');
    await expect(openDataFolder(root, fresh)).rejects.toThrow(PartError);
    expect(readFileSync(path.join(root, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('is refused while another stack runs on it, and not after that was killed', async () => {
    const first = await openDataFolder(root, false);
    await expect(openDataFolder(root, true)).rejects.toThrow(/another stack runs/);
    // A process of that number which began at another time is another process.
    const lock = { pid: process.pid, startedAt: 'long ago' };
    writeFileSync(first.at('running.json'), JSON.stringify(lock));
    const second = await openDataFolder(root, false);
    second.unlock();
  });

  it('is refused when another version wrote it', async () => {
    writeFileSync(path.join(root, 'swarm-slashing.json'), '{"v":99}');
    await expect(openDataFolder(root, false)).rejects.toThrow(/another version/);
    const fresh = await openDataFolder(root, true);
    expect(fresh.memory().v).toBe(1);
    fresh.unlock();
  });
});
