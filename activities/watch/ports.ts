import type { CaseWatch } from '../../domain/ports/case-watch.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import type { Evidence } from '../../domain/ports/evidence.ts';
import type { IntakeStore } from '../../domain/ports/intake.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import type {
  CaseMemory,
  LedgerBooks,
  UseReports,
  WatchMeter,
  WorkflowRoll,
} from '../../domain/ports/watching.ts';

/** Everything the watch over the network needs from outside. */
export interface WatchPorts {
  participants: Pick<ParticipantRegistry, 'list' | 'snapshot'>;
  directory: Pick<Directory, 'policyAt' | 'policy' | 'participant'>;
  intake: Pick<IntakeStore, 'heads' | 'accept' | 'noteSource'>;
  evidence: Pick<Evidence, 'headsOfCase'>;
  reports: UseReports;
  books: LedgerBooks;
  cases: CaseWatch;
  memory: CaseMemory;
  workflows: WorkflowRoll;
  meter: WatchMeter;
  clock: Clock;
}

/** How many things of a page are read at the same time. */
const AT_ONCE = 16;

/** Does the work for each item, a few at a time; the results are in the order of the items. */
export async function eachOf<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
