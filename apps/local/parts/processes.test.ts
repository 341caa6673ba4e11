import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { PartError } from './part-error.ts';
import { rememberProcess, stopRemembered } from './pid-file.ts';
import { type ProcessSpec, startProcess } from './processes.ts';

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-processes-'));
  program = path.join(folder, 'server.mjs');
  // Listens on a port; "stubborn" does not end when it is asked to, "broken" ends at once.
  writeFileSync(
    program,
    `import { createServer } from 'node:http';
     const [port, mood] = process.argv.slice(2);
     if (mood === 'broken') { console.error('the disk is full'); process.exit(3); }
     if (mood === 'stubborn') process.on('SIGTERM', () => console.log('no'));
     createServer((_, response) => response.end('yes')).listen(Number(port), '127.0.0.1');`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function spec(mood: string): Promise<ProcessSpec> {
  const port = await freePort();
  return {
    part: 'example',
    command: process.execPath,
    args: [program, String(port), mood],
    logPath: path.join(folder, `${mood}.log`),
    pidPath: path.join(folder, `${mood}.pid`),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/`)).ok,
    readyWithinMs: 10_000,
    stopWithinMs: 300,
    whatToDo: ['Free some space.'],
  };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('startProcess', () => {
  it('returns when the process answers, and stops it politely', async () => {
    const running = await startProcess(await spec('polite'));
    expect(running.isRunning()).toBe(true);
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(running.pid)).toBe(false);
  });

  it('kills a process that does not end when asked', async () => {
    const running = await startProcess(await spec('stubborn'));
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(running.lastLines()).toEqual(['no']);
  });

  it('says which part failed, its last words and what to do when it ends at once', async () => {
    const failure = await startProcess(await spec('broken')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartError);
    expect(String(failure)).toMatch(
      /example: it ended \(exit code 3\).*the disk is full.*Free some space/s,
    );
  });

  it('says so when the command does not exist', async () => {
    const missing = { ...(await spec('missing')), command: path.join(folder, 'nothing') };
    await expect(startProcess(missing)).rejects.toThrow(/it could not be started.*ENOENT/s);
  });

  it('gives up at its deadline and leaves no process behind', async () => {
    const deaf = { ...(await spec('deaf')), ready: () => false, readyWithinMs: 400 };
    const failure = await startProcess(deaf).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/does not answer: not within 400 ms/);
    expect(await stopRemembered(deaf.pidPath ?? '')).toBe(false);
  });

  it('stops what an earlier run left behind before it starts anew', async () => {
    const wanted = await spec('left');
    const orphan = spawn(wanted.command, [...wanted.args], { stdio: 'ignore' });
    const gone = new Promise((resolve) => orphan.once('exit', (_, signal) => resolve(signal)));
    rememberProcess(wanted.pidPath ?? '', { pid: orphan.pid ?? 0, ...wanted });
    const running = await startProcess(wanted);
    expect(await gone).toBe('SIGTERM');
    await running.stop();
  });
});

describe('stopRemembered', () => {
  it('leaves another process with the same number alone', async () => {
    const pidPath = path.join(folder, 'other.pid');
    rememberProcess(pidPath, { pid: process.pid, command: 'temporal', args: ['server'] });
    expect(await stopRemembered(pidPath)).toBe(false);
    expect(isAlive(process.pid)).toBe(true);
  });

  it('takes a file that is damaged or missing as nothing remembered', async () => {
    const pidPath = path.join(folder, 'damaged.pid');
    writeFileSync(pidPath, '{"pid":');
    expect(await stopRemembered(pidPath)).toBe(false);
    expect(await stopRemembered(pidPath)).toBe(false);
  });
});
