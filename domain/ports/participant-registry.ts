import type { LedgerSnapshot, Transfer, Withdrawal } from '../ledger/accounts.ts';
import type { StoredNotice } from '../notice.ts';
import type { Participant, Resource } from '../participant.ts';
import type { Sanction } from '../sanction.ts';
import type { Page } from './case-reader.ts';

/** Who did it, when, and the request's own reference, so that a retry is a no-op and another body is refused. */
export interface RegistryAct {
  actor: string;
  atMs: number;
}

/** Participants, their stake and their inbox, as the participants API uses them (design §7). */
export interface ParticipantRegistry {
  /** Creates participant and empty ledger. `exists` when the same registration was made before; throws `participant-exists` for another body. */
  register(
    participant: Participant,
    asset: string,
    act: RegistryAct,
  ): Promise<'registered' | 'exists'>;
  /**
   * Adds or updates resources; what shrinks a share acts after its notice (rule C8). Throws `participant-unknown`, `resource-taken`,
   * `resource-has-open-case`.
   */
  putResources(
    participantId: string,
    resources: Resource[],
    act: RegistryAct,
    law: { shrinkNoticeMs: number },
  ): Promise<Participant>;
  /** Gives a resource up after its notice (rule C8). Throws `participant-unknown`, `resource-not-declared`, `resource-has-open-case`. */
  releaseResource(
    participantId: string,
    resourceId: string,
    act: RegistryAct,
    law: { shrinkNoticeMs: number },
  ): Promise<Participant>;
  read(participantId: string): Promise<Participant | null>;
  list(cursor: string | undefined, limit: number): Promise<Page<Participant>>;
  /** Books a deposit once per `externalRef`. `repeat` for the same one again; throws `external-ref-reused` for another amount. */
  deposit(
    deposit: { participantId: string; externalRef: string; units: bigint },
    act: RegistryAct,
  ): Promise<{ status: 'booked' | 'repeat'; transferId: string }>;
  snapshot(participantId: string): Promise<LedgerSnapshot | null>;
  sanctions(participantId: string): Promise<Sanction[]>;
  transfers(
    participantId: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Page<Transfer>>;
  /** Newest first. */
  withdrawals(
    participantId: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Page<Withdrawal>>;
  notices(
    participantId: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Page<StoredNotice>>;
  /** The participant has read the notice: that serves it, unless it was served before (rule A7). Null when unknown. */
  readNotice(participantId: string, noticeId: string, atMs: number): Promise<StoredNotice | null>;
}
