import { canonicalJson } from '../../domain/canonical-json.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Participant, Resource } from '../../domain/participant.ts';
import type { RegistryAct } from '../../domain/ports/participant-registry.ts';
import { type AuditLabel, auditWrites } from './audit-chain.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem, numberOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { type LabelledWrite, transact, type WriteAction } from './store-errors.ts';

/** Resources in one request: each is claimed by an item of its own in the request's one transaction. */
export const MAX_RESOURCES_PER_REQUEST = 80;

/** Resources of one participant: all of them are one item, which the store limits to 400 KB. */
export const MAX_RESOURCES = 1_500;

const MAX_TRIES = 10;

/** Label of the claim of one resource, so that a refused one can be named. */
export type ClaimLabel = `claim:${string}`;

/** Claims a resource unless somebody else has it (rule B8). */
export function claimResource(
  store: Store,
  keys: Keys,
  participantId: string,
  resourceId: string,
): LabelledWrite<ClaimLabel> {
  const action: WriteAction = {
    Put: {
      TableName: store.tables.registry,
      Item: makeItem(keys.resource(resourceId), 'resource', { resourceId }, { participantId }),
      ConditionExpression: 'attribute_not_exists(pk) OR participantId = :participantId',
      ExpressionAttributeValues: { ':participantId': participantId },
    },
  };
  return { label: `claim:${resourceId}`, action };
}

/** Throws `resource-taken` when a claim was refused. */
export function throwIfTaken(failed: ReadonlySet<string>): void {
  const taken = [...failed]
    .filter((label) => label.startsWith('claim:'))
    .map((label) => label.slice('claim:'.length));
  if (taken.length === 0) return;
  throw new DomainError(
    'resource-taken',
    'conflict',
    'A resource belongs to another participant. Use its real owner, or another resource id.',
    { resourceIds: taken },
  );
}

/** Throws `resources-too-many` when a request or the participant would have more than the limit. */
export function checkResourceCount(requested: number, total: number): void {
  if (requested <= MAX_RESOURCES_PER_REQUEST && total <= MAX_RESOURCES) return;
  throw new DomainError(
    'resources-too-many',
    'caller',
    `A request has at most ${MAX_RESOURCES_PER_REQUEST} resources and a participant at most ${MAX_RESOURCES}.`,
    { requested, total },
  );
}

function merge(present: readonly Resource[], changes: readonly Resource[]): Resource[] {
  const byId = new Map(present.map((resource) => [resource.resourceId, resource]));
  for (const change of changes) byId.set(change.resourceId, change);
  return [...byId.values()];
}

/** The participant as it is stored; `revision` counts the changes to it. */
export function participantItem(
  keys: Keys,
  participant: Participant,
  stored: { readonly revision: number; readonly registrationHash: string },
) {
  return makeItem(keys.participant(participant.participantId), 'participant', participant, stored);
}

/**
 * Adds or updates resources of a participant in one transaction. Throws `participant-unknown`, `resource-taken`,
 * `resources-too-many`.
 */
export async function changeResources(
  store: Store,
  participantId: string,
  resources: readonly Resource[],
  act: RegistryAct,
): Promise<Participant> {
  const keys = keysOf(store.networkId);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const item = await getItem(store, 'registry', keys.participant(participantId));
    if (item === null) {
      throw new DomainError('participant-unknown', 'caller', 'There is no such participant.', {
        participantId,
      });
    }
    const participant = bodyOf<Participant>(item, 'participant');
    const merged = merge(participant.resources, resources);
    checkResourceCount(resources.length, merged.length);
    // The store gives the fields of a map back in an order of its own.
    if (canonicalJson(merged) === canonicalJson(participant.resources)) return participant;
    const changed = { ...participant, resources: merged };
    const revision = numberOf(item, 'revision');
    const failed = await transact(store, [
      replaceParticipant(store, { ...item, body: changed, revision: revision + 1 }, revision),
      ...[...new Set(resources.map((resource) => resource.resourceId))].map((resourceId) =>
        claimResource(store, keys, participantId, resourceId),
      ),
      ...(await auditResources(store, { participantId, resources, act, revision: revision + 1 })),
    ]);
    if (failed.size === 0) return changed;
    throwIfTaken(failed);
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The participant changed at every try to change its resources. Try again.',
    { participantId },
  );
}

function replaceParticipant(
  store: Store,
  item: Record<string, unknown>,
  revision: number,
): LabelledWrite<'participant'> {
  return {
    label: 'participant',
    action: {
      Put: {
        TableName: store.tables.registry,
        Item: item,
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ':revision': revision },
      },
    },
  };
}

function auditResources(
  store: Store,
  change: {
    readonly participantId: string;
    readonly resources: readonly Resource[];
    readonly act: RegistryAct;
    readonly revision: number;
  },
): Promise<LabelledWrite<AuditLabel>[]> {
  const { participantId, resources, act, revision } = change;
  const entry = {
    entryId: `resources/${participantId}/${revision}`,
    participantId,
    caseId: null,
    atMs: act.atMs,
    kind: 'resources-declared',
    actor: act.actor,
    summary: `${resources.length} resources declared.`,
    data: { resources: resources.map((resource) => ({ ...resource })) },
  };
  return auditWrites(store, [entry]);
}
