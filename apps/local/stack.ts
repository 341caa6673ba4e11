import type { PromqlServers } from '../../adapters/checks/probes.ts';
import type { Policy } from '../../domain/policy.ts';
import { withTemporal } from '../ops/temporal/connect.ts';
import { scheduleWatch } from '../ops/temporal/watch.ts';
import { NETWORK_ID } from './child-env.ts';
import { type Addresses, issueTokens, type Parts, prepareParts, prepareStore } from './compose.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { ALERTMANAGER_SECRET, demoSources, NATIVE_SECRET } from './demo-sources.ts';
import { requireEnoughPeople } from './enough-people.ts';
import { type CurlRequest, firstRequest } from './first-curl.ts';
import { openIssuer } from './issuer.ts';
import { openKeys } from './keys.ts';
import { isPortFree } from './parts/free-port.ts';
import { PartError, type Say } from './parts/part-error.ts';
import { stopRemembered } from './parts/pid-file.ts';
import { demoPeople, type Person } from './people.ts';
import { canonicalPolicyText, readPolicyFile, requireServers } from './policy-file.ts';

/** How a stack is started. */
export interface StackOptions {
  /** Folder that keeps everything between runs. */
  readonly data: string;
  readonly policyPath: string;
  /** Port of the API; 0 (the default) takes the one of last time, or a free one. */
  readonly port?: number;
  readonly fresh?: boolean;
  /** Temporal's web page too. Default false. */
  readonly ui?: boolean;
  /** People with accounts; the demonstration's if absent. */
  readonly people?: readonly Person[];
  /** Prometheus-compatible servers by the name that the policy's checks use. */
  readonly promqlServers?: PromqlServers;
  readonly maxCachedWorkflows?: number;
  /** The network looks at itself as often as the policy says. Default false: whoever counts what happens wants nothing else to happen. */
  readonly watch?: boolean;
  /** `TEMPORAL_ADDRESS` and `DYNAMODB_ENDPOINT` here mean servers that somebody else runs. Default: the process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly say?: Say;
}

/** A running stack. */
export interface LocalStack {
  readonly urls: {
    readonly api: string;
    readonly issuer: string;
    /** Nodes and notice board of the demonstration. */
    readonly demo: string;
    readonly temporalUi: string | null;
  };
  readonly temporalAddress: string;
  readonly storeEndpoint: string;
  readonly people: readonly Person[];
  /** A token per account. */
  readonly tokens: Readonly<Record<string, string>>;
  /** What the two sources prove themselves with. */
  readonly secrets: { readonly alertmanager: string; readonly native: string };
  /** The printed request that opens a case. */
  readonly firstRequest: CurlRequest;
  /** Each part for itself: to kill it, to stop it, to start it again. What dies by itself is started again. */
  readonly parts: Parts;
  readonly pids: () => Record<keyof Parts, number | null>;
  /** Kills the worker at once; it stays dead until `restartWorker`. */
  readonly killWorker: () => Promise<void>;
  readonly restartWorker: () => Promise<void>;
  /** Kills every part at once, as a power cut would. A new stack may then be started on the same folder. */
  readonly killAll: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the whole system on this machine and answers when it serves. Whatever an earlier run left behind is ended first.
 * @throws PartError that says which part, why, and what to do; what was started before is stopped again
 *
 * @example
 * const stack = await startLocalStack({ data: '/tmp/x', policyPath: 'policies/demo.json' });
 * await fetch(stack.firstRequest.url, { method: 'POST', ...stack.firstRequest });
 */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const { env: outer = process.env, say = () => {}, people = demoPeople() } = options;
  const policy = readPolicyFile(options.policyPath);
  const configuredBy = demoSources().flatMap((source) => source.setBy);
  requireEnoughPeople(policy, people, configuredBy);
  const servers = options.promqlServers ?? parseServers(outer['PROMQL_SERVERS']);
  requireServers(policy, servers);
  const folder = await openDataFolder(options.data, options.fresh ?? false);
  try {
    // The API first: it is the one that ends the others when we are gone.
    await stopRemembered(folder.at('run', 'functions.json'));
    await stopRemembered(folder.at('run', 'worker.json'));
    const apiPort = await choosePort(folder, options.port ?? 0);
    const keys = await openKeys(folder.at('keys.json'));
    const issuer = await openIssuer(`http://127.0.0.1:${apiPort}`, folder.at('issuer-key.json'));
    const { parts, addresses } = await prepareParts({
      folder,
      say,
      issuer,
      apiPort,
      ui: options.ui ?? false,
      env: { ...outer, PROMQL_SERVERS: JSON.stringify(servers) },
      workerEnv: {
        ...(options.maxCachedWorkflows !== undefined && {
          MAX_CACHED_WORKFLOWS: String(options.maxCachedWorkflows),
        }),
      },
    });
    say(`Data: ${folder.root}`);
    const law = { policy, fileText: canonicalPolicyText(options.policyPath) };
    await startParts(parts, say, async () => {
      say('Store: tables, policy, sources');
      const inForce = await prepareStore(addresses.store, folder, law, say);
      say(`Law: ${inForce.version}`);
      // People may have published another law since, and who did that judges no case under it.
      requireEnoughPeople(inForce, people, configuredBy);
    });
    if (options.watch) await startWatch(addresses.temporal, policy);
    const tokens = await issueTokens(issuer, people, folder.at('tokens.json'));
    const secrets = {
      alertmanager: keys[ALERTMANAGER_SECRET]?.[0] ?? '',
      native: keys[NATIVE_SECRET]?.[0] ?? '',
    };
    return runningStack({ parts, addresses, folder, people, tokens, secrets, apiPort });
  } catch (error) {
    folder.unlock();
    throw error;
  }
}

/** Sets the schedules of the watch, as `ops temporal watch` does for an installation. */
async function startWatch(address: string, policy: Policy): Promise<void> {
  await withTemporal({ TEMPORAL_ADDRESS: address }, (it) =>
    scheduleWatch(it, { networkId: NETWORK_ID, everyMs: policy.watchEveryMs }),
  );
}

/** Temporal and the store together, then what needs them together; all or none. */
async function startParts(parts: Parts, say: Say, prepare: () => Promise<void>): Promise<void> {
  try {
    say('Temporal server and store: starting …');
    await together([parts.temporal.start(), parts.store.start().then(prepare)]);
    say('Worker and API: starting …');
    await together([parts.worker.start(), parts.functions.start()]);
  } catch (error) {
    await killParts(parts);
    throw error;
  }
}

/** Waits for all, so that nothing is still being started when the first failure is reported. */
async function together(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function killParts(parts: Parts): Promise<void> {
  await Promise.all(Object.values(parts).map((part) => part.kill9()));
}

async function choosePort(folder: DataFolder, wanted: number): Promise<number> {
  const port = wanted === 0 ? folder.memory().apiPort : wanted;
  for (const [taken, option] of [
    [port, 'another with --port'],
    [folder.memory().demoPort, 'another data folder with --data, or begin anew with --fresh'],
  ] as const) {
    if (await isPortFree(taken)) continue;
    throw new PartError({
      part: 'API',
      why: `port ${taken} of 127.0.0.1 is taken.`,
      whatToDo: [`Stop what listens there, or choose ${option}.`],
    });
  }
  folder.remember({ apiPort: port });
  return port;
}

function parseServers(text: string | undefined): PromqlServers {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PartError({
      part: 'configuration',
      why: 'PROMQL_SERVERS is not JSON.',
      whatToDo: ['Write it as {"name": {"url": "http://…", "group": "…"}}'],
      cause,
    });
  }
}

interface Started {
  parts: Parts;
  addresses: Addresses;
  folder: DataFolder;
  people: readonly Person[];
  tokens: Record<string, string>;
  secrets: LocalStack['secrets'];
  apiPort: number;
}

function runningStack(started: Started): LocalStack {
  const { parts, addresses, folder, people, tokens, secrets, apiPort } = started;
  const api = `http://127.0.0.1:${apiPort}`;
  return {
    urls: {
      api,
      issuer: api,
      demo: `http://127.0.0.1:${folder.memory().demoPort}`,
      temporalUi: addresses.temporalUi,
    },
    temporalAddress: addresses.temporal,
    storeEndpoint: addresses.store,
    people,
    tokens,
    secrets,
    firstRequest: firstRequest(api, secrets.alertmanager, Date.now()),
    parts,
    pids: () => ({
      temporal: parts.temporal.pid(),
      store: parts.store.pid(),
      worker: parts.worker.pid(),
      functions: parts.functions.pid(),
    }),
    killWorker: () => parts.worker.kill9(),
    restartWorker: () => parts.worker.start(),
    async killAll() {
      await killParts(parts);
      folder.unlock();
    },
    async stop() {
      // Against the stream: first nothing new comes in, last the store closes.
      await parts.functions.stop();
      await parts.worker.stop();
      await parts.temporal.stop();
      await parts.store.stop();
      folder.unlock();
    },
  };
}
