import type { LedgerBooks } from '../../domain/ports/watching.ts';
import type { Store } from './client.ts';
import { keysOf } from './keys.ts';
import { parseSigned } from './ledger-codec.ts';
import { exportAccount } from './ledger-export.ts';
import { accountFaults } from './ledger-reconcile.ts';
import { readReserve } from './reserve.ts';

/** The books of a network, an account at a time. Each account is of one version of its ledger. */
export function createLedgerBooks(store: Store): LedgerBooks {
  const keys = keysOf(store.networkId);
  return {
    async audit(participantId) {
      const account = await exportAccount(store, keys, participantId);
      if (account === null) return { faults: ['the participant has no ledger'], owedToReserve: 0n };
      const { slashed, rebates } = account.balances;
      return {
        faults: accountFaults(account),
        owedToReserve: parseSigned(slashed) - parseSigned(rebates),
      };
    },
    reserve: () => readReserve(store),
  };
}
