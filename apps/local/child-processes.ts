import path from 'node:path';
import { freePort } from './parts/free-port.ts';
import { type RunningProcess, startProcess } from './parts/processes.ts';

const projectDir = path.resolve(import.meta.dirname, '../..');

/** Where a process of ours writes what it says, and where it is remembered between runs. */
export interface ChildPlace {
  readonly logPath: string;
  readonly pidPath: string;
  /** The stack's folder; an argument without effect, so that the command line says whose process it is. */
  readonly root: string;
}

const READY_WITHIN_MS = 60_000;

/** The worker, in a process of its own; ready when its pollers poll. */
export async function startWorkerProcess(
  { root, ...place }: ChildPlace,
  env: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const healthPort = await freePort();
  return startProcess({
    part: 'worker',
    ...program('apps/worker/main.ts', root, { ...env, HEALTH_PORT: String(healthPort) }),
    ...place,
    ready: () => answersOk(`http://127.0.0.1:${healthPort}/`),
    readyWithinMs: READY_WITHIN_MS,
    whatToDo: ['Is the Temporal server running? Start again.'],
  });
}

/** The functions behind HTTP, in a process of their own; ready when a request can be served. */
export function startFunctionsProcess(
  { root, ...place }: ChildPlace,
  env: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  return startProcess({
    part: 'API',
    ...program('apps/local/serve.ts', root, env),
    ...place,
    ready: () => answersOk(`http://127.0.0.1:${env['API_PORT']}/v1/health`),
    readyWithinMs: READY_WITHIN_MS,
    whatToDo: [
      `Does something else listen on port ${env['API_PORT']} or ${env['DEMO_PORT']}? Stop it, or choose another with --port.`,
    ],
  });
}

function program(file: string, root: string, env: Readonly<Record<string, string>>) {
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', path.join(projectDir, file), root],
    cwd: projectDir,
    env: { ...env },
  };
}

async function answersOk(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  await answer.body?.cancel();
  return answer.status === 200;
}
