import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import { PartError, type Say } from '../../../apps/local/parts/part-error.ts';
import { type RunningProcess, startProcess } from '../../../apps/local/parts/processes.ts';
import { run, which } from '../../../apps/local/parts/which.ts';

/** The AWS emulator's packages, each by version and checksum. */
const requirements = path.join(import.meta.dirname, 'ministack-requirements.txt');

/** Account and region of every local AWS, and the credentials of the account's root. */
export const localAws = {
  account: '000000000000',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const;

/** A local AWS on 127.0.0.1. */
export interface LocalAws {
  /** Endpoint of every service; `localhost` is the name in the certificate. */
  readonly endpoint: string;
  /** Certificate to trust when it speaks TLS, else null. */
  readonly certificate: string | null;
  readonly process: RunningProcess;
  /** Ends it, and the functions that it runs. Nothing of it is kept. */
  readonly stop: () => Promise<void>;
}

function failed(why: string): PartError {
  return new PartError({
    part: 'ministack',
    why,
    whatToDo: [
      'Install Python 3.11 or newer with pip, which fetches it from the Python package index.',
    ],
  });
}

/**
 * Has pip fetch ministack into the cache folder, once, and only what has the known checksums.
 * @returns the folder that Python finds it in
 * @throws PartError without Python or pip, or when pip fails
 */
export async function fetchMinistack(say: Say): Promise<string> {
  const python = which('python3');
  if (python === undefined) throw failed('there is no python3 on PATH to fetch it with.');
  // Wheels are made for one version of Python, so another one has a folder of its own.
  const tag = await run(python, ['-c', 'import sys; print(sys.implementation.cache_tag)'], {
    withinMs: 30_000,
  });
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const folder = path.join(cacheFolder(), 'ministack', `${hash.slice(0, 12)}-${tag.output}`);
  if (existsSync(folder)) return folder;
  say('ministack: fetching it with pip (25 MB, once) …');
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(path.dirname(folder), 'work-'));
  try {
    const into = path.join(work, 'lib');
    const args = ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    const quiet = [
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '--no-warn-script-location',
    ];
    const pip = await run(python, [...args, ...quiet, '--target', into, '-r', requirements], {
      withinMs: 300_000,
    });
    if (pip.code !== 0) throw failed(`pip could not fetch it:\n${pip.output.slice(-2_000)}`);
    // Renamed when complete, so that a run that was killed half-way leaves nothing that looks whole.
    renameSync(into, folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** How a local AWS is started. */
export interface LocalAwsOptions {
  /** State, functions' code, log and certificate go here; the caller removes it. */
  readonly folder: string;
  /** IAM is enforced. It then speaks TLS, because policies refuse what does not. Default false. */
  readonly enforcesIam?: boolean;
  /** What the functions shall find in their environment beside their own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: Say;
}

/** Starts ministack with an environment of its own: its functions inherit all of it. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { folder, enforcesIam = false, env = {}, say = () => {} } = options;
  const library = await fetchMinistack(say);
  const port = await freePort();
  const temporary = path.join(folder, 'aws');
  mkdirSync(temporary, { recursive: true });
  const certificate = enforcesIam ? path.join(temporary, 'ministack-tls/server.crt') : null;
  const process = await startProcess({
    part: 'ministack',
    command: which('python3') ?? 'python3',
    args: ['-m', 'ministack'],
    env: {
      // The first node of PATH runs the functions, whatever runtime they name.
      PATH: [path.dirname(globalThis.process.execPath), '/usr/bin', '/bin'].join(path.delimiter),
      PYTHONPATH: library,
      HOME: temporary,
      TMPDIR: temporary,
      STATE_DIR: path.join(temporary, 'state'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      MINISTACK_REGION: localAws.region,
      ...(enforcesIam && { AUTH: 'true', USE_SSL: '1' }),
      ...env,
    },
    logPath: path.join(folder, 'ministack.log'),
    ready: () => isUp(path.join(folder, 'ministack.log')),
    readyWithinMs: 60_000,
    whatToDo: ['Check that python3 is version 3.11 or newer, and openssl on PATH.'],
  });
  return {
    endpoint: `${enforcesIam ? 'https' : 'http'}://localhost:${port}`,
    certificate,
    process,
    stop: async () => {
      await process.stop();
      endGroup(process.pid);
    },
  };
}

/** It says so itself; asking it would need to trust a certificate that it is still making. */
function isUp(logPath: string): boolean {
  return readFileSync(logPath, 'utf8').includes('Running on http');
}

/** The functions' processes are of ministack's own group, and it is the group's only leader. */
function endGroup(leader: number): void {
  try {
    globalThis.process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them had ended with it.
  }
}
