import type { Stage } from '../../domain/case/state.ts';

/** Primary key of an item; both parts are strings in every table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Index partitions of undelivered observations per network (design §4). */
export const UNDELIVERED_SHARDS = 16;

/** Index partitions of each stage and of each month, so that no single one takes all writes. */
export const CASE_SHARDS = 4;

/** Partitions of the reserve's entries: it is a sink without a head, so nothing ever waits for it (rule D13). */
export const RESERVE_SHARDS = 16;

const INSTANT_DIGITS = 15;
const SEQUENCE_DIGITS = 12;

/** Stable hash of a text (FNV-1a, 32 bit) modulo `count`: the same shard on every machine and in every version. */
export function shardOf(text: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % count;
}

/** `2026-11` of an instant, UTC. */
export function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

/** Ids may hold the separator; escaped, two different lists of parts never make the same key. */
function join(...parts: string[]): string {
  return parts.map((part) => part.replace(/[%#]/g, encodeURIComponent)).join('#');
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** Every key of one network. Keys of different networks never meet, so networks can share tables. */
export function keysOf(networkId: string) {
  const n = (...parts: string[]): string => join(networkId, ...parts);
  return {
    ...registryKeys(n),
    ...ledgerKeys(n),
    ...auditKeys(n),
    ...intakeKeys(n),
    /** Start of every `pk` of this network. */
    networkPrefix: `${join(networkId)}#`,
  };
}

/** The keys of one network, as `keysOf` makes them. */
export type Keys = ReturnType<typeof keysOf>;

type Scoped = (...parts: string[]) => string;

/** Table `registry`: participants, slots, cases, steps, sanctions, notices, sources, policies. */
function registryKeys(n: Scoped) {
  return {
    participant: (participantId: string): ItemKey => ({
      pk: n('P', participantId),
      sk: 'PARTICIPANT',
    }),
    /** One short item per participant, so that they can be listed without an index. */
    participantListing: (participantId: string): ItemKey => ({
      pk: n('PARTICIPANTS'),
      sk: join(participantId),
    }),
    participantListings: (): string => n('PARTICIPANTS'),
    /** Who owns a resource (rule B8). */
    resource: (resourceId: string): ItemKey => ({ pk: n('RESOURCE', resourceId), sk: 'RESOURCE' }),
    sanction: (participantId: string, caseId: string): ItemKey => ({
      pk: n('P', participantId),
      sk: join('SANCTION', caseId),
    }),
    sanctions: (participantId: string) => ({ pk: n('P', participantId), prefix: 'SANCTION#' }),
    notice: (participantId: string, noticeId: string): ItemKey => ({
      pk: n('P', participantId),
      sk: join('NOTICE', noticeId),
    }),
    /** Partition of a participant's notices in the index by participant. */
    noticesOf: (participantId: string): string => n('NOTICES', participantId),
    caseRecord: (caseId: string): ItemKey => ({ pk: n('CASE', caseId), sk: 'CASE' }),
    /** Partition of a participant's cases in the index by participant. */
    casesOf: (participantId: string): string => n('CASES', participantId),
    casesInStage: (stage: Stage, shard: number): string => n('STAGE', stage, String(shard)),
    casesInMonth: (month: string, shard: number): string => n('MONTH', month, String(shard)),
    /** Months in which a case was opened: the list of all cases walks them and no others. */
    month: (month: string): ItemKey => ({ pk: n('MONTHS'), sk: month }),
    months: (): string => n('MONTHS'),
    /** A withdrawal whose workflow waits to be started (ADR 0018). */
    withdrawalStart: (participantId: string, withdrawalId: string): ItemKey => ({
      pk: n('WITHDRAWAL', participantId, withdrawalId),
      sk: 'START',
    }),
    /** Partition of all of them in the index by stage. */
    withdrawalStarts: (): string => n('WITHDRAWAL-STARTS'),
    /** At most one commit per step key, ever (invariant H3). */
    step: (stepKey: string): ItemKey => ({ pk: n('STEP', stepKey), sk: 'STEP' }),
    /** The open case of one participant and violation type. */
    slot: (participantId: string, violationType: string): ItemKey => ({
      pk: n('SLOT', participantId, violationType),
      sk: 'SLOT',
    }),
    sourceConfig: (sourceId: string): ItemKey => ({ pk: n('SOURCES'), sk: join(sourceId) }),
    sourceConfigs: (): string => n('SOURCES'),
    /** What deliveries say about a source: when it was last seen, whether it was truncated. */
    sourceState: (sourceId: string): ItemKey => ({ pk: n('SOURCE', sourceId), sk: 'STATE' }),
    /** The sealed secrets of a source or subscriber. */
    secret: (secretId: string): ItemKey => ({ pk: n('SECRET', secretId), sk: 'SECRET' }),
    policy: (version: string): ItemKey => ({ pk: n('POLICY', version), sk: 'POLICY' }),
    /** When each version comes into force; sorts by that instant. */
    policyStart: (effectiveFromMs: number, version: string): ItemKey => ({
      pk: n('POLICIES'),
      sk: join(padded(effectiveFromMs, INSTANT_DIGITS), version),
    }),
    policyStarts: (): string => n('POLICIES'),
    /** What a person's keyed request was answered (design §7). */
    idempotencyKey: (account: string, operation: string, key: string): ItemKey => ({
      pk: n('IDEMPOTENCY', account, operation, key),
      sk: 'KEY',
    }),
  };
}

/** Table `ledger`: per participant its head and facts (`S#…`, read as one snapshot) and its transfers (`T#…`). */
function ledgerKeys(n: Scoped) {
  const account = (participantId: string): string => n('ACCOUNT', participantId);
  return {
    account,
    /** Sorts before every other fact, so the first page of a snapshot holds the version. */
    ledgerHead: (participantId: string): ItemKey => ({ pk: account(participantId), sk: 'S#A' }),
    snapshotPrefix: 'S#',
    caseEntry: (participantId: string, caseId: string): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'C', caseId),
    }),
    depositFact: (participantId: string, version: number): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'D', padded(version, SEQUENCE_DIGITS)),
    }),
    /** Sorts by the instant of the request; the item is replaced as the withdrawal goes on. */
    withdrawalFact: (
      participantId: string,
      one: { withdrawalId: string; requestedAtMs: number },
    ): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'L', padded(one.requestedAtMs, INSTANT_DIGITS), one.withdrawalId),
    }),
    withdrawalPrefix: 'S#L#',
    rewardFact: (participantId: string, version: number): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'R', padded(version, SEQUENCE_DIGITS)),
    }),
    payoutFact: (participantId: string, version: number): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'P', padded(version, SEQUENCE_DIGITS)),
    }),
    /** Transfers sort by the version that wrote them: the order in which money moved. */
    transfer: (participantId: string, version: number, index: number): ItemKey => ({
      pk: account(participantId),
      sk: join('T', padded(version, SEQUENCE_DIGITS), padded(index, 3)),
    }),
    transferPrefix: 'T#',
    /** A transfer id is used once in the whole network. */
    transferId: (transferId: string): ItemKey => ({ pk: n('TRANSFER', transferId), sk: 'ID' }),
    /** A payment outside names itself; the same name is booked once. */
    externalRef: (kind: 'deposit', externalRef: string): ItemKey => ({
      pk: n('REF', kind, externalRef),
      sk: 'REF',
    }),
    reserveEntry: (transferId: string): ItemKey => ({
      pk: n('RESERVE', String(shardOf(transferId, RESERVE_SHARDS))),
      sk: join(transferId),
    }),
    reserveShard: (shard: number): string => n('RESERVE', String(shard)),
  };
}

