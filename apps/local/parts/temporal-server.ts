import { Connection } from '@temporalio/client';
import { asArguments, ensureSearchAttributes } from '../../ops/temporal/search-attributes.ts';
import { freePort } from './free-port.ts';
import { PartError } from './part-error.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { waitUntil } from './wait-until.ts';

/** A Temporal server that answers. `process` is absent when somebody else runs it. */
export interface RunningTemporal {
  /** `host:port` of its gRPC service. */
  readonly address: string;
  /** URL of its web page, when it has one that we know of. */
  readonly uiUrl?: string;
  readonly process?: RunningProcess;
}

/** Where a server of our own keeps its things and listens. */
export interface TemporalServerOptions {
  /** SQLite file with all its state; survives `kill -9`. */
  readonly dbPath: string;
  readonly logPath: string;
  readonly pidPath?: string;
  /** gRPC port; a free one if absent. */
  readonly port?: number;
  /** Settings of the server that differ from its defaults, by their names. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Web page's port; without it the server has no web page. */
  readonly uiPort?: number;
}

const whatToDo = [
  'Is another server already using the same data folder or port? Stop it, or choose another with --data.',
  'Use a server of your own: TEMPORAL_ADDRESS=host:port',
] as const;

/** Starts Temporal's dev server from its executable and waits until gRPC answers and the attributes exist. */
export async function startTemporalServer(
  executable: string,
  options: TemporalServerOptions,
): Promise<RunningTemporal> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const process = await startProcess({
    part: 'Temporal server',
    command: executable,
    args: serverArguments(options, port),
    logPath: options.logPath,
    ...(options.pidPath === undefined ? {} : { pidPath: options.pidPath }),
    ready: () => answers(address),
    readyWithinMs: 60_000,
    whatToDo,
  });
  await addSearchAttributes(address);
  const uiUrl = options.uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${options.uiPort}` };
  return { address, process, ...uiUrl };
}

/** Checks that a server which somebody else runs answers, and adds our search attributes to it. */
export async function useTemporalServer(address: string): Promise<RunningTemporal> {
  try {
    await waitUntil(() => answers(address), { what: `${address} answers`, withinMs: 5_000 });
  } catch (cause) {
    throw new PartError({
      part: 'Temporal server',
      why: `TEMPORAL_ADDRESS is ${address}, but nothing answers there.`,
      whatToDo: ['Start that server, or unset TEMPORAL_ADDRESS to have one started.'],
      cause,
    });
  }
  await addSearchAttributes(address);
  return { address };
}

function serverArguments(options: TemporalServerOptions, port: number): string[] {
  const page =
    options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--db-filename=${options.dbPath}`,
    // Two to three times the throughput of the defaults, and still safe when the process is killed.
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=NORMAL',
    ...asArguments().map((attribute) => `--search-attribute=${attribute}`),
    ...Object.entries(options.settings ?? {}).map(
      ([name, value]) => `--dynamic-config-value=${name}=${value}`,
    ),
    '--log-level=error',
    ...page,
  ];
}

async function addSearchAttributes(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await ensureSearchAttributes({ connection, namespace: 'default' });
  } finally {
    await connection.close();
  }
}

async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}
