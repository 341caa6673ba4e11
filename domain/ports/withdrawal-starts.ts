/** A withdrawal that is booked, as its workflow must know it. */
export interface WithdrawalStart {
  participantId: string;
  withdrawalId: string;
  requestedAtMs: number;
  /** End of unbonding: nothing is to be done before. */
  dueAtMs: number;
}

/**
 * Withdrawals whose workflow was not started yet, in the store with the booking itself: the request does not depend on Temporal,
 * and no withdrawal is ever forgotten (ADR 0018).
 */
export interface WithdrawalStarts {
  /** Some that wait to be started, oldest first. */
  waiting(limit: number): Promise<WithdrawalStart[]>;
  /** Its workflow runs, or has run: it waits no longer. */
  started(start: WithdrawalStart): Promise<void>;
}
