import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import { type RunningProcess, startProcess } from '../../../apps/local/parts/processes.ts';
import { bundleWorkflows } from '../../../scripts/bundle-workflows.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');

/** What a worker is made of. */
const SOURCES = [
  'activities',
  'adapters',
  'apps/worker',
  'contracts',
  'domain',
  'workflows',
  'package.json',
];

/** A text that is replaced in a file. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Id of the patch behind which the changed release does its new thing. */
export const PATCH = '2026-12-look-before-rung';

const TAKE_RUNG = `    case 'impose-proposed':
      return void run.take(await steps.decideRung({ ...step, dueAtMs: due.atMs }));`;

/** The change: before a rung is decided all heads are looked at anew, and what is then due is done. */
const LOOK_BEFORE_RUNG: readonly Edit[] = [
  {
    file: 'contracts/temporal.ts',
    from: 'export const PATCHES: readonly string[] = [];',
    to: `export const PATCHES: readonly string[] = ['${PATCH}'];`,
  },
  {
    file: 'workflows/violation-case.ts',
    from: '  ParentClosePolicy,\n',
    to: '  ParentClosePolicy,\n  patched,\n',
  },
  {
    file: 'workflows/violation-case.ts',
    from: TAKE_RUNG,
    to: `    case 'impose-proposed': {
      if (!patched('${PATCH}'))
        return void run.take(await steps.decideRung({ ...step, dueAtMs: due.atMs }));
      await reassess(run);
      const still = nextDue(run.case);
      if (still?.act !== due.act || still.atMs > Date.now()) return;
      const anew = { state: run.case, nowMs: Date.now(), dueAtMs: still.atMs };
      return void run.take(await stepsFor(run.case).decideRung(anew));
    }`,
  },
];

/** A release: the sources of a worker with its workflows bundled. */
export interface Release {
  readonly folder: string;
  readonly bundlePath: string;
}

/** The release as the project is now. */
export async function presentRelease(folder: string): Promise<Release> {
  const bundlePath = await bundle(PROJECT, path.join(folder, 'present.js'));
  return { folder: PROJECT, bundlePath };
}

/** A release in a folder of its own that differs from the present one by a change of behaviour behind a patch. */
export async function changedRelease(into: string): Promise<Release> {
  const folder = path.join(into, 'changed');
  for (const source of SOURCES) {
    mkdirSync(path.dirname(path.join(folder, source)), { recursive: true });
    cpSync(path.join(PROJECT, source), path.join(folder, source), { recursive: true });
  }
  symlinkSync(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'));
  for (const { file, from, to } of LOOK_BEFORE_RUNG) {
    const target = path.join(folder, file);
    const before = readFileSync(target, 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} has no "${from}" to change.`);
    writeFileSync(target, after);
  }
  return { folder, bundlePath: await bundle(folder, path.join(into, 'changed.js')) };
}

async function bundle(folder: string, file: string): Promise<string> {
  await bundleWorkflows(folder, file);
  return file;
}

/** Starts a worker of a release, as its image would, and waits until it polls. */
export async function startWorkerOf(
  { folder, bundlePath }: Release,
  env: Readonly<Record<string, string>>,
  logPath: string,
): Promise<RunningProcess> {
  const port = String(await freePort());
  return startProcess({
    part: 'worker',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', path.join(folder, 'apps/worker/main.ts')],
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env, WORKFLOW_BUNDLE: bundlePath, HEALTH_PORT: port },
    logPath,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 200,
    readyWithinMs: 60_000,
    whatToDo: [],
  });
}
