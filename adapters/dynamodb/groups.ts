import { DomainError } from '../../domain/errors.ts';
import type { ControlGroup, Kin, LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import type { Participant } from '../../domain/participant.ts';
import type { GroupChange } from '../../domain/ports/case-store.ts';
import type { Sanction } from '../../domain/sanction.ts';
import { decodeSanction } from './case-codec.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, type Item, numberOf, queryPrefix, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { readLedger } from './snapshot.ts';
import type { WriteAction } from './store-errors.ts';

/** One participant of a control group. */
export interface GroupMember {
  readonly participantId: string;
  readonly registeredAtMs: number;
  readonly checksPassed: number;
}

/** A control group as it is stored (rule C8): its version, who moved it last, and its members. */
export interface StoredGroup {
  /** 0 before the first write. */
  readonly version: number;
  /** The member whose step or registration made this version, and its ledger's version then: a reader that finds less has read too early. */
  readonly last: { readonly participantId: string; readonly version: number } | null;
  readonly members: readonly GroupMember[];
}

/** Ledgers of kin are read so many at a time. */
const READS_AT_ONCE = 16;

const MAX_READS = 20;

/** Reads a control group consistently; one without items has no members. */
export async function readGroup(store: Store, controlGroup: string): Promise<StoredGroup> {
  const keys = keysOf(store.networkId);
  const items = await queryPrefix(store, 'ledger', keys.group(controlGroup), '');
  const headSk = keys.groupHead(controlGroup).sk;
  const head = items.find((item) => item['sk'] === headSk);
  const members = items.flatMap((item) => (item === head ? [] : memberOf(item)));
  if (head === undefined) return { version: 0, last: null, members };
  const participantId = textOf(head, 'lastMember');
  const last = { participantId, version: numberOf(head, 'lastVersion') };
  return { version: numberOf(head, 'version'), last, members };
}

/** Checks may be counted for a participant that has not entered its group yet: that makes no member. */
function memberOf(item: Item): GroupMember[] {
  if (item['registeredAtMs'] === undefined) return [];
  return [
    {
      participantId: textOf(item, 'participantId'),
      registeredAtMs: numberOf(item, 'registeredAtMs'),
      checksPassed: numberOf(item, 'checksPassed'),
    },
  ];
}

/** Moves a group on by one version, if it is the version that was read, and remembers whose write it was (design §4). */
export function moveGroup(
  store: Store,
  change: Pick<GroupChange, 'controlGroup' | 'expectedVersion'>,
  by: { readonly participantId: string; readonly version: number },
): WriteAction {
  const { pk, sk } = keysOf(store.networkId).groupHead(change.controlGroup);
  const { expectedVersion } = change;
  return {
    Update: {
      TableName: store.tables.ledger,
      Key: { pk, sk },
      UpdateExpression:
        'SET version = :next, lastMember = :member, lastVersion = :version, #v = :one, #type = :type',
      ConditionExpression:
        expectedVersion === 0 ? 'attribute_not_exists(version)' : 'version = :expected',
      ExpressionAttributeNames: { '#v': 'v', '#type': 'type' },
      ExpressionAttributeValues: {
        ':next': expectedVersion + 1,
        ':member': by.participantId,
        ':version': by.version,
        ':one': 1,
        ':type': 'group-head',
        ...(expectedVersion > 0 && { ':expected': expectedVersion }),
      },
    },
  };
}

/** Enters a participant into its group; checks that were counted for it before stay counted. */
export function enterGroup(store: Store, controlGroup: string, member: GroupMember): WriteAction {
  const { participantId, registeredAtMs, checksPassed } = member;
  return updateMember(store, controlGroup, participantId, checksPassed, registeredAtMs);
}

/** Counts passed system checks of a participant (rule C7); no version is moved, since no decision is made void by them. */
export function countChecks(
  store: Store,
  controlGroup: string,
  participantId: string,
  count: number,
): WriteAction {
  return updateMember(store, controlGroup, participantId, count);
}

function updateMember(
  store: Store,
  controlGroup: string,
  participantId: string,
  checks: number,
  registeredAtMs?: number,
): WriteAction {
  const { pk, sk } = keysOf(store.networkId).groupMember(controlGroup, participantId);
  const entered = registeredAtMs === undefined ? '' : ', registeredAtMs = :registered';
  return {
    Update: {
      TableName: store.tables.ledger,
      Key: { pk, sk },
      UpdateExpression: `SET participantId = :id, #v = :one, #type = :type${entered} ADD checksPassed :checks`,
      ExpressionAttributeNames: { '#v': 'v', '#type': 'type' },
      ExpressionAttributeValues: {
        ':id': participantId,
        ':one': 1,
        ':type': 'group-member',
        ':checks': checks,
        ...(registeredAtMs !== undefined && { ':registered': registeredAtMs }),
      },
    },
  };
}

/**
 * The ledger of a participant with its control group: what a step of a case decides on (rule C8). The own ledger is read first and guarded
 * by its own version; then the group's version, then the kin, so that whatever a member's step writes meanwhile moves the version on which
 * this step is conditional. Null when the participant has none.
 */
export async function readLedgerWithGroup(
  store: Store,
  participantId: string,
): Promise<LedgerSnapshot | null> {
  for (let read = 0; read < MAX_READS; read++) {
    const own = await readLedger(store, participantId);
    if (own === null) return null;
    const { snapshot } = own;
    const self = await memberSelf(store, participantId, own.controlGroup);
    const stored = await readGroup(store, self.controlGroup);
    const kin = await readKin(store, stored, participantId);
    const versions = new Map(kin.map((one) => [one.participantId, one.version]));
    versions.set(participantId, snapshot.version);
    const isMember = stored.members.some((member) => member.participantId === participantId);
    if (!isWhole(stored, versions) || !(isMember || self.joining)) continue;
    const group = groupOf(stored, self.controlGroup, isMember ? undefined : self.joining, kin);
    return { ...snapshot, group };
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The control group of the participant changed at every try to read it. Try again.',
    { participantId },
  );
}

function isWhole(stored: StoredGroup, versions: ReadonlyMap<string, number>): boolean {
  const { last } = stored;
  return last === null || (versions.get(last.participantId) ?? -1) >= last.version;
}

function groupOf(
  stored: StoredGroup,
  controlGroup: string,
  joining: Self['joining'],
  kin: readonly (Kin & { version: number })[],
): ControlGroup {
  const all = [...stored.members, ...(joining === undefined ? [] : [joining])];
  return {
    controlGroup,
    version: stored.version,
    ...(joining && { joining }),
    firstRegisteredAtMs: Math.min(...all.map(({ registeredAtMs }) => registeredAtMs)),
    checksPassed: all.reduce((sum, { checksPassed }) => sum + checksPassed, 0),
    kin: kin.map(({ version: _, ...one }) => one),
  };
}

/** Which group a participant belongs to, and what enters it there if it is not in it yet. */
interface Self {
  readonly controlGroup: string;
  readonly joining?: { readonly registeredAtMs: number; readonly checksPassed: number };
}

/** A ledger from before groups were kept names none: then the registration does. */
async function memberSelf(
  store: Store,
  participantId: string,
  controlGroup: string | undefined,
): Promise<Self> {
  if (controlGroup !== undefined) return { controlGroup };
  const key = keysOf(store.networkId).participant(participantId);
  const item = await getItem(store, 'registry', key);
  if (item === null) {
    throw new DomainError('participant-unknown', 'caller', 'There is no such participant.', {
      participantId,
    });
  }
  const participant = bodyOf<Participant>(item, 'participant');
  const { registeredAtMs, checksPassed } = participant;
  return { controlGroup: participant.controlGroup, joining: { registeredAtMs, checksPassed } };
}

async function readKin(
  store: Store,
  stored: StoredGroup,
  participantId: string,
): Promise<(Kin & { version: number })[]> {
  const others = stored.members
    .map((member) => member.participantId)
    .filter((other) => other !== participantId);
  const kin: (Kin & { version: number })[] = [];
  for (let start = 0; start < others.length; start += READS_AT_ONCE) {
    const some = others.slice(start, start + READS_AT_ONCE);
    for (const read of await Promise.all(some.map((other) => readLedger(store, other)))) {
      if (read === null) continue;
      const { deposits, withdrawals, cases, version } = read.snapshot;
      kin.push({
        participantId: read.snapshot.participantId,
        deposits,
        withdrawals,
        cases,
        version,
      });
    }
  }
  return kin;
}

/** The control group of a participant, from its ledger or else its registration. Throws `participant-unknown`. */
export async function controlGroupOf(store: Store, participantId: string): Promise<string> {
  const key = keysOf(store.networkId).ledgerHead(participantId);
  const head = await getItem(store, 'ledger', key);
  const known = head?.['controlGroup'];
  const named = typeof known === 'string' ? known : undefined;
  return (await memberSelf(store, participantId, named)).controlGroup;
}

/** All sanctions of a participant, ended ones included, consistently. */
export async function readSanctions(store: Store, participantId: string): Promise<Sanction[]> {
  const { pk, prefix } = keysOf(store.networkId).sanctions(participantId);
  return (await queryPrefix(store, 'registry', pk, prefix)).map(decodeSanction);
}

/** The sanctions of everyone in a participant's control group, ended ones included (rules C1, C8). */
export async function readGroupSanctions(
  store: Store,
  participantId: string,
  controlGroup?: string,
): Promise<Sanction[]> {
  const group = controlGroup || (await controlGroupOf(store, participantId));
  const { members } = await readGroup(store, group);
  const ids = new Set([participantId, ...members.map((member) => member.participantId)]);
  return sanctionsOf(store, [...ids]);
}

/** The sanctions of some participants. */
export async function sanctionsOf(
  store: Store,
  participantIds: readonly string[],
): Promise<Sanction[]> {
  const all: Sanction[] = [];
  for (let start = 0; start < participantIds.length; start += READS_AT_ONCE) {
    const some = participantIds.slice(start, start + READS_AT_ONCE);
    const read = await Promise.all(some.map((id) => readSanctions(store, id)));
    all.push(...read.flat());
  }
  return all;
}
