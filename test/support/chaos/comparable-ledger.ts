import type { Store } from '../../../adapters/dynamodb/client.ts';
import { exportLedger, withoutInstantsAndIds } from '../../../adapters/dynamodb/ledger-export.ts';

/** The ledger of a network without what differs between two runs of one story. */
export type ComparableLedger = Omit<ReturnType<typeof withoutInstantsAndIds>, 'networkId'>;

/**
 * Reads the ledger without instants and ids. The money of one decision runs on a clock of its own, so whether an earlier decision
 * is final before or after a later one is imposed is a matter of instants too: transfers are in order within their decision only.
 */
export async function readLedger(store: Store): Promise<ComparableLedger> {
  const { reserveUnits, participants } = withoutInstantsAndIds(await exportLedger(store));
  return {
    reserveUnits,
    participants: participants.map((account) => ({
      ...account,
      transfers: account.transfers.toSorted(
        (a, b) => (a.decisionNumber ?? 0) - (b.decisionNumber ?? 0),
      ),
    })),
  };
}
