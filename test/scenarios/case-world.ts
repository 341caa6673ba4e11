import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { createBreaker } from '../../adapters/dynamodb/breaker.ts';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import type { Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { createClockHolds } from '../../adapters/dynamodb/incidents.ts';
import { createEvidence } from '../../adapters/dynamodb/intake-evidence.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { type Fault, injectFaults, type StoreCall } from '../../adapters/dynamodb/test-faults.ts';
import { openTestStore } from '../../adapters/dynamodb/test-store.ts';
import { cacheFolder } from '../../apps/local/parts/cache-folder.ts';
import { startStore } from '../../apps/local/parts/store.ts';
import { cachedWorkflowBundle } from '../../apps/worker/bundle.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../contracts/temporal.ts';
import { FULL_BPS } from '../../domain/money.ts';
import type { BreakerLaw, Policy } from '../../domain/policy.ts';
import type { CaseStore } from '../../domain/ports/case-store.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import { type CaseWorkflows, connectCaseWorkflows } from '../../functions/shared/temporal.ts';
import { startTimeSkipping } from '../support/parts/time-skipping.ts';
import { Intake, type IntakeParts } from './intake.ts';
import { OutsideWorld } from './outside-world.ts';
import { ServerClock } from './server-clock.ts';
import { Stillness } from './stillness.ts';
import { Timeline } from './timeline.ts';

/**
 * A whole network under skipped time: real workflows, activities, functions and store, with fakes only where the domain ends: our
 * own looks at resources, and the endpoints of participants. One clock for everything.
 */
export interface CaseWorld {
  readonly policy: Policy;
  readonly clock: ServerClock;
  readonly timeline: Timeline;
  readonly outside: OutsideWorld;
  readonly intake: Intake;
  readonly stillness: Stillness;
  readonly people: CaseWorkflows;
  readonly environment: TestWorkflowEnvironment;
  readonly store: Store;
  readonly cases: CaseStore;
  readonly registry: ParticipantRegistry;
  /** Whether the worker is busy with anything at this moment: asking it costs nothing, asking the server does. */
  isWorking(): boolean;
  close(): Promise<void>;
}

/** Tests of workflows run a second time with 0: then every task replays its whole history, the cheapest detector of nondeterminism. */
const CACHED_WORKFLOWS = Number(process.env['CACHED_WORKFLOWS'] ?? 200);

/**
 * A world is not about deadlines, and the first call also loads the client, on a machine that does much else. Only where the line may be
 * cut the short ones of production stay: there calls shall fail.
 */
const UNHURRIED = { signalDeadlineMs: 60_000, updateDeadlineMs: 60_000 };

/** What a test may do to a world beyond living in it. */
export interface WorldOptions {
  /**
   * `as-written` lets the network breaker of the policy work (rule D12). Else it is opened wide but for what is said here: scenarios that
   * are lived side by side share a world, and are no network whose participants fail at once.
   */
  readonly breaker?: 'as-written' | Partial<BreakerLaw>;
  /** Violation types that run in shadow under the policy of the world (design §6). */
  readonly inShadow?: readonly string[];
  /** The fault that a call of the worker to the store meets; null for none. It is asked inside the activity that makes the call. */
  readonly faultOf?: (call: StoreCall) => Fault | null;
  /**
   * Where worker, relay and people reach the server at this address, when not there. The line may be cut: then nobody takes the tasks
   * that fall due, for each of which the test server stops its time; `onStuck` is called for as long as that keeps time from moving.
   */
  readonly line?: {
    readonly to: (address: string) => Promise<string>;
    readonly onStuck: (world: Pick<CaseWorld, 'environment'>) => Promise<void>;
    /** Called when time has got there: what was set free on the way is held again, or time would run off with whatever is asked next. */
    readonly onArrival: (world: Pick<CaseWorld, 'environment'>) => Promise<void>;
  };
}

/** Opens a world under a policy file. */
export async function openCaseWorld(
  policyFile: string,
  options: WorldOptions = {},
): Promise<CaseWorld> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: {
        filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }),
        forward: {},
      },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-world-'));
  const running = await startStore({
    dbPath: path.join(folder, 'store.db'),
    logPath: path.join(folder, 'store.log'),
    say: () => {},
  });
  process.env['DYNAMODB_ENDPOINT'] = running.endpoint;
  const tables = await openTestStore();
  const environment = await startTimeSkipping();
  await registerSearchAttributes(environment);
  const address = (await options.line?.to(environment.address)) ?? environment.address;
  const people = connectCaseWorkflows({
    address,
    namespace: 'default',
    ...(options.line === undefined && UNHURRIED),
  });
  const written = readPolicy(policyFile, options.inShadow);
  const policy =
    options.breaker === 'as-written'
      ? written
      : { ...written, breaker: { ...wide(written.breaker), ...options.breaker } };
  const world = await assemble(tables.store, environment, people, policy, options);
  const workerStore = options.faultOf === undefined ? tables.store : tables.another();
  if (options.faultOf !== undefined) injectFaults(workerStore, options.faultOf);
  const connection =
    options.line === undefined
      ? environment.nativeConnection
      : await NativeConnection.connect({ address });
  // Whoever counts calls wants each case to make all of them, and not to find what another has read.
  const maxCacheAgeMs = options.faultOf === undefined ? undefined : 0;
  const worker = await startWorker(world, workerStore, connection, maxCacheAgeMs);
  return {
    ...world,
    isWorking: worker.isWorking,
    async close() {
      worker.stop();
      await worker.ended;
      await people.close();
      if (connection !== environment.nativeConnection) await connection.close();
      await environment.teardown();
      tables.close();
      await running.process?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function assemble(
  store: Store,
  environment: TestWorkflowEnvironment,
  people: CaseWorkflows,
  policy: Policy,
  { line }: WorldOptions,
): Promise<Omit<CaseWorld, 'close' | 'isWorking'>> {
  const clock = new ServerClock(environment);
  await clock.follow();
  await putPolicy(store, policy, 0);
  const stillness = new Stillness(environment);
  const parts: IntakeParts = {
    store,
    clock,
    cases: people,
    directory: createDirectory(store, clock),
  };
  const intake = await Intake.open(parts);
  const timeline = new Timeline({
    nowMs: () => clock.follow(),
    nextEventMs: () => intake.senders.nextPostMs(),
    moveTo: (atMs) => skipTo(environment, stillness, atMs, line),
    happen: () => intake.postRepeats(),
  });
  return {
    policy,
    clock,
    timeline,
    outside: new OutsideWorld(),
    intake,
    stillness,
    people,
    environment,
    store,
    cases: createCaseStore(store),
    registry: createParticipantRegistry(store),
  };
}

/** Longer than any skip takes when nothing keeps the server from it. */
const SKIP_PATIENCE_MS = 100;

/** Time that moves by less between two looks moves at the real pace: it does not skip. */
const STUCK_MS = 10_000;

async function skipTo(
  environment: TestWorkflowEnvironment,
  stillness: Stillness,
  atMs: number,
  line?: WorldOptions['line'],
): Promise<void> {
  const leftMs = atMs - (await environment.currentTimeMs());
  if (leftMs <= 0) return;
  let isThere = false;
  const skipped = environment.sleep(leftMs).finally(() => {
    isThere = true;
  });
  let lastMs = 0;
  while (!isThere) {
    await Promise.race([skipped, pause(SKIP_PATIENCE_MS)]);
    if (isThere) break;
    await stillness.giveBackAll();
    const nowMs = await environment.currentTimeMs();
    if (nowMs - lastMs < STUCK_MS) await line?.onStuck({ environment });
    lastMs = nowMs;
  }
  await skipped;
  await line?.onArrival({ environment });
}

async function startWorker(
  world: Omit<CaseWorld, 'close' | 'isWorking'>,
  store: Store,
  connection: NativeConnection,
  maxCacheAgeMs?: number,
) {
  const { clock, outside } = world;
  const activities = createActivities({
    cases: createCaseStore(store),
    breaker: createBreaker(store),
    clockHolds: createClockHolds(store),
    evidence: createEvidence(store),
    directory: createDirectory(store, clock, maxCacheAgeMs === undefined ? {} : { maxCacheAgeMs }),
    probes: outside,
    notifier: outside,
    clock,
  });
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: await cachedWorkflowBundle(`${cacheFolder()}/workflows`) },
    activities: onTime(activities, clock),
    maxCachedWorkflows: CACHED_WORKFLOWS,
  });
  return {
    ended: worker.run(),
    stop: () => worker.shutdown(),
    isWorking: () => {
      const { numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
      return numInFlightActivities + numInFlightWorkflowActivations > 0;
    },
  };
}

/** Reads the server's time before each activity: between two of them it may have skipped weeks. */
function onTime<A extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: A,
  clock: ServerClock,
): A {
  const timed = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      await clock.follow();
      return run(...args);
    },
  ]);
  return Object.fromEntries(timed) as A;
}

function wide({ windowMs }: BreakerLaw): BreakerLaw {
  const all = { shareBps: FULL_BPS, suspendedBps: FULL_BPS, twoApproversBps: FULL_BPS };
  return { windowMs, ...all, atLeast: 1_000_000 };
}

/** Reads and validates one of the committed policies. */
export function readPolicy(file: string, inShadow: readonly string[] = []): Policy {
  const text = readFileSync(path.join(import.meta.dirname, '../../policies', file), 'utf8');
  const json = JSON.parse(text);
  for (const type of inShadow) json.violationTypes[type].shadow = true;
  return parsePolicy(json, (canonical) => createHash('sha256').update(canonical).digest('hex'));
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
