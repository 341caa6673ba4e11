import type { QueuePlace } from '../../domain/breaker/queue.ts';
import type { Stage } from '../../domain/case/state.ts';
import { SEVERITIES } from '../../domain/violation.ts';

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
    ...networkKeys(n),
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
    /** Reputations that fell below the review line, one item per participant and family: few, and of the whole network. */
    review: (participantId: string, family: string): ItemKey => ({
      pk: n('REVIEWS'),
      sk: join(participantId, family),
    }),
    reviews: (): string => n('REVIEWS'),
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
    /** Cases in shadow lie apart, so that a report on them reads nothing else (design §6). */
    shadowCasesInMonth: (month: string, shard: number): string =>
      n('MONTH', month, 'SHADOW', String(shard)),
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
    /** Canonical JSON of a version's file, from which anybody recomputes its hash. */
    policyFile: (version: string): ItemKey => ({ pk: n('POLICY', version), sk: 'FILE' }),
    /** The revision of the register of laws; in its partition lies who proposed and approved each version. */
    policyRegister: (): ItemKey => ({ pk: n('POLICY-REGISTER'), sk: 'HEAD' }),
    publication: (version: string): ItemKey => ({
      pk: n('POLICY-REGISTER'),
      sk: join('VERSION', version),
    }),
    /** What a person's keyed request was answered (design §7). */
    idempotencyKey: (account: string, operation: string, key: string): ItemKey => ({
      pk: n('IDEMPOTENCY', account, operation, key),
      sk: 'KEY',
    }),
  };
}

/** Table `registry`: what is about the network as a whole: the breaker, and incidents. */
function networkKeys(n: Scoped) {
  return {
    /** Shards, control and totals of the breaker: one partition, read at once (rule D12). */
    breaker: (): string => n('BREAKER'),
    breakerShard: (no: number): ItemKey => ({ pk: n('BREAKER'), sk: join('SHARD', padded(no, 3)) }),
    breakerControl: (): ItemKey => ({ pk: n('BREAKER'), sk: 'CONTROL' }),
    breakerTotals: (): ItemKey => ({ pk: n('BREAKER'), sk: 'TOTALS' }),
    /** Those that wait at the breaker; the key is their order. */
    breakerQueue: (): string => n('BREAKER-QUEUE'),
    breakerPlace: ({ severity, sinceMs, caseId }: QueuePlace): ItemKey => ({
      pk: n('BREAKER-QUEUE'),
      sk: join(
        String(SEVERITIES.length - SEVERITIES.indexOf(severity)),
        padded(sinceMs, INSTANT_DIGITS),
        caseId,
      ),
    }),
    /** Participants that a step has suspended, until they are seen to have their access again. */
    suspendedMarks: (): string => n('SUSPENDED'),
    suspendedMark: (participantId: string): ItemKey => ({
      pk: n('SUSPENDED'),
      sk: join(participantId),
    }),
    incidents: (): string => n('INCIDENTS'),
    /** Read backwards the open ones come first, each part newest first: ids sort by their instant. */
    incident: (incidentId: string, isOpen: boolean): ItemKey => ({
      pk: n('INCIDENTS'),
      sk: join(isOpen ? 'OPEN' : 'CLOSED', incidentId),
    }),
    /** The clock holds once more, by themselves: every decision reads them. */
    clockHolds: (): string => n('CLOCK-HOLDS'),
    clockHold: (incidentId: string): ItemKey => ({ pk: n('CLOCK-HOLDS'), sk: join(incidentId) }),
    /** One incident for each request of a person. */
    incidentRequest: (account: string, key: string): ItemKey => ({
      pk: n('INCIDENT-REQUEST', account, key),
      sk: 'REQUEST',
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
    /** All entries of a participant's cases. */
    caseEntries: (participantId: string) => ({ pk: account(participantId), prefix: 'S#C#' }),
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
    /** Falls of a case of the kin that gave back rewards. */
    kinCutFalls: (participantId: string, caseId: string): ItemKey => ({
      pk: account(participantId),
      sk: join('S', 'K', caseId),
    }),
    /** Transfers sort by the version that wrote them: the order in which money moved. */
    transfer: (participantId: string, version: number, index: number): ItemKey => ({
      pk: account(participantId),
      sk: join('T', padded(version, SEQUENCE_DIGITS), padded(index, 3)),
    }),
    transferPrefix: 'T#',
    /** A control group (rule C8): its version, and one item per member. */
    group: (controlGroup: string): string => n('GROUP', controlGroup),
    groupHead: (controlGroup: string): ItemKey => ({ pk: n('GROUP', controlGroup), sk: 'HEAD' }),
    groupMember: (controlGroup: string, participantId: string): ItemKey => ({
      pk: n('GROUP', controlGroup),
      sk: join('MEMBER', participantId),
    }),
    /** A transfer id is used once in the whole network. */
    transferId: (transferId: string): ItemKey => ({ pk: n('TRANSFER', transferId), sk: 'ID' }),
    /** A payment outside names itself; the same name is booked once. */
    externalRef: (kind: 'deposit' | 'checks', externalRef: string): ItemKey => ({
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

/** Table `audit`: the history of a case, of a participant where no case is concerned, or of the network; and the heads of their chains. */
function auditKeys(n: Scoped) {
  const chain = (participantId: string | null): string =>
    participantId === null ? n('NETWORK') : n('P', participantId);
  return {
    auditEntry: (
      entry: { caseId: string | null; participantId: string | null; entryId: string },
      atMs: number,
    ): ItemKey => ({
      pk: entry.caseId === null ? chain(entry.participantId) : n('CASE', entry.caseId),
      sk: join(padded(atMs, INSTANT_DIGITS), entry.entryId),
    }),
    caseHistory: (caseId: string): string => n('CASE', caseId),
    /** Partition of a participant's entries, over all its cases, in the index by participant; null is the network. */
    chainHistory: chain,
    /** The end of a participant's chain, or of the network's. */
    chainHead: (participantId: string | null): ItemKey => ({
      pk: participantId === null ? n('CHAIN') : n('CHAIN', participantId),
      sk: 'HEAD',
    }),
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
