import type { CaseRecord } from '../case/record.ts';
import type { Stage } from '../case/state.ts';

/** Reads for those who watch over a network: every case of a stage, a page at a time, and never a workflow. */
export interface CaseWatch {
  /**
   * Cases of one stage in pages, in the order of their deadlines within each part of the index; those without one come last. Only
   * those due before an instant, if one is given. Eventually consistent. Throws `store-unreachable`.
   */
  pages(stage: Stage, dueBeforeMs?: number): AsyncIterable<CaseRecord[]>;
}
