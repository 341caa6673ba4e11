import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { openStore, type Store } from '../../../adapters/dynamodb/client.ts';
import { createSealedSecrets } from '../../../adapters/dynamodb/sealed-secrets.ts';
import { createKmsEnvelope } from '../../../adapters/sealing/kms-envelope.ts';
import { createSealedRegistry } from '../../../adapters/secrets/sealed-registry.ts';
import { startWorkerProcess } from '../../../apps/local/child-processes.ts';
import { ALERTMANAGER_SECRET, NATIVE_SECRET } from '../../../apps/local/demo-sources.ts';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import type { RunningProcess } from '../../../apps/local/parts/processes.ts';
import { startTemporal } from '../../../apps/local/parts/temporal.ts';
import { canonicalPolicyText, readPolicyFile } from '../../../apps/local/policy-file.ts';
import { enactPolicy, seedNetwork } from '../../../apps/local/seed.ts';
import { cachedWorkflowBundle } from '../../../apps/worker/bundle.ts';
import { type LocalAws, localAws, startLocalAws } from '../parts/ministack.ts';
import { openApiProxy } from './api-proxy.ts';
import { bootstrap, type Cdk, cdkOf, deploy, type Outputs, synthesise } from './cdk.ts';
import { makeEmulable } from './emulable.ts';
import { type Outside, openOutside } from './outside.ts';
import { writeProfiles } from './profiles.ts';

/** Begin of the names of the rehearsal's tables. */
export const TABLE_PREFIX = 'swarm-rehearsal-';
/** The stacks that the app deploys. */
export const DATA_STACK = 'swarm-rehearsal-data';
export const SERVICE_STACK = 'swarm-rehearsal-service';

/** The real app, deployed to a local AWS, with a real Temporal server beside it. */
export interface Installation {
  readonly folder: string;
  readonly aws: LocalAws;
  readonly cdk: Cdk;
  /** The assembly that was deployed. */
  readonly assembly: string;
  readonly outputs: Outputs;
  readonly temporalAddress: string;
  readonly outside: Outside;
  /** The deployed API, for clients that cannot choose the Host header. */
  readonly urls: { readonly api: string };
  readonly tokens: Readonly<Record<string, string>>;
  /** What the two sources prove themselves with. */
  readonly secrets: { readonly alertmanager: string; readonly native: string };
  /** The deployed tables, as the account's root sees them. */
  readonly store: Store;
  /** Puts the demo policy, the sources and the demonstration's participants into the tables. */
  readonly seed: () => Promise<void>;
  /** A worker in a process of its own, on the deployed tables. Ended with the installation. */
  readonly startWorker: () => Promise<RunningProcess>;
  readonly stop: () => Promise<void>;
}

/** How an installation is made. */
export interface InstallOptions {
  /** IAM is enforced by the local AWS. Default false. */
  readonly enforcesIam?: boolean;
}

