import { NETWORK_WATCH } from '../../domain/watch/sighting.ts';
import { asFailure } from '../step.ts';
import type { WatchPorts } from './ports.ts';
import { watchCases } from './watch-cases.ts';
import { watchLedger } from './watch-ledger.ts';
import { watchSamples } from './watch-samples.ts';
import { watchStakes } from './watch-stakes.ts';

/** What the watch over a network does, with its ports bound. Each can be done again at any time: it reports what is so now. */
export function createWatchActivities(ports: WatchPorts) {
  return {
    watchStakes: watchStakes(ports),
    watchSamples: watchSamples(ports),
    watchLedger: watchLedger(ports),
    watchCases: watchCases(ports),
    noteWatch: noteWatch(ports),
  };
}

/** What the workflow sees of them. */
export type WatchActivities = ReturnType<typeof createWatchActivities>;

/**
 * Notes that the watch was here, and how many of its parts failed. A watch that stands still is a silent source: the gate holds what
 * rests on it (rule A6).
 */
function noteWatch(ports: WatchPorts) {
  return async ({ nowMs, failures }: { nowMs: number; failures: number }): Promise<void> =>
    asFailure(async () => {
      const { watchEveryMs: repeatIntervalMs } = await ports.directory.policyAt(nowMs);
      await ports.intake.noteSource(NETWORK_WATCH, {
        atMs: nowMs,
        groupKey: NETWORK_WATCH,
        truncated: 0,
        repeatIntervalMs,
      });
      ports.meter.count('WatchRuns', 1);
      ports.meter.count('WatchFailures', failures);
    });
}
