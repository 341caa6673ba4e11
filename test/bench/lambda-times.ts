import type { LambdaFunction } from '../support/aws/lambda-function.ts';
import type { LambdaSite } from '../support/aws/lambda-site.ts';
import type { Deployed } from './deployed.ts';
import type { Subject } from './lambda-subjects.ts';

/** How much is measured. */
export interface HowMuch {
  /** Processes that are started for each subject. */
  readonly coldStarts: number;
  /** Calls of the last of them, after its first. */
  readonly warmCalls: number;
}

/** What one subject took, in ms: the middle of the cold starts, and of the warm calls the middle and the slow end. */
export interface Times {
  readonly subject: Subject;
  /** What a start loads, and all files. */
  readonly startKb: number;
  readonly bundleKb: number;
  readonly memoryMb: number;
  /** From the start of the process until its runtime asks for work. */
  readonly initMs: number;
  /** The first call of a process. */
  readonly firstMs: number;
  /** Processor time of both: on a busy machine it says more than the clock. */
  readonly coldCpuMs: number;
  readonly warmP50Ms: number;
  readonly warmP95Ms: number;
  /** The most memory that the process has had. */
  readonly peakMb: number;
}

/** What a handler that is not deployed is measured with: the memory of the larger functions. */
const BASELINE: Deployed = { memoryMb: 1_024, timeoutMs: 30_000, env: {} };

/** Calls after the first that are not counted: the compiler of the engine is still at work. */
const WARMING_CALLS = 20;

interface Running {
  readonly subject: Subject;
  readonly deployed: Deployed;
  readonly inits: number[];
  readonly firsts: number[];
  readonly cpus: number[];
  last: LambdaFunction | null;
}

/**
 * Measures the subjects side by side: one cold start of each in turn, so that what else the machine does meets all of them alike.
 * @throws Error when a call does not do its work: what failed fast is not fast
 */
export async function measure(
  site: LambdaSite,
  subjects: readonly Subject[],
  deployed: ReadonlyMap<string, Deployed>,
  howMuch: HowMuch,
): Promise<Times[]> {
  const rows = subjects.map((subject): Running => {
    const how = deployed.get(subject.bundle) ?? BASELINE;
    return { subject, deployed: how, inits: [], firsts: [], cpus: [], last: null };
  });
  const times = new Map<Running, Times>();
  const together = async (some: readonly Running[]) => {
    for (const [row, its] of await measureTogether(site, some, howMuch)) times.set(row, its);
  };
  await together(rows.filter(({ subject }) => subject.needsWorker));
  await site.stack.parts.worker.stop();
  await together(rows.filter(({ subject }) => !subject.needsWorker));
  return rows.flatMap((row) => times.get(row) ?? []);
}

async function measureTogether(
  site: LambdaSite,
  rows: readonly Running[],
  { coldStarts, warmCalls }: HowMuch,
): Promise<Map<Running, Times>> {
  for (let round = 0; round < coldStarts; round++) {
    for (const row of rows) await startOnce(site, row);
  }
  const times = new Map<Running, Times>();
  for (const row of rows) {
    const warm = await callWarm(row, warmCalls);
    times.set(row, timesOf(site, row, warm));
    await row.last?.stop();
  }
  return times;
}

async function startOnce(site: LambdaSite, row: Running): Promise<void> {
  const { subject, deployed } = row;
  await row.last?.stop();
  const event = await subject.next();
  const env = { ...site.env, ...deployed.env };
  row.last = await site.start(subject.bundle, { ...deployed, env });
  row.inits.push(row.last.initMs);
  row.firsts.push(await callOnce(subject, row.last, event));
  row.cpus.push(row.last.cpuMs());
}

async function callWarm({ subject, last }: Running, count: number): Promise<number[]> {
  if (last === null) throw new Error('Nothing was started.');
  const times: number[] = [];
  for (let call = 0; call < WARMING_CALLS + count; call++) {
    const durationMs = await callOnce(subject, last, await subject.next());
    if (call >= WARMING_CALLS) times.push(durationMs);
  }
  return times;
}

async function callOnce(subject: Subject, it: LambdaFunction, event: unknown): Promise<number> {
  const outcome = await it.invoke(event);
  if (outcome.kind === 'response' && subject.isDone(outcome.result)) return outcome.durationMs;
  throw new Error(`${subject.label} did not do its work: ${JSON.stringify(outcome)}`);
}

function timesOf(site: LambdaSite, row: Running, warm: readonly number[]): Times {
  const { subject, deployed, inits, firsts, cpus, last } = row;
  const { bytes = 0, startBytes = bytes } = site.bundles.get(subject.bundle) ?? {};
  return {
    subject,
    memoryMb: deployed.memoryMb,
    startKb: startBytes / 1_024,
    bundleKb: bytes / 1_024,
    initMs: quantile(inits, 0.5),
    firstMs: quantile(firsts, 0.5),
    coldCpuMs: quantile(cpus, 0.5),
    warmP50Ms: quantile(warm, 0.5),
    warmP95Ms: quantile(warm, 0.95),
    peakMb: last?.peakMb() ?? 0,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
