import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { openTestStore, type TestStore } from '../../adapters/dynamodb/test-store.ts';
import { startStore } from '../../apps/local/parts/store.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../contracts/temporal.ts';
import type { Policy } from '../../domain/policy.ts';
import type { CaseStore } from '../../domain/ports/case-store.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import { timeSkippingServer } from '../support/parts/time-skipping.ts';
import { FakeMonitors } from './fake-monitors.ts';

/** A clock that follows the server's skipped time: read after each step, running on at the real pace between. */
class ServerClock {
  private baseMs = Date.now();
  private readAtMs = performance.now();

  nowMs = (): number => Math.floor(this.baseMs + (performance.now() - this.readAtMs));

  async follow(environment: TestWorkflowEnvironment): Promise<void> {
    this.baseMs = await environment.currentTimeMs();
    this.readAtMs = performance.now();
  }
}

/**
 * The real workflows, activities and store under skipped time, with fakes only at ports of the domain: monitors, probes and
 * the participants' endpoints. One clock for everything.
 */
export interface CaseWorld {
  readonly policy: Policy;
  readonly clock: ServerClock;
  readonly monitors: FakeMonitors;
  readonly environment: TestWorkflowEnvironment;
  readonly cases: CaseStore;
  readonly registry: ParticipantRegistry;
  readonly stores: TestStore;
  /** Whether an activity runs now. */
  isBusy(): boolean;
  close(): Promise<void>;
}

/** Opens a world under a policy file. `maxCachedWorkflows: 0` makes every task replay: the cheapest detector of nondeterminism. */
export async function openCaseWorld(
  policyFile: string,
  maxCachedWorkflows = 50,
): Promise<CaseWorld> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-world-'));
  const running = await startStore({
    dbPath: path.join(folder, 'store.db'),
    logPath: path.join(folder, 'store.log'),
    say: () => {},
  });
  process.env['DYNAMODB_ENDPOINT'] = running.endpoint;
  const stores = await openTestStore();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: await timeSkippingServer() },
  });
  await registerSearchAttributes(environment);
  const policy = readPolicy(policyFile);
  const clock = new ServerClock();
  await clock.follow(environment);
  const monitors = new FakeMonitors(policy, clock.nowMs);
  const cases = createCaseStore(stores.store);
  const activities = createActivities({
    cases,
    evidence: monitors,
    directory: monitors,
    probes: monitors,
    notifier: monitors,
    clock,
  });
  const counted = countUnderWay(activities);
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: counted.activities,
    maxCachedWorkflows,
  });
  const serving = worker.run();
  return {
    policy,
    clock,
    monitors,
    environment,
    cases,
    stores,
    registry: createParticipantRegistry(stores.store),
    isBusy: () => counted.underWay() > 0,
    async close() {
      worker.shutdown();
      await serving;
      await environment.teardown();
      stores.close();
      await running.process?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Reads and validates one of the committed policies. */
export function readPolicy(file: string): Policy {
  const text = readFileSync(path.join(import.meta.dirname, '../../policies', file), 'utf8');
  return parsePolicy(JSON.parse(text), (canonical) =>
    createHash('sha256').update(canonical).digest('hex'),
  );
}

let bundle: Promise<{ code: string }> | null = null;

/** The workflows as the worker loads them, built once per test process. */
export function workflowBundle(): Promise<{ code: string }> {
  const workflowsPath = path.join(import.meta.dirname, '../../workflows/index.ts');
  bundle ??= bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return bundle;
}

async function registerSearchAttributes(environment: TestWorkflowEnvironment): Promise<void> {
  const types = {
    KEYWORD: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    DATETIME: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  };
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[type]]),
  );
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes,
  });
}

function countUnderWay<A extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: A,
): { activities: A; underWay: () => number } {
  let underWay = 0;
  const counted = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: never[]) => {
        underWay += 1;
        try {
          return await run(...args);
        } finally {
          underWay -= 1;
        }
      },
    ]),
  );
  return { activities: counted as A, underWay: () => underWay };
}
