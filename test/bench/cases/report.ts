import type { Lap, Round } from './rounds.ts';

/** Our cases by bare ones, over some rounds: the middle, and how far single rounds lie from it. */
export interface Ratio {
  readonly middle: number;
  readonly lowest: number;
  readonly highest: number;
}

/** How many of our cases are done in the time of one bare one. */
export function ratioOf(rounds: readonly Round[], by: 'bare' | 'like' = 'bare'): Ratio {
  return spreadOf(rounds.map((round) => round.ours.casesPerS / round[by].casesPerS));
}

/** The same by processor time, which on a busy machine says more than the clock. */
export function cpuRatioOf(rounds: readonly Round[], by: 'bare' | 'like' = 'bare'): Ratio {
  return spreadOf(rounds.map((round) => cpuMsOf(round[by]) / cpuMsOf(round.ours)));
}

/** One line about one round. */
export function roundLine({ bare, like, ours }: Round, no: number): string {
  const ratio = (ours.casesPerS / bare.casesPerS).toFixed(2);
  return `round ${no}, cases/s: bare ${perS(bare)}, like ours ${perS(like)}, ours ${perS(ours)}: ${ratio}`;
}

/** All rounds as tables in Markdown, and the ratios. */
export function report(rounds: readonly Round[]): string {
  const mean = (kind: keyof Round) => meanOf(rounds.map((round) => round[kind]));
  const row = (name: string, { casesPerS, cpuMs, moves }: Lap): string[] => [
    name,
    casesPerS.toFixed(2),
    cpuMs.worker.toFixed(0),
    cpuMs.temporal.toFixed(0),
    cpuMs.store.toFixed(0),
    moves.steps.toFixed(1),
    moves.timers.toFixed(1),
    moves.messages.toFixed(1),
    moves.events.toFixed(0),
  ];
  const titles = ['a case', 'cases/s', 'CPU ms worker', 'server', 'store', 'steps', 'timers'];
  const lines = [
    [...titles, 'messages', 'events'],
    ['---', ...Array.from({ length: 8 }, () => '---:')],
    row('bare workflow', mean('bare')),
    row('bare, with our search attributes and settlement', mean('like')),
    row('full escalation', mean('ours')),
  ];
  return [
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `cases per second, ours by bare: ${words(ratioOf(rounds))}`,
    `processor time, bare by ours: ${words(cpuRatioOf(rounds))}`,
    `cases per second, ours by bare with search attributes and settlement: ${words(ratioOf(rounds, 'like'))}`,
    `processor time, bare with search attributes and settlement by ours: ${words(cpuRatioOf(rounds, 'like'))}`,
  ].join('\n');
}

function words({ middle, lowest, highest }: Ratio): string {
  return `${middle.toFixed(2)} (rounds from ${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

const perS = ({ casesPerS }: Lap) => casesPerS.toFixed(2);

function cpuMsOf({ cpuMs }: Lap): number {
  return cpuMs.worker + cpuMs.temporal + cpuMs.store;
}

function spreadOf(values: readonly number[]): Ratio {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  const middle = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
  return { middle, lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN };
}

function meanOf(laps: readonly Lap[]): Lap {
  const mean = (read: (lap: Lap) => number) =>
    laps.reduce((sum, lap) => sum + read(lap), 0) / laps.length;
  return {
    casesPerS: mean((lap) => lap.casesPerS),
    cpuMs: {
      worker: mean((lap) => lap.cpuMs.worker),
      temporal: mean((lap) => lap.cpuMs.temporal),
      store: mean((lap) => lap.cpuMs.store),
    },
    moves: {
      steps: mean((lap) => lap.moves.steps),
      timers: mean((lap) => lap.moves.timers),
      messages: mean((lap) => lap.moves.messages),
      events: mean((lap) => lap.moves.events),
    },
  };
}
