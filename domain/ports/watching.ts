import type { CaseRecord } from '../case/record.ts';
import type { CaseState } from '../case/state.ts';
import type { TypeWatch } from '../policy.ts';

/** One sample of a query by its labels. */
export type SampleLabels = Readonly<Record<string, string>>;

/** What monitors say about the use of resources, for violations that the network watches for by a query. */
export interface UseReports {
  /**
   * The labels of every sample of an instant query whose value is not zero. Null when the server could not be asked or answered
   * no vector: that shows nothing, neither a violation nor its end.
   */
  samples(watch: Extract<TypeWatch, { kind: 'promql' }>): Promise<SampleLabels[] | null>;
}

/** The books of the network as reconciliation reads them (invariants H1, H17). */
export interface LedgerBooks {
  /** What is wrong with one participant's account, as sentences; also what it was slashed, less what was rebated. */
  audit(participantId: string): Promise<{ faults: string[]; owedToReserve: bigint }>;
  /** What the reserve has, and of how many entries. */
  reserve(): Promise<{ units: bigint; entries: number }>;
}

/** A workflow that runs, by its id. */
export interface RunningWorkflow {
  workflowId: string;
  startedAtMs: number;
}

/** The workflows of the network's cases as Temporal knows them. */
export interface WorkflowRoll {
  /** All that run, as its lists show them: they may be some seconds old. */
  running(): AsyncIterable<RunningWorkflow>;
  /** Whether one runs now, asked of the server itself. */
  isRunning(workflowId: string): Promise<boolean>;
  /** Starts a case's workflow again where its last step left it. `running` when one runs by now. */
  resume(record: CaseRecord, state: CaseState): Promise<'resumed' | 'running'>;
  /** Ends a workflow that has no case. */
  end(workflowId: string, reason: string): Promise<void>;
}

/** What a case without a workflow is mended from. */
export interface CaseMemory {
  /** The case as its last step left it, without its law; null when no step is known. */
  lastState(caseId: string): Promise<Omit<CaseState, 'law'> | null>;
  readCase(caseId: string): Promise<CaseRecord | null>;
}

/** What the watch counts: names and numbers only. */
export type WatchCount =
  | 'WatchRuns'
  | 'WatchFailures'
  | 'StakeShortfalls'
  | 'IdleResources'
  | 'LedgerFaults'
  | 'LostCases'
  | 'StrayWorkflows';

/** Where the watch counts, for dashboards and alarms. */
export interface WatchMeter {
  count(name: WatchCount, by: number): void;
}
