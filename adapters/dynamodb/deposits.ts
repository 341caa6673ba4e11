import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Transfer } from '../../domain/ledger/accounts.ts';
import { applyTransfer } from '../../domain/ledger/conservation.ts';
import { formatUnits, MAX_UNITS } from '../../domain/money.ts';
import type { RegistryAct } from '../../domain/ports/participant-registry.ts';
import { type AuditLabel, auditWrites } from './audit-chain.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem } from './items.ts';
import { keysOf } from './keys.ts';
import {
  decodeLedgerHead,
  depositFactItem,
  type LedgerHead,
  transferItems,
} from './ledger-codec.ts';
import { moveHead, putNew } from './step-writes.ts';
import { type LabelledWrite, transact } from './store-errors.ts';

/** Stake that was paid in outside, under the name that the payer's system gave it. */
export interface Deposit {
  readonly participantId: string;
  readonly externalRef: string;
  readonly units: bigint;
}

/** What became of a deposit. */
export interface DepositResult {
  readonly status: 'booked' | 'repeat';
  readonly transferId: string;
}

const MAX_TRIES = 50;

type StoredRef = { participantId: string; units: string; transferId: string };

async function earlier(store: Store, deposit: Deposit): Promise<DepositResult | null> {
  const key = keysOf(store.networkId).externalRef('deposit', deposit.externalRef);
  const item = await getItem(store, 'ledger', key);
  if (item === null) return null;
  const { participantId, units, transferId } = bodyOf<StoredRef>(item, 'external-ref');
  if (participantId === deposit.participantId && units === formatUnits(deposit.units)) {
    return { status: 'repeat', transferId };
  }
  throw new DomainError(
    'external-ref-reused',
    'conflict',
    'This externalRef names another deposit. Each payment has a reference of its own.',
    { externalRef: deposit.externalRef },
  );
}

async function depositWrites(
  store: Store,
  deposit: Deposit,
  act: RegistryAct,
  head: LedgerHead,
): Promise<LabelledWrite<'ref' | 'head' | 'new' | AuditLabel>[]> {
  const keys = keysOf(store.networkId);
  const { participantId, externalRef, units } = deposit;
  const { atMs, actor } = act;
  const { ledger } = store.tables;
  const version = head.version + 1;
  const transferId = `deposit/${externalRef}`;
  const transfer: Transfer = {
    transferId,
    participantId,
    kind: 'deposit',
    atMs,
    postings: [
      { account: 'outside', deltaUnits: -units },
      { account: 'available', deltaUnits: units },
    ],
  };
  const change = {
    participantId,
    expectedVersion: head.version,
    balances: applyTransfer(head.balances, transfer),
  };
  const refBody: StoredRef = { participantId, units: formatUnits(units), transferId };
  const ref = makeItem(keys.externalRef('deposit', externalRef), 'external-ref', refBody);
  const factKey = keys.depositFact(participantId, version);
  const entry: AuditEntry = {
    entryId: transferId,
    participantId,
    caseId: null,
    atMs,
    kind: 'deposit-booked',
    actor,
    summary: `Deposit of ${units} units booked.`,
    data: { externalRef, units: formatUnits(units), asset: head.asset },
  };
  return [
    { label: 'ref', action: putNew(ledger, ref) },
    { label: 'head', action: moveHead(store, change, [factKey.sk]) },
    { label: 'new', action: putNew(ledger, depositFactItem(factKey, { atMs, units }, version)) },
    ...transferItems(keys, transfer, version, 0).map((item) => ({
      label: 'new' as const,
      action: putNew(ledger, item),
    })),
    ...(await auditWrites(store, [entry])),
  ];
}

/**
 * Books a deposit once per `externalRef` and raises the ledger's version. Throws `participant-unknown`,
 * `external-ref-reused`, and `amount-invalid` when the account would pass 38 digits or nothing is deposited.
 */
export async function bookDeposit(
  store: Store,
  deposit: Deposit,
  act: RegistryAct,
): Promise<DepositResult> {
  const keys = keysOf(store.networkId);
  const { participantId, units } = deposit;
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const repeat = units > 0n && units <= MAX_UNITS ? await earlier(store, deposit) : null;
    if (repeat !== null) return repeat;
    const item = await getItem(store, 'ledger', keys.ledgerHead(participantId));
    if (item === null) {
      throw new DomainError('participant-unknown', 'caller', 'There is no such participant.', {
        participantId,
      });
    }
    const head = decodeLedgerHead(item);
    if (units <= 0n || head.balances.deposited + units > MAX_UNITS) {
      throw new DomainError(
        'amount-invalid',
        'caller',
        'A deposit is more than zero, and all deposits of an account together have at most 38 digits.',
      );
    }
    const failed = await transact(store, await depositWrites(store, deposit, act, head));
    if (failed.size === 0)
      return { status: 'booked', transferId: `deposit/${deposit.externalRef}` };
    // Somebody else moved the account or its chain, or booked the same reference: look again, not all at the same time.
    await sleep(Math.random() * Math.min(200, 5 * tries));
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The account changed at every try to book the deposit. Try again.',
    { participantId },
  );
}
