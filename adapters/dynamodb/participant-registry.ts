import type { Participant } from '../../domain/participant.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import { decodeNotice, decodeReview } from './case-codec.ts';
import type { Store } from './client.ts';
import { isInstant, isKeyText } from './cursor.ts';
import { bookDeposit } from './deposits.ts';
import { getTogether } from './get-together.ts';
import { readGroupSanctions } from './groups.ts';
import { bodyOf, type Item, queryPrefix, textOf } from './items.ts';
import { type ItemKey, type Keys, keysOf } from './keys.ts';
import { decodeCaseEntry, decodeTransfer, decodeWithdrawal } from './ledger-codec.ts';
import { markRead } from './notices.ts';
import { type PageQuery, readPage } from './pages.ts';
import { recordChecks, withChecks } from './passed-checks.ts';
import { register } from './registration.ts';
import { changeResources, releaseResource } from './resources.ts';
import { readSnapshot } from './snapshot.ts';
import { PARTICIPANT_INDEX } from './tables.ts';

/** Participants, their stake and their inbox, on DynamoDB. */
export function createParticipantRegistry(store: Store): ParticipantRegistry {
  const keys = keysOf(store.networkId);
  return {
    register: (participant, asset, act) => register(store, { participant, asset, act }),
    putResources: (participantId, resources, act, law) =>
      changeResources(store, participantId, resources, act, law),
    releaseResource: (participantId, resourceId, act, law) =>
      releaseResource(store, participantId, resourceId, act, law),
    async read(participantId) {
      const participant = await readParticipant(store, participantId);
      return participant === null ? null : ((await withChecks(store, [participant]))[0] ?? null);
    },
    async list(cursor, limit, checks = 'counted') {
      const query = sortedQuery('registry', keys.participantListings(), '');
      const page = await readPage(store, { ...query, scope: 'participants', cursor, limit });
      const ids = page.items.map((item) => bodyOf<string>(item, 'listing'));
      const listed = await participantsById(store, keys, ids);
      const items = checks === 'counted' ? await withChecks(store, listed) : listed;
      return { items, nextCursor: page.nextCursor };
    },
    deposit: (deposit, act) => bookDeposit(store, deposit, act),
    snapshot: (participantId) => readSnapshot(store, participantId),
    sanctions: (participantId, controlGroup) =>
      readGroupSanctions(store, participantId, controlGroup),
    recordChecks: (checks, act) => recordChecks(store, checks, act),
    async caseEntries(participantId) {
      const { pk, prefix } = keys.caseEntries(participantId);
      return (await queryPrefix(store, 'ledger', pk, prefix)).map(decodeCaseEntry);
    },
    async reviews(cursor, limit) {
      const query = sortedQuery('registry', keys.reviews(), '');
      const page = await readPage(store, { ...query, scope: 'reviews', cursor, limit });
      return { ...page, items: page.items.map(decodeReview) };
    },
    async transfers(participantId, cursor, limit) {
      const query = sortedQuery('ledger', keys.account(participantId), keys.transferPrefix);
      const scope = `transfers/${participantId}`;
      const page = await readPage(store, { ...query, newestFirst: true, scope, cursor, limit });
      return { ...page, items: page.items.map(decodeTransfer) };
    },
    async withdrawals(participantId, cursor, limit) {
      const query = sortedQuery('ledger', keys.account(participantId), keys.withdrawalPrefix);
      const scope = `withdrawals/${participantId}`;
      const page = await readPage(store, { ...query, newestFirst: true, scope, cursor, limit });
      return { ...page, items: page.items.map(decodeWithdrawal) };
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