/** Bootstraps a fresh local AWS and deploys the app to it with the plain CDK command line. What was begun is undone when a part fails. */
export async function install(options: InstallOptions = {}): Promise<Installation> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-aws-'));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await begin(folder, options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function begin(
  folder: string,
  options: InstallOptions,
  undo: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Installation> {
  const outside = await openOutside(path.join(folder, 'outside'));
  undo.push(outside.close);
  const temporal = await startTemporal({
    dbPath: path.join(folder, 'temporal.db'),
    logPath: path.join(folder, 'temporal.log'),
    say: () => {},
  });
  undo.push(() => temporal.process?.stop());
  const aws = await startLocalAws({ folder, enforcesIam: options.enforcesIam ?? false });
  undo.push(aws.stop);
  becomeClientOf(aws, folder);
  const cdk = cdkOf(aws, folder);
  const [assembly] = await Promise.all([
    synthesise(folder, {
      temporalAddress: temporal.address,
      issuer: outside.url,
      jwksUrl: outside.jwksUrl,
    }),
    bootstrap(cdk),
  ]);
  makeEmulable(assembly);
  const outputs = await deploy(cdk, assembly);
  const proxy = await openApiProxy(aws, outputs[SERVICE_STACK]?.['ApiUrl'] ?? '');
  undo.push(proxy.close);
  const store = openStore({ region: localAws.region, tablePrefix: TABLE_PREFIX });
  undo.push(() => store.client.destroy());
  const startWorker = async () => {
    const worker = await startDeployedWorker(folder, aws, outputs, temporal.address);
    undo.push(() => worker.stop());
    return worker;
  };
  return {
    folder,
    aws,
    cdk,
    assembly,
    outputs,
    outside,
    store,
    stop,
    startWorker,
    temporalAddress: temporal.address,
    urls: { api: proxy.url },
    tokens: outside.tokens,
    secrets: {
      alertmanager: outside.secrets[ALERTMANAGER_SECRET]?.[0] ?? '',
      native: outside.secrets[NATIVE_SECRET]?.[0] ?? '',
    },
    seed: () => seedStore(store, outside, sealingKeyOf(outputs)),
  };
}

/** Makes this process a client of a local AWS like any other: by its environment, and by trusting its certificate. */
function becomeClientOf(aws: LocalAws, folder: string): void {
  Object.assign(process.env, writeProfiles(folder, {}), {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: localAws.region,
    AWS_PROFILE: 'root',
  });
  if (aws.certificate === null) return;
  tls.setDefaultCACertificates([
    ...tls.getCACertificates('default'),
    readFileSync(aws.certificate, 'utf8'),
  ]);
}

/** ARN of the key that seals secrets and payloads. */
export function sealingKeyOf(outputs: Outputs): string {
  const found = Object.entries(outputs[DATA_STACK] ?? {}).find(([name]) =>
    name.includes('SealingKey'),
  );
  if (found === undefined) throw new Error('The data stack says nothing of its sealing key.');
  return found[1];
}

async function seedStore(store: Store, outside: Outside, keyId: string): Promise<void> {
  const policy = readPolicyFile('policies/demo.json');
  const fileText = canonicalPolicyText('policies/demo.json');
  const createdAtMs = Date.now();
  const clock = { nowMs: () => Date.now() };
  const keeper = createSealedRegistry({
    items: createSealedSecrets(store),
    envelope: createKmsEnvelope({ region: localAws.region, keyId, clock }),
    networkId: store.networkId,
    clock,
  });
  await enactPolicy({ store, policy, fileText, createdAtMs });
  await seedNetwork({ store, policy, createdAtMs, demoUrl: outside.url });
  for (const [secretId, [secret]] of Object.entries(outside.secrets)) {
    if (secret !== undefined) await keeper.put(secretId, secret);
  }
}

async function startDeployedWorker(
  folder: string,
  aws: LocalAws,
  outputs: Outputs,
  temporalAddress: string,
): Promise<RunningProcess> {
  const place = {
    root: folder,
    logPath: path.join(folder, 'worker.log'),
    pidPath: path.join(folder, 'worker.json'),
  };
  const profiles = writeProfiles(folder, { worker: outputs[SERVICE_STACK]?.['WorkerRole'] ?? '' });
  return startWorkerProcess(place, {
    PATH: process.env['PATH'] ?? '',
    ...profiles,
    AWS_PROFILE: 'worker',
    AWS_REGION: localAws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    ...(aws.certificate !== null && { NODE_EXTRA_CA_CERTS: aws.certificate }),
    TABLE_PREFIX,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    SEALING_KEY: sealingKeyOf(outputs),
    NOTICE_ALLOW_PRIVATE: 'true',
    WORKFLOW_BUNDLE: await cachedWorkflowBundle(path.join(cacheFolder(), 'workflows')),
    POWERTOOLS_LOG_LEVEL: 'WARN',
    END_WITH_PARENT: 'true',
  });
}
