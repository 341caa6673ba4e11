import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { RunningProcess } from '../../../apps/local/parts/processes.ts';
import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import { runOps } from '../../../apps/ops/program.ts';
import { caseWorkflowId, settlementWorkflowId } from '../../../contracts/temporal.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { type ComparableLedger, readLedger } from '../chaos/comparable-ledger.ts';
import { type Network, openNetwork } from '../chaos/network.ts';
import type { RealParts } from '../chaos/real-parts.ts';
import type { Surroundings } from '../chaos/scene.ts';
import { fullPathWith, type Moment } from '../chaos/stories.ts';
import { changedRelease, PATCH, presentRelease, type Release, startWorkerOf } from './release.ts';
import { type RunHistory, runsOf } from './run-histories.ts';

const NETWORK = 'rollout';
const DEPLOYMENT = 'enforcement';

/** What a command of the installation answered. */
interface Answer {
  readonly code: number;
  readonly said: string;
}

/** One full case that the change of version went over. */
export interface RolledCase {
  readonly record: CaseRecord;
  /** Runs of the case's workflow, oldest first, and the one of its settlement. */
  readonly runs: readonly RunHistory[];
  readonly settlement: readonly RunHistory[];
  readonly account: ComparableLedger['participants'][number] | undefined;
}

/** What came of it. */
export interface Rollout {
  /** Began on workers without a version, went on on the old version, took the patch on the new one. */
  readonly early: RolledCase;
  /** Began on the new version. */
  readonly second: RolledCase;
  /** Began after the change had been switched off. */
  readonly late: RolledCase;
  /** What `temporal rollback` said while cases had taken the patch. */
  readonly refusal: Answer;
  /** Why a task failed when the old version got the cases all the same. */
  readonly standstill: string;
  /** The other commands in their order. */
  readonly answers: readonly (Answer & { readonly words: string })[];
}

/** A moment that somebody waits at until somebody else opens it. */
function gate(): { reached: Promise<void>; pass(): Promise<void>; open(): void } {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    pass: async () => {
      reached.resolve();
      await opened.promise;
    },
    open: opened.resolve,
  };
}

/** Plays a full case whose people wait at these moments. */
function play(around: Surroundings, gates: Partial<Record<Moment, ReturnType<typeof gate>>>) {
  return fullPathWith(async (moment) => gates[moment]?.pass())(around);
}

/** Workers of the installation: without a version, of the present release, of the changed one, and of that with the change switched off. */
type Build = 'none' | 'a' | 'b' | 'b-off';

/**
 * Rolls a change of the workflows out over cases in flight and back: no version at first; version `a`; then `b` with the change behind a
 * patch; `a` again, against the advice of the command; `b-off`, the image of `b` with the patch switched off; at last `b` again. Old and
 * new workers run beside each other; the last change finds the old ones gone. Each case is a full one, from its warning to the end of
 * its probation.
 */
export async function rollOut(parts: RealParts): Promise<Rollout> {
  const [before, after, network] = await Promise.all([
    presentRelease(parts.folder),
    changedRelease(parts.folder),
    openNetwork(parts, NETWORK, 3),
  ]);
  const workers: RunningProcess[] = [];
  const start = async (build: Build): Promise<RunningProcess> => {
    const env = {
      ...network.workerEnv,
      ...(build !== 'none' && { WORKER_DEPLOYMENT: DEPLOYMENT, WORKER_BUILD_ID: build }),
      ...(build === 'b-off' && { PATCHES_OFF: PATCH }),
    };
    const release: Release = build === 'none' || build === 'a' ? before : after;
    const log = path.join(parts.folder, `worker-${build}.log`);
    const worker = await startWorkerOf(release, env, log);
    workers.push(worker);
    return worker;
  };
  try {
    return await goThrough(network, start);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill9()));
    await network.close();
  }
}

