import { ActivityFailure, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch/index.ts';
import type { LedgerPage, LedgerPageInput } from '../activities/watch/watch-ledger.ts';
import type { WatchPage } from '../activities/watch/watch-stakes.ts';
import type { NetworkWatchInput, NetworkWatchReport } from '../contracts/temporal.ts';

/** A page is short; whoever watches looks again soon, so nothing is tried for long. */
const steps = proxyActivities<WatchActivities>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  retry: { maximumAttempts: 4, maximumInterval: '30 seconds' },
});

/**
 * One look of the network at itself, started by a schedule: stakes below the minimum and what monitors say about use become observations
 * like any others; cases and workflows are compared and mended; the ledger is reconciled when asked for. A part that fails stops no other.
 */
export async function networkWatch(input: NetworkWatchInput): Promise<NetworkWatchReport> {
  const report: NetworkWatchReport = {
    shortfalls: 0,
    idle: 0,
    lostCases: [],
    resumedCases: [],
    strayWorkflows: [],
    ledgerFaults: [],
    failed: [],
  };
  await part(report, 'stakes', () => watchStakes(report));
  await part(report, 'samples', () => watchSamples(report));
  await part(report, 'cases', () => watchCases(input, report));
  if (input.ledger) await part(report, 'ledger', () => watchLedger(report));
  await steps.noteWatch({ nowMs: Date.now(), failures: report.failed.length });
  return report;
}

async function part(
  report: NetworkWatchReport,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn(`The watch could not look at ${name}.`, { cause: error.cause?.message });
    report.failed.push(name);
  }
}

async function watchStakes(report: NetworkWatchReport): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: WatchPage = await steps.watchStakes({ nowMs: Date.now(), runId: runId(), cursor });
    report.shortfalls += page.found;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function watchSamples(report: NetworkWatchReport): Promise<void> {
  const { found } = await steps.watchSamples({ nowMs: Date.now(), runId: runId() });
  report.idle = found;
}

async function watchCases(
  { networkId }: NetworkWatchInput,
  report: NetworkWatchReport,
): Promise<void> {
  const { lost, resumed, stray } = await steps.watchCases({ nowMs: Date.now(), networkId });
  report.lostCases = lost;
  report.resumedCases = resumed;
  report.strayWorkflows = stray;
}

async function watchLedger(report: NetworkWatchReport): Promise<void> {
  let next: Pick<LedgerPageInput, 'cursor' | 'owedToReserve' | 'reserve'> | null = {
    cursor: null,
    owedToReserve: '0',
    reserve: null,
  };
  while (next !== null) {
    const page: LedgerPage = await steps.watchLedger({
      ...next,
      nowMs: Date.now(),
      runId: runId(),
    });
    report.ledgerFaults.push(...page.faults);
    next = page.nextCursor === null ? null : { ...page, cursor: page.nextCursor };
  }
}

function runId(): string {
  return `watch-${workflowInfo().runId}`;
}
