import { cpuMsOf } from '../../support/cpu-time.ts';
import { bareWorkflows, playBare } from './bare.ts';
import { escalate, workflowsOf } from './escalation.ts';
import { eventsOf } from './histories.ts';
import type { Provider } from './providers.ts';
import { countMoves, type MoveCounts, type Script } from './script.ts';
import type { Site } from './site.ts';

/** How much is played: cases in each lap, how many of them at a time, and laps of each kind. */
export interface HowMuch {
  readonly cases: number;
  readonly atOnce: number;
  readonly rounds: number;
}

/** What some cases took. */
export interface Lap {
  /** Cases that were done in a second. */
  readonly casesPerS: number;
  /** Processor time per case, in ms: of this process with its workers, of the server, of the store. */
  readonly cpuMs: { readonly worker: number; readonly temporal: number; readonly store: number };
  /** What a case has in its histories, in the mean of a few. */
  readonly moves: MoveCounts;
}

/** One lap of each, one after the other: what else the machine does meets all alike. */
export interface Round {
  readonly bare: Lap;
  /** Bare, but with search attributes and a settlement in a workflow of its own, as ours. */
  readonly like: Lap;
  readonly ours: Lap;
}

/** Cases of a lap whose histories are read, after the clock has stopped. */
const SAMPLE = 5;

/** Runs rounds, forwards and backwards by turns. */
export async function runRounds(
  site: Site,
  script: Script,
  howMuch: HowMuch,
  tell: (round: Round, no: number) => void = () => {},
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let no = 1; no <= howMuch.rounds; no++) {
    const round = await runRound(site, script, howMuch, no % 2 === 1);
    rounds.push(round);
    tell(round, no);
  }
  return rounds;
}

async function runRound(
  site: Site,
  script: Script,
  howMuch: HowMuch,
  isForwards: boolean,
): Promise<Round> {
  const play = (kind: keyof Round): Promise<Lap> =>
    kind === 'ours' ? lapOfOurs(site, howMuch) : lapOfBare(site, script, howMuch, kind === 'like');
  if (isForwards) {
    const [bare, like, ours] = [await play('bare'), await play('like'), await play('ours')];
    return { bare, like, ours };
  }
  const [ours, like, bare] = [await play('ours'), await play('like'), await play('bare')];
  return { bare, like, ours };
}

async function lapOfOurs(site: Site, howMuch: HowMuch): Promise<Lap> {
  const providers = await site.providers.make(howMuch.cases);
  return lap(site, howMuch.atOnce, providers, {
    play: (provider) => escalate(site, provider),
    workflowIds: ({ caseId }) => workflowsOf(site.networkId, caseId),
  });
}

async function lapOfBare(
  site: Site,
  script: Script,
  howMuch: HowMuch,
  isLikeOurs: boolean,
): Promise<Lap> {
  const providers = await site.providers.make(howMuch.cases);
  for (const provider of providers) site.bare.prepare(script, provider);
  try {
    return await lap(site, howMuch.atOnce, providers, {
      play: (provider) => playBare(site, script, provider, isLikeOurs),
      workflowIds: ({ caseId }) => bareWorkflows(caseId, isLikeOurs),
    });
  } finally {
    for (const provider of providers) site.bare.forget(provider);
  }
}

interface Game {
  readonly play: (provider: Provider) => Promise<void>;
  readonly workflowIds: (provider: Provider) => readonly string[];
}

async function lap(
  site: Site,
  atOnce: number,
  providers: readonly Provider[],
  { play, workflowIds }: Game,
): Promise<Lap> {
  const waiting = [...providers];
  const cpuBefore = cpuOf(site);
  const startedAtMs = performance.now();
  const places = Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await play(next);
  });
  await Promise.all(places);
  const tookMs = performance.now() - startedAtMs;
  const cpu = cpuOf(site);
  const perCase = (part: keyof Lap['cpuMs']) => (cpu[part] - cpuBefore[part]) / providers.length;
  const sample = providers.slice(0, SAMPLE);
  const ids = sample.flatMap(workflowIds);
  const histories = await Promise.all(ids.map((id) => eventsOf(site.client, id)));
  return {
    casesPerS: providers.length / (tookMs / 1_000),
    cpuMs: { worker: perCase('worker'), temporal: perCase('temporal'), store: perCase('store') },
    moves: countMoves(histories.flat(), sample.length),
  };
}

function cpuOf({ pids }: Site): Lap['cpuMs'] {
  const of = (pid: number | undefined) => (pid === undefined ? Number.NaN : cpuMsOf(pid));
  return { worker: of(process.pid), temporal: of(pids.temporal), store: of(pids.store) };
}