async function goThrough(
  network: Network,
  start: (build: Build) => Promise<RunningProcess>,
): Promise<Rollout> {
  const [first, other, third] = network.providers;
  if (!first || !other || !third) throw new Error('The network has three participants.');
  const answers: (Answer & { words: string })[] = [];
  const ops = async (...words: string[]): Promise<number> => {
    const answer = await ask(network, words);
    if (answer.code === 0) answers.push({ ...answer, words: words.join(' ') });
    return answer.code;
  };
  // A busy machine may take longer than a command waits for a version to be known.
  const use = (build: Build) =>
    waitUntil(async () => (await ops('current', build)) === 0, {
      what: `${build} is current`,
      withinMs: 60_000,
    });
  const withoutVersion = await start('none');
  const [opened, penalised] = [gate(), gate()];
  const early = play(first, { confirming: opened, correcting: penalised });
  await opened.reached;
  const old = await start('a');
  await use('a');
  await withoutVersion.stop();
  opened.open();
  await penalised.reached;
  await start('b');
  await use('b');
  penalised.open();
  const second = play(other, {});
  await waitUntil(async () => (await taken(network.client)) === 2, {
    what: 'both cases take the patch',
    withinMs: 120_000,
  });
  const refusal = await ask(network, ['rollback']);
  const standstill = await forceOld(network);
  const off = await start('b-off');
  await use('b-off');
  await old.stop();
  const settling = gate();
  const late = play(third, { settlement: settling });
  await settling.reached;
  await settlementSleeps(network, third);
  await ops('versions');
  await off.stop();
  await use('b');
  settling.open();
  const records = await Promise.all([early, second, late]);
  const [e, s, l] = await Promise.all(records.map((record) => inspect(network, record)));
  if (!e || !s || !l) throw new Error('There are three cases.');
  return { early: e, second: s, late: l, refusal, standstill, answers };
}

/** Waits until a participant's case has ended and its settlement has done its first task and waits for what is due. */
async function settlementSleeps({ client }: Network, { doors, cast }: Surroundings): Promise<void> {
  const record = await doors.newestCase(cast.participantId);
  const caseId = record?.caseId ?? '';
  // The case starts its settlement and ends one task later: with the next version, if that comes in between.
  const ended = client.workflow.getHandle(caseWorkflowId(NETWORK, caseId));
  await waitUntil(async () => (await ended.describe()).status.name === 'COMPLETED', {
    what: `${ended.workflowId} has ended`,
    withinMs: 30_000,
  });
  const id = settlementWorkflowId(NETWORK, caseId);
  await waitUntil(async () => (await runsOf(client, id))[0]?.builds.length === 1, {
    what: `${id} is under way`,
    withinMs: 30_000,
  });
}

async function inspect({ client, store }: Network, record: CaseRecord): Promise<RolledCase> {
  const { caseId, participantId } = record;
  const { participants } = await readLedger(store);
  return {
    record,
    runs: await runsOf(client, caseWorkflowId(NETWORK, caseId)),
    settlement: await runsOf(client, settlementWorkflowId(NETWORK, caseId)),
    account: participants.find((account) => account.participantId === participantId),
  };
}

async function ask(network: Network, words: readonly string[]): Promise<Answer> {
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  const env = { ...network.workerEnv, WORKER_DEPLOYMENT: DEPLOYMENT };
  const code = await runOps(['temporal', ...words], env, { data: say, talk: say });
  return { code, said: lines.join('\n') };
}

async function taken({ workflow }: Client): Promise<number> {
  return (await workflow.count(`TemporalChangeVersion = '${PATCH}'`)).count;
}

/** Does what the command refused, until the old version's workers have failed at it. Returns the server's word for it. */
async function forceOld({ client }: Network): Promise<string> {
  await client.connection.workflowService.setWorkerDeploymentCurrentVersion({
    namespace: NETWORK,
    deploymentName: DEPLOYMENT,
    buildId: 'a',
    identity: 'somebody who knows better',
  });
  let why = '';
  await waitUntil(
    async () => {
      for await (const { workflowId } of client.workflow.list({
        query: "ExecutionStatus = 'Running'",
      }))
        for (const run of await runsOf(client, workflowId)) why ||= run.failures[0] ?? '';
      return why !== '';
    },
    { what: 'the old version fails at a case', withinMs: 60_000, everyMs: 500 },
  );
  return why;
}
