import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { anEntry, aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { withdrawalWorkflowId } from '../../contracts/temporal.ts';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { type LedgerMove, still, toLedgerChange } from '../../domain/ledger/move.ts';
import { beginExit } from '../../domain/ledger/withdrawals.ts';
import { connectCaseWorkflows } from '../../functions/shared/temporal.ts';
import { type Network, openNetwork } from '../support/chaos/network.ts';
import type { RealParts } from '../support/chaos/real-parts.ts';
import type { Crew } from '../support/chaos/worker-crew.ts';

const UNBONDING_MS = 3_000;

/**
 * A withdrawal on the real server (rule D8): at the end of unbonding a case keeps a part of it, the rest leaves; looked at again in
 * vain, it leaves whole once the case keeps nothing. Returns the network, to be closed, and the workflow's id.
 */
export async function playWithdrawal(
  parts: RealParts,
  crew: Crew,
  name: string,
): Promise<{ network: Network; workflowId: string }> {
  const network = await openNetwork(parts, name);
  const post = crew.post(network.workerEnv, () => 'go');
  await post.staff();
  const { address } = parts.temporal;
  const workflows = connectCaseWorkflows({ address, namespace: network.networkId });
  try {
    const { participantId } = network.cast;
    const write = writer(network, participantId);
    const nowMs = Date.now();
    const withdrawalId = 'w-1';
    const dueAtMs = nowMs + UNBONDING_MS;
    const entry = anEntry('c-1', { blockUnits: 900_000n, occurredAtMs: nowMs });
    await write('begin', (snapshot) =>
      beginExit(snapshot, {
        withdrawalId,
        externalRef: withdrawalId,
        requestedAtMs: nowMs,
        units: 400_000n,
        dueAtMs,
      }),
    );
    await write('block', (snapshot) => still(snapshot, entry));
    const { networkId } = network;
    await workflows.startWithdrawal({ v: 1, networkId, participantId, withdrawalId, dueAtMs });
    await new Promise((resolve) => setTimeout(resolve, UNBONDING_MS + 2_500));
    await write('free', (snapshot) => still(snapshot, { ...entry, blockUnits: 0n }));
    const workflowId = withdrawalWorkflowId(networkId, { participantId, withdrawalId });
    await network.client.workflow.getHandle(workflowId).result();
    return { network, workflowId };
  } finally {
    await workflows.close();
    await post.abandon();
  }
}

/** Writes a move as a step does, again where the ledger moved meanwhile. */
function writer({ store }: Network, participantId: string) {
  const cases = createCaseStore(store);
  return async (name: string, move: (snapshot: LedgerSnapshot) => LedgerMove): Promise<void> => {
    for (;;) {
      const snapshot = await cases.snapshot(participantId);
      const ledger = toLedgerChange(snapshot, move(snapshot));
      const { status } = await cases.commit(aStep(`story/${name}`, { ledger }));
      if (status === 'committed') return;
    }
  };
}
