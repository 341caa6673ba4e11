import { canonicalJson } from '../../domain/canonical-json.ts';
import { declareResources, giveUpResource, participantAt } from '../../domain/declaration.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Participant, Resource } from '../../domain/participant.ts';
import type { RegistryAct } from '../../domain/ports/participant-registry.ts';
import { type AuditLabel, auditWrites } from './audit-chain.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem, numberOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { checkNoOpenCase, claimResources, freeClaim, throwIfTaken } from './resource-claims.ts';
import { type LabelledWrite, transact } from './store-errors.ts';

/** Resources in one request: each is claimed by an item of its own in the request's one transaction. */
export const MAX_RESOURCES_PER_REQUEST = 80;

/** Resources of one participant: all of them are one item, which the store limits to 400 KB. */
export const MAX_RESOURCES = 1_500;

const MAX_TRIES = 10;

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

/** The participant as it is stored; `revision` counts the changes to it. */
export function participantItem(
  keys: Keys,
  participant: Participant,
  stored: { readonly revision: number; readonly registrationHash: string },
) {
  return makeItem(keys.participant(participant.participantId), 'participant', participant, stored);
}

/** What a request makes of a participant. */
interface Declaration {
  readonly participantId: string;
  readonly act: RegistryAct;
  readonly change: (participant: Participant) => Participant;
  /** Further writes of the transaction, made with each try. */
  readonly writes: (changed: Participant) => Promise<LabelledWrite<string>[]>;
  readonly audit: { readonly kind: string; readonly summary: string; readonly data: object };
}

/**
 * Adds or updates resources of a participant in one transaction; what shrinks a share acts after its notice (rule C8). Throws
 * `participant-unknown`, `resource-taken`, `resource-has-open-case`, `resources-too-many`.
 */
export async function changeResources(
  store: Store,
  participantId: string,
  resources: readonly Resource[],
  act: RegistryAct,
  { shrinkNoticeMs }: ShrinkNotice,
): Promise<Participant> {
  const ids = resources.map(({ resourceId }) => resourceId);
  let takenOver: ReadonlySet<string> = new Set();
  return declare(store, {
    participantId,
    act,
    async writes() {
      const claims = await claimResources(store, participantId, ids, act.atMs);
      takenOver = claims.takenOver;
      return claims.writes;
    },
    change(participant) {
      const since = resources.map((one) =>
        takenOver.has(one.resourceId) ? { ...one, ownedFromMs: act.atMs } : one,
      );
      const changed = declareResources(participant, since, { nowMs: act.atMs, shrinkNoticeMs });
      checkResourceCount(resources.length, changed.resources.length);
      return changed;
    },
    audit: {
      kind: 'resources-declared',
      summary: `${resources.length} resources declared.`,
      data: { resources: resources.map((resource) => ({ ...resource })) },
    },
  });
}

/**
 * Gives a resource up after its notice; from then on another participant may claim it (rule C8). Throws `participant-unknown`,
 * `resource-not-declared`, `resource-has-open-case`.
 */
export async function releaseResource(
  store: Store,
  participantId: string,
  resourceId: string,
  act: RegistryAct,
  { shrinkNoticeMs }: ShrinkNotice,
): Promise<Participant> {
  const keys = keysOf(store.networkId);
  return declare(store, {
    participantId,
    act,
    async writes(changed) {
      await checkNoOpenCase(store, participantId, resourceId);
      const pending = changed.pendingResources?.find((one) => one.resourceId === resourceId);
      const freeFromMs = pending?.effectiveAtMs ?? act.atMs;
      return [freeClaim(store, keys, participantId, resourceId, freeFromMs)];
    },
    change(participant) {
      const present = participantAt(participant, act.atMs);
      if (!present.resources.some((one) => one.resourceId === resourceId)) {
        throw new DomainError(
          'resource-not-declared',
          'caller',
          `The participant has no resource ${resourceId}.`,
          { participantId, resourceId },
        );
      }
      return giveUpResource(participant, resourceId, { nowMs: act.atMs, shrinkNoticeMs });
    },
    audit: {
      kind: 'resource-given-up',
      summary: `Resource ${resourceId} is given up after its notice.`,
      data: { resourceId },
    },
  });
}

/** How long a declaration that shrinks a share waits, by the policy in force (rule C8). */
export interface ShrinkNotice {
  readonly shrinkNoticeMs: number;
}

async function declare(store: Store, declaration: Declaration): Promise<Participant> {
  const { participantId, act, change, writes, audit } = declaration;
  const keys = keysOf(store.networkId);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const item = await getItem(store, 'registry', keys.participant(participantId));
    if (item === null) {
      throw new DomainError('participant-unknown', 'caller', 'There is no such participant.', {
        participantId,
      });
    }
    const participant = bodyOf<Participant>(item, 'participant');
    const further = await writes(change(participant));
    const changed = change(participant);
    // The store gives the fields of a map back in an order of its own.
    if (canonicalJson(changed) === canonicalJson(participant)) return participant;
    const revision = numberOf(item, 'revision');
    const failed = await transact(store, [
      replaceParticipant(store, { ...item, body: changed, revision: revision + 1 }, revision),
      ...further,
      ...(await auditDeclaration(store, { participantId, act, revision: revision + 1, audit })),
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

function auditDeclaration(
  store: Store,
  change: {
    readonly participantId: string;
    readonly act: RegistryAct;
    readonly revision: number;
    readonly audit: Declaration['audit'];
  },
): Promise<LabelledWrite<AuditLabel>[]> {
  const { participantId, act, revision, audit } = change;
  const entry = {
    entryId: `resources/${participantId}/${revision}`,
    participantId,
    caseId: null,
    atMs: act.atMs,
    kind: audit.kind,
    actor: act.actor,
    summary: audit.summary,
    data: { ...audit.data },
  };
  return auditWrites(store, [entry]);
}
