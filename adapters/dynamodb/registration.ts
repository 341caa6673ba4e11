import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import { emptyBalances } from '../../domain/ledger/conservation.ts';
import type { Participant } from '../../domain/participant.ts';
import type { RegistryAct } from '../../domain/ports/participant-registry.ts';
import { standingOf } from '../../domain/sanction.ts';
import { transactTold } from './audit-chain.ts';
import type { Store } from './client.ts';
import { enterGroup, moveGroup, readGroup, type StoredGroup, sanctionsOf } from './groups.ts';
import { getItem, makeItem } from './items.ts';
import { keysOf } from './keys.ts';
import { ledgerHeadItem } from './ledger-codec.ts';
import { type Claims, claimResources, throwIfTaken } from './resource-claims.ts';
import { checkResourceCount, participantItem } from './resources.ts';
import { putNew } from './step-writes.ts';
import type { LabelledWrite } from './store-errors.ts';

/** Who registers, in which asset, and whose act it is. */
export interface Registration {
  readonly participant: Participant;
  readonly asset: string;
  readonly act: RegistryAct;
}

/** How often a registration meets a group that moved on, before it gives up. */
const MAX_TRIES = 10;

/** Hash of what was registered; the instant is not part of it, for a retry comes later. */
function registrationHash(participant: Participant, asset: string): string {
  const { registeredAtMs: _, ...lasting } = participant;
  return createHash('sha256')
    .update(canonicalJson({ asset, ...lasting }))
    .digest('hex');
}

/**
 * Creates participant, empty ledger and the claims of its resources and enters it into its control group, in one transaction on the group's
 * version: nobody registers past a sanction that is being imposed. Throws `participant-exists`, `resource-taken`, `resources-too-many`,
 * `control-group-suspended`, `control-group-excluded`.
 */
export async function register(
  store: Store,
  registration: Registration,
): Promise<'registered' | 'exists'> {
  const { participant, asset } = registration;
  checkResourceCount(participant.resources.length, participant.resources.length);
  const hash = registrationHash(participant, asset);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const group = await readGroup(store, participant.controlGroup);
    const barred = await barOf(store, group);
    // The same registration again is answered alike, whatever became of its group since.
    if (barred !== null) {
      if (await isStored(store, participant.participantId, hash)) return 'exists';
      throw barred;
    }
    const ids = participant.resources.map(({ resourceId }) => resourceId);
    const { participantId } = participant;
    const claims = await claimResources(store, participantId, ids, registration.act.atMs);
    const told = [registeredEntry(registration)];
    const writes = registrationWrites(store, registration, hash, group, claims);
    const failed = await transactTold(store, told, writes);
    if (failed.size === 0) return 'registered';
    if (failed.has('participant')) {
      if (await isStored(store, participant.participantId, hash)) return 'exists';
      throw new DomainError(
        'participant-exists',
        'conflict',
        'There is a participant with this id and other data. Choose another id, or change its resources.',
        { participantId: participant.participantId },
      );
    }
    throwIfTaken(failed);
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The control group changed at every try to register in it. Try again.',
    { controlGroup: participant.controlGroup },
  );
}

/** Rule C8: nobody gets a new id while one of the same hands is suspended or excluded. */
async function barOf(store: Store, group: StoredGroup): Promise<DomainError | null> {
  const ids = group.members.map(({ participantId }) => participantId);
  const standing = standingOf(await sanctionsOf(store, ids));
  if (standing !== 'suspended' && standing !== 'excluded') return null;
  return new DomainError(
    `control-group-${standing}`,
    'conflict',
    `This control group is ${standing}: no other id registers for it until its access has returned.`,
    { standing },
  );
}

async function isStored(store: Store, participantId: string, hash: string): Promise<boolean> {
  const key = keysOf(store.networkId).participant(participantId);
  return (await getItem(store, 'registry', key))?.['registrationHash'] === hash;
}

function registrationWrites(
  store: Store,
  { participant, asset, act }: Registration,
  hash: string,
  group: StoredGroup,
  claims: Claims,
): LabelledWrite<string>[] {
  const keys = keysOf(store.networkId);
  const { participantId, controlGroup, registeredAtMs, checksPassed } = participant;
  const { registry, ledger } = store.tables;
  const head = { version: 0, asset, balances: emptyBalances(), lastFacts: [], controlGroup };
  const owned: Participant = {
    ...participant,
    resources: participant.resources.map((one) =>
      claims.takenOver.has(one.resourceId) ? { ...one, ownedFromMs: act.atMs } : one,
    ),
  };
  const item = participantItem(keys, owned, { revision: 1, registrationHash: hash });
  const listing = makeItem(keys.participantListing(participantId), 'listing', participantId);
  const moved = { controlGroup, expectedVersion: group.version };
  const member = { participantId, registeredAtMs, checksPassed };
  return [
    { label: 'participant', action: putNew(registry, item) },
    { label: 'listing', action: putNew(registry, listing) },
    {
      label: 'head',
      action: putNew(ledger, ledgerHeadItem(keys.ledgerHead(participantId), head)),
    },
    { label: 'group', action: moveGroup(store, moved, { participantId, version: 0 }) },
    { label: 'member', action: enterGroup(store, controlGroup, member) },
    ...claims.writes,
  ];
}

function registeredEntry({ participant, asset, act }: Registration): AuditEntry {
  const { participantId, displayName, kind, controlGroup } = participant;
  return {
    entryId: `registered/${participantId}`,
    participantId,
    caseId: null,
    atMs: act.atMs,
    kind: 'participant-registered',
    actor: act.actor,
    summary: `${displayName} registered as ${kind}.`,
    data: { controlGroup, asset },
  };
}
