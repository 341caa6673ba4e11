import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { DomainError } from '../../domain/errors.ts';
import { emptyBalances } from '../../domain/ledger/conservation.ts';
import type { Participant } from '../../domain/participant.ts';
import type { ParticipantRegistry, RegistryAct } from '../../domain/ports/participant-registry.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import { auditItem, decodeNotice } from './case-codec.ts';
import { readSanctions } from './case-store.ts';
import type { Store } from './client.ts';
import { isInstant, isKeyText } from './cursor.ts';
import { bookDeposit } from './deposits.ts';
import { getTogether } from './get-together.ts';
import { bodyOf, getItem, type Item, makeItem, textOf } from './items.ts';
import { type ItemKey, type Keys, keysOf } from './keys.ts';
import { decodeTransfer, ledgerHeadItem } from './ledger-codec.ts';
import { markRead } from './notices.ts';
import { type PageQuery, readPage } from './pages.ts';
import {
  changeResources,
  checkResourceCount,
  claimResource,
  participantItem,
  throwIfTaken,
} from './resources.ts';
import { readSnapshot } from './snapshot.ts';
import { putNew } from './step-writes.ts';
import { transact } from './store-errors.ts';
import { PARTICIPANT_INDEX } from './tables.ts';

/** Participants, their stake and their inbox, on DynamoDB. */
export function createParticipantRegistry(store: Store): ParticipantRegistry {
  const keys = keysOf(store.networkId);
  return {
    register: (participant, asset, act) => register(store, keys, { participant, asset, act }),
    putResources: (participantId, resources, act) =>
      changeResources(store, participantId, resources, act),
    read: (participantId) => readParticipant(store, participantId),
    async list(cursor, limit) {
      const query = sortedQuery('registry', keys.participantListings(), '');
      const page = await readPage(store, { ...query, scope: 'participants', cursor, limit });
      const ids = page.items.map((item) => bodyOf<string>(item, 'listing'));
      return { items: await participantsById(store, keys, ids), nextCursor: page.nextCursor };
    },
    deposit: (deposit, act) => bookDeposit(store, deposit, act),
    snapshot: (participantId) => readSnapshot(store, participantId),
    sanctions: (participantId) => readSanctions(store, participantId),
    async transfers(participantId, cursor, limit) {
      const query = sortedQuery('ledger', keys.account(participantId), keys.transferPrefix);
      const scope = `transfers/${participantId}`;
      const page = await readPage(store, { ...query, newestFirst: true, scope, cursor, limit });
      return { ...page, items: page.items.map(decodeTransfer) };
    },
    async notices(participantId, cursor, limit) {
      const query = noticeQuery(keys, participantId);
      const page = await readPage(store, { ...query, cursor, limit });
      return { ...page, items: page.items.map(decodeNotice) };
    },
    readNotice: (participantId, noticeId, atMs) => markRead(store, participantId, noticeId, atMs),
  };
}

/** Reads a participant consistently; null when unknown. */
export async function readParticipant(
  store: Store,
  participantId: string,
): Promise<Participant | null> {
  const { participant } = keysOf(store.networkId);
  const item = await getTogether(store, 'registry', participant(participantId));
  return item === null ? null : bodyOf<Participant>(item, 'participant');
}

/** Hash of what was registered; the instant is not part of it, for a retry comes later. */
function registrationHash(participant: Participant, asset: string): string {
  const { registeredAtMs: _, ...lasting } = participant;
  return createHash('sha256')
    .update(canonicalJson({ asset, ...lasting }))
    .digest('hex');
}

interface Registration {
  readonly participant: Participant;
  readonly asset: string;
  readonly act: RegistryAct;
}

/**
 * Creates participant, empty ledger and the claims of its resources in one transaction. Throws `participant-exists`,
 * `resource-taken`, `resources-too-many`.
 */
