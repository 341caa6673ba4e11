import path from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { ActivityPorts } from '../../../activities/ports.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { localStoreAccess } from '../../../apps/local/parts/store.ts';
import { composePorts } from '../../../apps/worker/compose.ts';
import { type WorkerConfig, workerConfig } from '../../../apps/worker/config.ts';
import { createWorker } from '../../../apps/worker/worker.ts';
import { connectCaseWorkflows } from '../../../functions/shared/temporal.ts';
import { type RealParts, startRealParts } from '../../support/chaos/real-parts.ts';
import { BARE_QUEUE, BareWrites } from './bare.ts';
import type { Stage } from './escalation.ts';
import { openProviders, type Providers } from './providers.ts';
import { quickLaw } from './quick-law.ts';
import { StepWatch } from './step-watch.ts';
import { type StoreSpy, spyOn } from './store-spy.ts';

/** One server, one store and one namespace, with two workers of this process: the real one, and one for bare workflows. */
export interface Site extends Stage {
  readonly providers: Providers;
  readonly bare: BareWrites;
  readonly spy: StoreSpy;
  /** Process ids of server and store; absent where somebody else runs them. */
  readonly pids: { readonly temporal?: number; readonly store?: number };
  close(): Promise<void>;
}

const NETWORK = 'bench';

/** An update waits for its step, which on a full machine takes its time. */
const PATIENCE_MS = 120_000;

/** Opens it all; each window of a case is this long, and beside those with cases there are so many providers. */
export async function openSite(windowMs: number, bystanders: number): Promise<Site> {
  Runtime.install({
    // Whoever stops the bench wants it to end, parts and all: see `cases.ts`.
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: {
        filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }),
        forward: {},
      },
    },
  });
  const parts = await startRealParts();
  const store = parts.store(NETWORK);
  const watch = new StepWatch();
  const spy = spyOn(store);
  const client = await parts.client(NETWORK);
  const providers = await openProviders(store, quickLaw(windowMs), bystanders);
  const config = configOf(parts);
  const bare = new BareWrites(store.client);
  const closeWorkers = await startWorkers(
    config,
    portsOf(config, spy.store, providers),
    bare,
    watch,
  );
  const cases = connectCaseWorkflows({
    address: parts.temporal.address,
    namespace: NETWORK,
    signalDeadlineMs: PATIENCE_MS,
    updateDeadlineMs: PATIENCE_MS,
  });
  const temporal = parts.temporal.process?.pid;
  return {
    networkId: NETWORK,
    client,
    cases,
    watch,
    providers,
    bare,
    spy,
    pids: {
      ...(temporal !== undefined && { temporal }),
      ...(parts.storePid !== undefined && { store: parts.storePid }),
    },
    async close() {
      await closeWorkers();
      await cases.close();
      await parts.close();
    },
  };
}

function configOf(parts: RealParts): WorkerConfig {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: localStoreAccess.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localStoreAccess.credentials.secretAccessKey,
  });
  return workerConfig({
    TEMPORAL_ADDRESS: parts.temporal.address,
    TEMPORAL_NAMESPACE: NETWORK,
    NETWORK_ID: NETWORK,
    TABLE_PREFIX: parts.tablePrefix,
    AWS_REGION: localStoreAccess.region,
    DYNAMODB_ENDPOINT: parts.storeEndpoint,
    KEY_FILE: path.join(parts.folder, 'keys.json'),
    WORKFLOW_BUNDLE: parts.bundlePath,
  });
}

/** The worker's own, but for the world outside: looks and deliveries answer at once, so that no network of ours is timed. */
function portsOf(config: WorkerConfig, store: Store, providers: Providers): ActivityPorts {
  return {
    ...composePorts(config, store),
    probes: {
      async look(check, participant) {
        const healthy = !providers.isDown(participant.participantId);
        return { healthy, group: check.group, detail: `healthy: ${healthy}` };
      },
    },
    notifier: { deliver: async () => ({ delivered: true, reason: '' }) },
  };
}

/** The real worker as it is, and one with the same options and none of our code. Returns how to end both. */
async function startWorkers(
  config: WorkerConfig,
  ports: ActivityPorts,
  bare: BareWrites,
  watch: StepWatch,
): Promise<() => Promise<void>> {
  const { address, namespace } = config.temporal;
  const real = await createWorker({
    address,
    namespace,
    ports,
    maxCachedWorkflows: config.maxCachedWorkflows,
    workflows: { bundlePath: config.workflowBundlePath ?? '' },
    aroundSteps: [watch.around],
  });
  const connection = await NativeConnection.connect({ address });
  const other = await Worker.create({
    connection,
    namespace,
    taskQueue: BARE_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: path.join(import.meta.dirname, 'bare-workflow.ts'),
      logger: new DefaultLogger('ERROR'),
    }),
    activities: { ...bare.activities },
    interceptors: { activity: [watch.around] },
    maxCachedWorkflows: config.maxCachedWorkflows,
    stickyQueueScheduleToStartTimeout: real.worker.options.stickyQueueScheduleToStartTimeout,
  });
  const running = [real.run(), other.run().finally(() => connection.close())];
  return async () => {
    real.worker.shutdown();
    other.shutdown();
    await Promise.all(running);
  };
}
