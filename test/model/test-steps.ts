import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/index.ts';
import { Broken, must } from './test-broken.ts';
import { type ModelStore, WorkerDied } from './test-store.ts';

/** What happens to one step. */
export type StepFate =
  | 'fair'
  | 'dies-before-commit'
  | 'dies-after-commit'
  | 'answer-lost'
  | 'twice'
  | 'overtaken'
  | 'slow';

/** Fates by their number; what has no number here goes well. */
export const FATES: readonly StepFate[] = [
  'dies-before-commit',
  'dies-after-commit',
  'answer-lost',
  'twice',
  'overtaken',
  'slow',
];

/** Longer than any decision may take (rule B1). */
const SLOW_MS = 6 * 60_000;

/** What a step needs of the world around it. */
export interface StepWorld {
  store: ModelStore;
  activities: Activities;
  /** `of`: whose step it is, a case or else a participant. */
  nextFate(of: string): StepFate;
  /** The clock goes on while a step takes its time. */
  passes(ms: number): void;
  /** Somebody else commits in between. */
  interferes(participantId: string): void;
  count(what: string): void;
}

/** The verdicts that a workflow answers itself; anything else is tried again. */
const ANSWERED = ['case-exists', 'decision-expired'];
const MOST_TRIES = 6;

/** A step failed for good: the type of its failure, as the workflow sees it. */
export class StepFailed extends Error {
  readonly type: string;
  readonly nextRetryMs: number | null;

  constructor(cause: unknown) {
    const known = cause instanceof ApplicationFailure ? cause : null;
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.type = known?.type ?? 'unknown';
    const delay = known?.nextRetryDelay;
    this.nextRetryMs = typeof delay === 'number' ? delay : null;
  }
}

/**
 * Asks for a step as a workflow does: its input crosses as JSON, its worker may die before or after the commit, and then it is asked again
 * with the same input. Throws `StepFailed` for what the workflow answers itself.
 */
export async function ask<Name extends keyof Activities>(
  world: StepWorld,
  name: Name,
  input: Parameters<Activities[Name]>[0],
  about: { participantId: string; caseId?: string; tries?: number } = { participantId: '' },
): Promise<Awaited<ReturnType<Activities[Name]>>> {
  type Answer = Awaited<ReturnType<Activities[Name]>>;
  const text = JSON.stringify(input);
  const attempt = (no: number): Promise<Answer> =>
    asyncLocalStorage.run({ info: { attempt: no } } as Context, async () => {
      const run = world.activities[name] as (given: unknown) => Promise<Answer>;
      const answer = await run(JSON.parse(text));
      return answer === undefined ? answer : JSON.parse(JSON.stringify(answer));
    });
  const first = about.tries ?? 1;
  const fate =
    name === 'serveNotice' ? 'fair' : world.nextFate(about.caseId ?? about.participantId);
  if (fate !== 'fair') world.count(`step ${fate}`);
  let tries = first;
  try {
    switch (fate) {
      case 'dies-before-commit':
        world.store.strike = { beforeCommit: dies };
        break;
      case 'dies-after-commit':
        world.store.strike = { afterCommit: dies };
        break;
      case 'answer-lost': {
        const lost = await attempt(tries);
        tries += 1;
        return same(lost, await attempt(tries), name);
      }
      case 'twice': {
        const [one, two] = await Promise.all([attempt(1), attempt(1)]);
        return same(one, two, name);
      }
      case 'overtaken':
        world.store.strike = { beforeCommit: () => world.interferes(about.participantId) };
        break;
      case 'slow':
        world.passes(SLOW_MS);
        break;
      case 'fair':
        break;
    }
    return await attempt(tries);
  } catch (error) {
    return await again(error, tries, attempt);
  } finally {
    world.store.strike = {};
  }
}

async function again<Answer>(
  failed: unknown,
  tries: number,
  attempt: (no: number) => Promise<Answer>,
): Promise<Answer> {
  let error = failed;
  for (let no = tries + 1; ; no += 1) {
    if (error instanceof Broken) throw error;
    if (!(error instanceof WorkerDied)) {
      const isRetried =
        error instanceof ApplicationFailure &&
        !error.nonRetryable &&
        !ANSWERED.includes(error.type ?? '') &&
        error.type === 'participant-busy';
      if (!isRetried || no > MOST_TRIES) throw new StepFailed(error);
    }
    try {
      return await attempt(no);
    } catch (next) {
      error = next;
    }
  }
}

function dies(): never {
  throw new WorkerDied('The worker is gone.');
}

/**
 * A step that is asked again answers what it answered. Of a withdrawal its workflow reads only when to look next, and a look that finds it
 * over does not say once more what has left.
 */
function same<Answer>(one: Answer, two: Answer, name: string): Answer {
  const read = (key: string, value: unknown) => (key === 'leftUnits' ? undefined : value);
  const [a, b] = [JSON.stringify(one, read), JSON.stringify(two, read)];
  must('H3', a === b, () => `${name} answered ${a}, and asked again ${b}`);
  return two;
}