/** Table `audit`: the history of a case, or of a participant where no case is concerned. */
function auditKeys(n: Scoped) {
  return {
    auditEntry: (
      entry: { caseId: string | null; participantId: string; entryId: string },
      atMs: number,
    ): ItemKey => ({
      pk: entry.caseId === null ? n('P', entry.participantId) : n('CASE', entry.caseId),
      sk: join(padded(atMs, INSTANT_DIGITS), entry.entryId),
    }),
    caseHistory: (caseId: string): string => n('CASE', caseId),
    participantHistory: (participantId: string): string => n('P', participantId),
  };
}

/** Tables `alerts` and `inbox`: heads, observations, members of a case, receipts, quarantine. */
function intakeKeys(n: Scoped) {
  return {
    /** Partition of the undelivered index; the shard is the participant's (design §4). */
    undelivered: (shard: number): string => n('UNDELIVERED', String(shard)),
    undeliveredOf: (participantId: string): string =>
      n('UNDELIVERED', String(shardOf(participantId, UNDELIVERED_SHARDS))),
    /** Table `alerts`: the present state of one alert. */
    head: (alertKey: string): ItemKey => ({ pk: n('HEAD', alertKey), sk: 'HEAD' }),
    /** Table `alerts`: the heads that the relay attached to a case. */
    member: (caseId: string, alertKey: string): ItemKey => ({
      pk: n('MEMBERS', caseId),
      sk: join('HEAD', alertKey),
    }),
    members: (caseId: string) => ({ pk: n('MEMBERS', caseId), prefix: 'HEAD#' }),
    /** Table `alerts`: header of a receipt, and its alerts a thousand at a time. */
    receipt: (receiptId: string): ItemKey => ({ pk: n('RECEIPT', receiptId), sk: 'RECEIPT' }),
    receiptChunk: (receiptId: string, index: number): ItemKey => ({
      pk: n('RECEIPT', receiptId),
      sk: join('CHUNK', padded(index, 6)),
    }),
    receiptChunks: (receiptId: string) => ({ pk: n('RECEIPT', receiptId), prefix: 'CHUNK#' }),
    /** Table `inbox`: one observation of an alert. */
    observation: (alertKey: string, seq: number): ItemKey => ({
      pk: n('ALERT', alertKey),
      sk: join('OBS', padded(seq, SEQUENCE_DIGITS)),
    }),
    /** Table `inbox`: a signed delivery by the sender's own id. */
    delivery: (sourceId: string, deliveryId: string): ItemKey => ({
      pk: n('DELIVERY', sourceId, deliveryId),
      sk: 'DELIVERY',
    }),
    /** Table `inbox`: what a source sent that could not be accepted (rule B8). */
    quarantine: (sourceId: string, reason: string, fingerprint: string): ItemKey => ({
      pk: n('QUARANTINE', sourceId),
      sk: join('Q', reason, fingerprint),
    }),
    quarantined: (sourceId: string) => ({ pk: n('QUARANTINE', sourceId), prefix: 'Q#' }),
  };
}