async function register(
  store: Store,
  keys: Keys,
  registration: Registration,
): Promise<'registered' | 'exists'> {
  const { participant, asset, act } = registration;
  const { participantId, resources } = participant;
  checkResourceCount(resources.length, resources.length);
  const hash = registrationHash(participant, asset);
  const { registry, ledger, audit } = store.tables;
  const head = { version: 0, asset, balances: emptyBalances(), lastFacts: [] };
  const entry = {
    entryId: `registered/${participantId}`,
    participantId,
    caseId: null,
    atMs: act.atMs,
    kind: 'participant-registered',
    actor: act.actor,
    summary: `${participant.displayName} registered as ${participant.kind}.`,
    data: { controlGroup: participant.controlGroup, asset },
  };
  const item = participantItem(keys, participant, { revision: 1, registrationHash: hash });
  const listing = makeItem(keys.participantListing(participantId), 'listing', participantId);
  const failed = await transact(store, [
    { label: 'participant', action: putNew(registry, item) },
    { label: 'listing', action: putNew(registry, listing) },
    {
      label: 'head',
      action: putNew(ledger, ledgerHeadItem(keys.ledgerHead(participantId), head)),
    },
    ...[...new Set(resources.map((resource) => resource.resourceId))].map((resourceId) =>
      claimResource(store, keys, participantId, resourceId),
    ),
    { label: 'audit', action: putNew(audit, auditItem(keys, entry)) },
  ]);
  if (failed.size === 0) return 'registered';
  if (!failed.has('participant')) throwIfTaken(failed);
  const stored = await getItem(store, 'registry', keys.participant(participantId));
  if (stored?.['registrationHash'] === hash) return 'exists';
  throw new DomainError(
    'participant-exists',
    'conflict',
    'There is a participant with this id and other data. Choose another id, or change its resources.',
    { participantId },
  );
}

/** Participants in the order of their ids. */
async function participantsById(
  store: Store,
  keys: Keys,
  ids: readonly string[],
): Promise<Participant[]> {
  const byId = new Map<string, Participant>();
  for (let start = 0; start < ids.length; start += BATCH_KEYS) {
    const wanted = ids.slice(start, start + BATCH_KEYS).map(keys.participant);
    for (const item of await batchGet(store, 'registry', wanted)) {
      const participant = bodyOf<Participant>(item, 'participant');
      byId.set(participant.participantId, participant);
    }
  }
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A list in the order of the table's own sort key; the position is that key. */
function sortedQuery(table: 'registry' | 'ledger', pk: string, prefix: string) {
  const isPosition = (value: unknown): value is string =>
    isKeyText(value) && value.startsWith(prefix);
  return {
    table,
    condition: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
    values: prefix === '' ? { ':pk': pk } : { ':pk': pk, ':prefix': prefix },
    isPosition,
    startKey: (position: string): Item => ({ pk, sk: position }),
    positionOf: (item: Item): string => textOf(item, 'sk'),
  } satisfies Partial<PageQuery<string>>;
}

type NoticePosition = [openedAtMs: number, noticeId: string];

function isNoticePosition(value: unknown): value is NoticePosition {
  return Array.isArray(value) && value.length === 2 && isInstant(value[0]) && isKeyText(value[1]);
}

/** A participant's notices, newest first, from the index by participant. */
function noticeQuery(keys: Keys, participantId: string) {
  const partition = keys.noticesOf(participantId);
  return {
    table: 'registry' as const,
    index: PARTICIPANT_INDEX.name,
    scope: `notices/${participantId}`,
    condition: `${PARTICIPANT_INDEX.partition} = :partition`,
    values: { ':partition': partition },
    newestFirst: true,
    isPosition: isNoticePosition,
    startKey: ([openedAtMs, noticeId]: NoticePosition): Item => {
      const key: ItemKey = keys.notice(participantId, noticeId);
      return { ...key, [PARTICIPANT_INDEX.partition]: partition, openedAtMs };
    },
    positionOf: (item: Item): NoticePosition => {
      const { notice } = decodeNotice(item);
      return [notice.createdAtMs, notice.noticeId];
    },
  };
}
