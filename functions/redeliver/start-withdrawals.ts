import { DomainError } from '../../domain/errors.ts';
import type { WithdrawalStarts } from '../../domain/ports/withdrawal-starts.ts';
import type { CaseWorkflows } from '../shared/temporal.ts';
import type { Log } from '../shared/tracing.ts';

/** What the start of withdrawals needs. */
export interface StartDeps {
  readonly networkId: string;
  readonly starts: WithdrawalStarts;
  readonly cases: Pick<CaseWorkflows, 'startWithdrawal'>;
  readonly logger: Pick<Log, 'error'>;
}

/** As many as one run starts; the rest is for the next, a minute later, and has weeks. */
const MOST_AT_ONCE = 100;

/**
 * Starts the workflows of withdrawals that were booked since the last run (ADR 0018). While Temporal is away they wait in the
 * store; one that is started twice runs once. Returns how many were started, and whether Temporal or the store was away.
 */
export async function startWithdrawals(
  deps: StartDeps,
): Promise<{ started: number; outage: boolean }> {
  let started = 0;
  try {
    for (const start of await deps.starts.waiting(MOST_AT_ONCE)) {
      const { participantId, withdrawalId, dueAtMs } = start;
      const { networkId } = deps;
      const input = { v: 1, networkId, participantId, withdrawalId, dueAtMs } as const;
      await deps.cases.startWithdrawal(input);
      await deps.starts.started(start);
      started += 1;
    }
    return { started, outage: false };
  } catch (error) {
    if (!(error instanceof DomainError) || error.fault !== 'dependency') throw error;
    deps.logger.error('withdrawals wait to be started', { error });
    return { started, outage: true };
  }
}
