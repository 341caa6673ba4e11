import type { CaseEntry, LedgerSnapshot, Transfer, Withdrawal } from '../ledger/accounts.ts';
import type { StoredNotice } from '../notice.ts';
import type { Participant, Resource } from '../participant.ts';
import type { ReputationReview } from '../reputation/review.ts';
import type { Sanction } from '../sanction.ts';
import type { Page } from './case-reader.ts';

/** Who did it, when, and the request's own reference, so that a retry is a no-op and another body is refused. */
export interface RegistryAct {
  actor: string;
  atMs: number;
}

/** Participants, their stake and their inbox, as the participants API uses them (design §7). */
export interface ParticipantRegistry {
  /**
   * Creates participant and empty ledger and enters it into its control group. `exists` when the same registration was made before; throws
   * `participant-exists` for another body, `control-group-suspended` or `control-group-excluded` for a group that is barred (rule C8).
   */
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
  /** Who needs no present number of passed checks saves a read for each participant. */
  list(
    cursor: string | undefined,
    limit: number,
    checks?: 'counted' | 'as-registered',
  ): Promise<Page<Participant>>;
  /** Books a deposit once per `externalRef`. `repeat` for the same one again; throws `external-ref-reused` for another amount. */
  deposit(
    deposit: { participantId: string; externalRef: string; units: bigint },
    act: RegistryAct,
  ): Promise<{ status: 'booked' | 'repeat'; transferId: string }>;
  snapshot(participantId: string): Promise<LedgerSnapshot | null>;
  /** The sanctions of the participant's whole control group, ended ones included (rule C8). Who knows the group saves a look. */
  sanctions(participantId: string, controlGroup?: string): Promise<Sanction[]>;
  /** Counts passed system checks once per `externalRef` (rule C7). Throws `participant-unknown`, `external-ref-reused`. */
  recordChecks(
    checks: { participantId: string; externalRef: string; passed: number },
    act: RegistryAct,
  ): Promise<{ status: 'recorded' | 'repeat'; checksPassed: number }>;
  /** What its cases have done to a participant, read consistently: less than a snapshot, for those who need no money. */
  caseEntries(participantId: string): Promise<CaseEntry[]>;
  /** Reviews of reputations that were opened, also those that ended by themselves since (rules §F). */
  reviews(cursor: string | undefined, limit: number): Promise<Page<ReputationReview>>;
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
