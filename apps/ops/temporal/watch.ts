import {
  ScheduleAlreadyRunning,
  ScheduleClient,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import {
  NETWORK_WATCH_WORKFLOW,
  type NetworkWatchInput,
  TASK_QUEUE,
  watchScheduleId,
} from '../../../contracts/temporal.ts';
import type { Temporal } from './connect.ts';

/** The ledger is reconciled so often: every account is read, so not with each look. */
const LEDGER_EVERY_MS = 86_400_000;

/** A look that hangs is given up before it could keep the next ones away for long. */
const LONGEST_RUN = '1 hour';

/**
 * Sets the two schedules of a network's watch: one looks every `everyMs`, which is the policy's `watchEvery`, the other reconciles the
 * ledger once a day. May be repeated; a changed rhythm is taken up. Returns what is so now, as sentences.
 */
export async function scheduleWatch(
  { connection, namespace }: Temporal,
  { networkId, everyMs }: { networkId: string; everyMs: number },
): Promise<string[]> {
  const schedules = new ScheduleClient({ connection, namespace });
  await put(schedules, optionsOf(networkId, 'watch', everyMs));
  await put(schedules, optionsOf(networkId, 'ledger', LEDGER_EVERY_MS));
  return [
    `${watchScheduleId(networkId, 'watch')} looks every ${everyMs / 1_000} s.`,
    `${watchScheduleId(networkId, 'ledger')} reconciles every ${LEDGER_EVERY_MS / 1_000} s.`,
  ];
}

function optionsOf(networkId: string, kind: 'watch' | 'ledger', everyMs: number) {
  const input: NetworkWatchInput = { v: 1, networkId, ledger: kind === 'ledger' };
  const scheduleId = watchScheduleId(networkId, kind);
  return {
    scheduleId,
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: NETWORK_WATCH_WORKFLOW,
      workflowId: scheduleId,
      taskQueue: TASK_QUEUE,
      workflowRunTimeout: LONGEST_RUN,
      args: [input],
    },
    // What was missed in an outage is not made up for: a look says what is so now.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  } satisfies ScheduleOptions;
}

async function put(
  schedules: ScheduleClient,
  options: ReturnType<typeof optionsOf>,
): Promise<void> {
  try {
    await schedules.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { scheduleId, ...wanted } = options;
    await schedules.getHandle(scheduleId).update(({ state }) => ({ ...wanted, state }));
  }
}
