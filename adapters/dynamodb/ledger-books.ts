import { DomainError } from '../../domain/errors.ts';
import type { LedgerBooks } from '../../domain/ports/watching.ts';
import type { Store } from './client.ts';
import { parseSigned } from './ledger-codec.ts';
import { exportAccount } from './ledger-export.ts';
import { accountFaults } from './ledger-reconcile.ts';
import { readReserve } from './reserve.ts';

/** The books of a network, an account at a time. Each account is of one version of its ledger. */
export function createLedgerBooks(store: Store): LedgerBooks {
  return {
    async audit(participantId) {
      const account = await exportAccount(store, participantId).catch(unreadable);
      if (account instanceof DomainError) return { faults: [account.message], owedToReserve: 0n };
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

/** What cannot even be read as a ledger is the gravest fault of one; a store that does not answer is none. */
function unreadable(error: unknown): DomainError {
  if (error instanceof DomainError && error.fault !== 'dependency') return error;
  throw error;
}
