import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { PartError } from './parts/part-error.ts';
import { startProcess } from './parts/processes.ts';
import { waitUntil } from './parts/wait-until.ts';
import { type Supervised, supervise } from './supervise.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'swarm-supervise-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let part: Supervised | undefined;
afterEach(() => part?.kill9());

/** A process that writes its number into a file when it is ready, and then waits. */
function sleeper(name: string, breaks: () => boolean = () => false) {
  const file = path.join(folder, name);
  return () => {
    writeFileSync(file, '');
    return startProcess({
      part: name,
      command: process.execPath,
      args: [
        '-e',
        breaks()
          ? 'process.exit(3)'
          : `require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`,
      ],
      logPath: path.join(folder, `${name}.log`),
      ready: () => readFileSync(file, 'utf8') !== '',
      readyWithinMs: 10_000,
      whatToDo: ['nothing'],
    });
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a supervised part', () => {
  it('runs again after it was killed from outside, again and again', async () => {
    part = supervise('worker', sleeper('again'), () => {});
    await part.start();
    const pids = new Set<number>();
    for (let times = 0; times < 3; times++) {
      await waitUntil(() => part?.pid() != null, { what: 'it runs', withinMs: 10_000 });
      const pid = part.pid() ?? 0;
      pids.add(pid);
      process.kill(pid, 'SIGKILL');
      await waitUntil(() => part?.pid() !== pid, { what: 'it is missed', withinMs: 5_000 });
    }
    await waitUntil(() => part?.pid() != null, { what: 'it runs', withinMs: 10_000 });
    expect(pids.size).toBe(3);
  });

  it('stays dead when it was killed on purpose, until it is started', async () => {
    part = supervise('worker', sleeper('dead'), () => {});
    await part.start();
    const first = part.pid() ?? 0;
    await part.kill9();
    expect(part.pid()).toBeNull();
    expect(isAlive(first)).toBe(false);
    await part.start();
    const second = part.pid() ?? 0;
    expect(isAlive(second)).toBe(true);
    await part.start();
    expect(part.pid()).toBe(second);
    await part.stop();
    expect(isAlive(second)).toBe(false);
  });

  it('is tried again when it does not come up, with the reason said', async () => {
    const said: string[] = [];
    let tries = 0;
    const launch = sleeper('broken', () => tries++ === 1);
    part = supervise('worker', launch, (line) => said.push(line));
    await part.start();
    process.kill(part.pid() ?? 0, 'SIGKILL');
    await waitUntil(() => said.includes('worker runs again'), {
      what: 'it is well',
      withinMs: 15_000,
    });
    expect(said[0]).toContain('worker ended by itself (SIGKILL)');
    expect(said[1]).toContain('exit code 3');
  });

  it('rejects when its first start fails', async () => {
    part = supervise(
      'worker',
      sleeper('never', () => true),
      () => {},
    );
    await expect(part.start()).rejects.toThrow(PartError);
    expect(part.pid()).toBeNull();
  });

  it('may be stopped while it is started', async () => {
    part = supervise('worker', sleeper('race'), () => {});
    const started = part.start();
    await part.stop();
    await started;
    expect(part.pid()).toBeNull();
    expect(isAlive(Number(readFileSync(path.join(folder, 'race'), 'utf8')))).toBe(false);
  });
});
