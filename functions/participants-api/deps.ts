import type { CaseStore } from '../../domain/ports/case-store.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import type { IdempotencyKeys } from '../../domain/ports/idempotency-keys.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import type { TokenVerifier } from '../shared/principal.ts';
import type { BookingLedger } from './book.ts';

/** What the participants API is made from. */
export interface ParticipantsApiDeps {
  readonly participants: ParticipantRegistry;
  /** Rewards and withdrawals are booked in the transaction that the steps of cases use. */
  readonly ledger: BookingLedger;
  /** Staff looks at a notice without serving it. */
  readonly notices: Pick<CaseStore, 'readNotice'>;
  /** The law in force names the network's asset. */
  readonly law: Pick<Directory, 'policyAt'>;
  readonly keys: IdempotencyKeys;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
}
