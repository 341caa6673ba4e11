import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { type LedgerMove, toLedgerChange } from '../../domain/ledger/move.ts';
import type { CaseStore } from '../../domain/ports/case-store.ts';
import type { WithdrawalStart } from '../../domain/ports/withdrawal-starts.ts';
import { hashOf } from '../shared/canonical.ts';
import { HttpProblem } from '../shared/http-problem.ts';
import { unknownParticipant } from './participant-access.ts';

/** What bookings need of the ledger: the same transaction as the steps of cases. */
export type BookingLedger = Pick<CaseStore, 'findStep' | 'snapshot' | 'sanctions' | 'commit'>;

/** One booking: what names it for ever, and what it is. */
export interface Booking<Result> {
  participantId: string;
  /** From the external reference: the same name is booked once. */
  key: string;
  /** All that makes it the same booking; another one under the name is refused. */
  body: unknown;
  plan: (snapshot: LedgerSnapshot) => Promise<PlannedBooking<Result>> | PlannedBooking<Result>;
}

/** What a booking writes, and what it answers. */
export interface PlannedBooking<Result> {
  move: LedgerMove;
  audit: Pick<AuditEntry, 'kind' | 'actor' | 'atMs' | 'summary' | 'data'>;
  result: Result;
  start?: WithdrawalStart;
}

/** What became of a booking; a repeat is answered with what the first one came to. */
export interface BookingResult<Result> {
  status: 'booked' | 'repeat';
  result: Result;
}

const MAX_TRIES = 30;

/**
 * Books once, in one transaction that is conditional on the ledger's version: whatever moves meanwhile, it is computed anew (rule
 * D8). Throws `external-ref-reused`, `participant-unknown`, `store-unreachable`, and what the plan refuses with.
 */
export async function book<Result>(
  ledger: BookingLedger,
  booking: Booking<Result>,
): Promise<BookingResult<Result>> {
  const { participantId, key, body, plan } = booking;
  const stepKey = `booking/${key}`;
  const inputHash = hashOf({ participantId, body });
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const earlier = await ledger.findStep(stepKey);
    if (earlier) {
      if (earlier.inputHash !== inputHash) throw reused();
      return { status: 'repeat', result: JSON.parse(earlier.resultJson) as Result };
    }
    const snapshot = await snapshotOf(ledger, participantId);
    const { move, audit, result, start } = await plan(snapshot);
    const done = await commit(ledger, {
      stepKey,
      inputHash,
      resultJson: JSON.stringify(result),
      record: null,
      recordIsNew: false,
      ledger: toLedgerChange(snapshot, move),
      notices: [],
      audit: [{ ...audit, entryId: key, participantId, caseId: null }],
      freeSlot: null,
      ...(start && { withdrawalStart: start }),
    });
    if (done.status === 'committed') return { status: 'booked', result };
    // Somebody else moved the account, or booked the same: look again, not all at the same time.
    await sleep(Math.random() * Math.min(200, 5 * tries));
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The account changed at every try to book. Try again.',
    { participantId },
  );
}

async function commit(ledger: BookingLedger, step: Parameters<CaseStore['commit']>[0]) {
  try {
    return await ledger.commit(step);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'step-conflict') throw reused();
    throw error;
  }
}

async function snapshotOf(ledger: BookingLedger, participantId: string): Promise<LedgerSnapshot> {
  try {
    return await ledger.snapshot(participantId);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'participant-unknown')
      throw unknownParticipant(participantId);
    throw error;
  }
}

function reused(): HttpProblem {
  return new HttpProblem(
    'external-ref-reused',
    'This externalRef names another booking. Each has a reference of its own.',
  );
}

/** Throws `asset-mismatch` when an amount is not in the asset of the ledger. */
export function checkAsset(snapshot: LedgerSnapshot, amount: { asset: string }): void {
  if (snapshot.asset === amount.asset) return;
  throw new HttpProblem('asset-mismatch', `This ledger is kept in ${snapshot.asset}.`, {
    errors: [{ pointer: '/amount/asset', code: 'asset-mismatch' }],
  });
}

/** Throws `amount-invalid` when an account would pass the 38 digits that store and contract hold. */
export function checkRoom(present: bigint, more: bigint, mostUnits: bigint): void {
  if (present + more <= mostUnits) return;
  throw new HttpProblem('amount-invalid', 'The account would pass 38 digits.', {
    errors: [{ pointer: '/amount/units', code: 'amount-invalid' }],
  });
}
