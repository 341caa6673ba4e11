import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AlertHead, Observation } from '../../domain/observation.ts';
import type { ObservationRef } from '../../domain/ports/evidence.ts';
import type { InboxObservation } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { readHeads } from './heads.ts';
import { bodyOf, getItem, makeItem, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** One alert of a case: the observation by which it came, and what it was about then. */
interface Member extends Pick<Observation, 'participantId' | 'resourceId' | 'violationType'> {
  ref: ObservationRef;
}

/** Attaches the alert of a fire to a case; see the port. */
export async function attachHead(
  store: Store,
  caseId: string,
  fire: Pick<InboxObservation, 'ref' | 'observation'>,
): Promise<{ added: boolean }> {
  const key = keysOf(store.networkId).member(caseId, fire.ref.alertKey);
  const { participantId, resourceId, violationType } = fire.observation;
  const member: Member = { ref: fire.ref, participantId, resourceId, violationType };
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.alerts,
        Item: makeItem(key, 'member', member, { resource: resourceId }),
        // A mapping may be changed between two episodes: then the same alert is about another resource.
        ConditionExpression: 'attribute_not_exists(pk) OR #resource <> :resource',
        ExpressionAttributeNames: { '#resource': 'resource' },
        ExpressionAttributeValues: { ':resource': resourceId },
      }),
    );
    return { added: true };
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
  const item = await getItem(store, 'alerts', key);
  const standing = item === null ? null : bodyOf<Member>(item, 'member');
  return { added: standing?.ref.seq === fire.ref.seq };
}

/** Every alert of a case, with its head as it is now; read consistently. */
export async function headsOfCase(store: Store, caseId: string): Promise<AlertHead[]> {
  const { pk, prefix } = keysOf(store.networkId).members(caseId);
  const items = await queryPrefix(store, 'alerts', pk, prefix);
  const members = items.map((item) => bodyOf<Member>(item, 'member'));
  const heads = await readHeads(
    store,
    members.map(({ ref }) => ref.alertKey),
  );
  return members.flatMap((member) => {
    const head = heads.get(member.ref.alertKey);
    return head === undefined ? [] : [asMember(head, member)];
  });
}

/**
 * What a head says to the case of a member. By a changed mapping its next episode may be another participant's; for this
 * case the alert is then over, and nothing of the other's firing counts against its participant.
 */
function asMember(head: AlertHead, member: Member): AlertHead {
  const isSame =
    head.participantId === member.participantId && head.violationType === member.violationType;
  if (isSame) return head;
  const { participantId, resourceId, violationType } = member;
  return {
    ...head,
    participantId,
    resourceId,
    violationType,
    status: 'resolved',
    endsAtMs: head.lastResolve?.endsAtMs ?? head.startsAtMs,
    intervals: [],
    rearmedByCaseId: null,
  };
}
