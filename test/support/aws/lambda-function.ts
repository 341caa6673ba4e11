import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PartError } from '../../../apps/local/parts/part-error.ts';
import { type RunningProcess, startProcess } from '../../../apps/local/parts/processes.ts';
import { cpuMsOf } from '../cpu-time.ts';
import { lambdaRuntime } from '../parts/lambda-runtime.ts';
import { type Invocation, type LambdaError, startRuntimeApi } from './runtime-api.ts';

/** A function as it is deployed. */
export interface FunctionSpec {
  readonly name: string;
  /** Folder with the bundle. */
  readonly taskRoot: string;
  /** Default `index.handler`. */
  readonly handler?: string;
  readonly memoryMb?: number;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** The function's own configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** What the function prints goes here. */
  readonly logFolder: string;
}

/** One process of a function under Amazon's runtime client: what Lambda calls an execution environment. */
export interface LambdaFunction {
  /** From the start of the process until the runtime asked for work. */
  readonly initMs: number;
  /** One event at a time; between two of them the process is frozen. Rejects if the function takes longer than its timeout, and ends it. */
  readonly invoke: (event: unknown) => Promise<Invocation>;
  /** Whether the process stands still, as it does between two invocations. */
  readonly isFrozen: () => boolean;
  /** Processor time that the process has had, in ms, to the nearest 10. */
  readonly cpuMs: () => number;
  /** The most memory that the process has had, in MB. */
  readonly peakMb: () => number;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** The function could not be loaded: what the runtime told Lambda. */
export class InitFailed extends Error {
  override readonly name = 'InitFailed';
  readonly told: LambdaError;

  constructor(told: LambdaError) {
    super(`${told.errorType}: ${told.errorMessage}`);
    this.told = told;
  }
}

const READY_WITHIN_MS = 60_000;

const quiet = () => {};

/**
 * Starts one process of a function.
 * @throws InitFailed when the runtime cannot load the handler; PartError when the process does not start
 */
export async function startFunction(spec: FunctionSpec): Promise<LambdaFunction> {
  const { name, logFolder, memoryMb = 512, timeoutMs = 30_000 } = spec;
  const runtime = await lambdaRuntime(quiet);
  let process: RunningProcess | null = null;
  const send = (signal: 'SIGSTOP' | 'SIGCONT') => {
    if (process?.isRunning()) globalThis.process.kill(process.pid, signal);
  };
  const api = await startRuntimeApi({
    functionArn: arnOf(name),
    onIdle: () => send('SIGSTOP'),
    onWork: () => send('SIGCONT'),
  });
  const stop = async () => {
    api.close();
    // A frozen process does not hear that it should end.
    send('SIGCONT');
    await process?.stop();
  };
  const startedAtMs = performance.now();
  try {
    process = await startProcess({
      part: `function ${name}`,
      command: globalThis.process.execPath,
      args: [...nodeOptions(memoryMb), runtime],
      cwd: spec.taskRoot,
      env: environmentOf(spec, memoryMb, api.address),
      logPath: path.join(logFolder, `${name}-${randomUUID().slice(0, 8)}.log`),
      ready: () => api.readyAtMs() !== null,
      readyWithinMs: READY_WITHIN_MS,
      whatToDo: ['See what it printed.'],
    });
  } catch (error) {
    api.close();
    const told = api.initError();
    if (told !== null && error instanceof PartError) throw new InitFailed(told);
    throw error;
  }
  const { pid, logPath, exited } = process;
  // A function that ends in an invocation will not answer it.
  void exited.then(() => api.close());
  return {
    initMs: (api.readyAtMs() ?? startedAtMs) - startedAtMs,
    async invoke(event) {
      const answer = api.invoke(event, timeoutMs);
      const clock = setTimeout(() => {
        void process?.kill9();
        api.close();
      }, timeoutMs);
      try {
        return await answer;
      } finally {
        clearTimeout(clock);
      }
    },
    isFrozen: () => /^State:\s+T/m.test(statusOf(pid)),
    cpuMs: () => cpuMsOf(pid),
    peakMb: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? 0) / 1_024,
    log: () => readFileSync(logPath, 'utf8'),
    stop,
  };
}

/** The ARN by which a function is invoked here. */
export function arnOf(name: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
}

/** As the managed runtime starts Node: the heap follows the function's memory. */
function nodeOptions(memoryMb: number): string[] {
  const newSpaceMb = Math.floor(memoryMb / 10);
  return [
    '--expose-gc',
    '--max-http-header-size=81920',
    `--max-semi-space-size=${Math.floor(newSpaceMb / 2)}`,
    `--max-old-space-size=${memoryMb - newSpaceMb}`,
  ];
}

/** Lambda's reserved variables, and the function's own; nothing of this machine's. */
function environmentOf(
  { name, taskRoot, handler = 'index.handler', env }: FunctionSpec,
  memoryMb: number,
  runtimeApi: string,
): Record<string, string> {
  const region = env['AWS_REGION'] ?? 'eu-west-1';
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    ...env,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${date}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: handler,
  };
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}
