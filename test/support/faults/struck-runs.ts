import type { Store } from '../../../adapters/dynamodb/client.ts';
import { injectFaults } from '../../../adapters/dynamodb/test-faults.ts';
import { openTestStore } from '../../../adapters/dynamodb/test-store.ts';
import { FaultPlan, FaultRun } from './fault-plan.ts';

/** What a story of a test is told with. */
export interface Struck {
  /** Its calls meet faults. */
  readonly store: Store;
  /** The same tables, undisturbed: for what surrounds the story. */
  readonly calm: Store;
  /**
   * Does a step until it is done, as whoever asks for it would: again whenever it fails. `isDone` says whether the answer counts.
   */
  insist<T>(step: string, work: () => Promise<T>, isDone?: (result: T) => boolean): Promise<T>;
}

/** One story, from fresh tables to what it came to. */
export type StruckStory<End> = (struck: Struck) => Promise<End>;

/** What came of all runs. */
export interface StruckRuns<End> {
  readonly plan: FaultPlan;
  readonly calm: End;
  readonly ends: readonly End[];
}

/** More tries than a run can be struck in one step. */
const MOST_TRIES = 14;

const SIDE_BY_SIDE = 4;

/** A plan that is not through after so many runs has calls that only the undisturbed run makes. */
const MOST_RUNS = 400;

/** Lives a story once undisturbed, and then again and again until each of its calls to the store has met each fault that it can meet. */
export async function strikeEachCall<End>(story: StruckStory<End>): Promise<StruckRuns<End>> {
  const plan = new FaultPlan();
  const calm = await live(story, new FaultRun(plan, true));
  const ends: End[] = [];
  let runs = 0;
  const lane = async () => {
    while (plan.left.length > 0 && runs < MOST_RUNS) {
      runs += 1;
      ends.push(await live(story, new FaultRun(plan, false)));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  return { plan, calm, ends };
}

async function live<End>(story: StruckStory<End>, run: FaultRun): Promise<End> {
  const opened = await openTestStore();
  const store = opened.another();
  injectFaults(store, (call) => run.judge(call));
  async function insist<T>(
    step: string,
    work: () => Promise<T>,
    isDone: (result: T) => boolean = () => true,
  ): Promise<T> {
    let failure: unknown = null;
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      run.begin(step);
      try {
        const result = await work();
        if (isDone(result)) return result;
        failure = result;
      } catch (error) {
        failure = error;
      }
    }
    throw new Error(`${step} never succeeded: ${String(failure)}`, { cause: failure });
  }
  try {
    return await story({ store, calm: opened.store, insist });
  } finally {
    opened.close();
  }
}
