import type { Participant, PendingResource, Resource } from './participant.ts';

/** When a declaration is made, and how long one that shrinks a share waits (rule C8). */
export interface DeclaredAt {
  nowMs: number;
  shrinkNoticeMs: number;
}

/**
 * The participant as it is at an instant: what was declared earlier and acts by now has acted. A resource that was given up is
 * kept as a former one, because a violation belongs to who had the resource when it occurred (rule B8).
 */
export function participantAt(participant: Participant, nowMs: number): Participant {
  const { pendingResources = [] } = participant;
  const due = pendingResources.filter(({ effectiveAtMs }) => effectiveAtMs <= nowMs);
  if (due.length === 0) return participant;
  const changed = new Map(due.map((change) => [change.resourceId, change.capacity]));
  const resources = participant.resources.flatMap((resource) => {
    const capacity = changed.get(resource.resourceId);
    if (capacity === undefined) return [resource];
    return capacity === null ? [] : [{ ...resource, capacity }];
  });
  const former = due
    .filter(({ capacity }) => capacity === null)
    .map(({ resourceId, effectiveAtMs }) => ({ resourceId, untilMs: effectiveAtMs }));
  const pending = pendingResources.filter(({ effectiveAtMs }) => effectiveAtMs > nowMs);
  return withPending(
    {
      ...participant,
      resources,
      ...(former.length > 0 && {
        formerResources: [...(participant.formerResources ?? []), ...former],
      }),
    },
    pending,
  );
}

/**
 * Declares resources: what is new or grows acts at once; what shrinks a share acts after its notice, so that nobody makes a
 * failing resource small when it begins to fail (rule C8). The last word on a resource counts; less of a shrink than was announced
 * keeps its date.
 */
export function declareResources(
  before: Participant,
  changes: readonly Resource[],
  { nowMs, shrinkNoticeMs }: DeclaredAt,
): Participant {
  const participant = participantAt(before, nowMs);
  const resources = new Map(participant.resources.map((one) => [one.resourceId, one]));
  const pending = new Map((participant.pendingResources ?? []).map((one) => [one.resourceId, one]));
  for (const change of changes) {
    const { resourceId } = change;
    const present = resources.get(resourceId);
    if (present === undefined || change.capacity >= present.capacity) {
      resources.set(resourceId, { ...ownedSince(present), ...change });
      pending.delete(resourceId);
      continue;
    }
    // Where it is probed acts at once: it shrinks nothing.
    resources.set(resourceId, { ...ownedSince(present), ...change, capacity: present.capacity });
    const known = pending.get(resourceId);
    const keepsDate = known !== undefined && change.capacity >= (known.capacity ?? 0);
    const effectiveAtMs = keepsDate ? known.effectiveAtMs : nowMs + shrinkNoticeMs;
    pending.set(resourceId, { resourceId, capacity: change.capacity, effectiveAtMs });
  }
  return withPending({ ...participant, resources: [...resources.values()] }, [...pending.values()]);
}

/** Gives a resource up after its notice: that shrinks the share to nothing (rule C8). Given up twice it keeps its date. */
export function giveUpResource(
  before: Participant,
  resourceId: string,
  { nowMs, shrinkNoticeMs }: DeclaredAt,
): Participant {
  const participant = participantAt(before, nowMs);
  const others = (participant.pendingResources ?? []).filter(
    (one) => one.resourceId !== resourceId,
  );
  const known = (participant.pendingResources ?? []).find((one) => one.resourceId === resourceId);
  const givenUp: PendingResource =
    known?.capacity === null
      ? known
      : { resourceId, capacity: null, effectiveAtMs: nowMs + shrinkNoticeMs };
  return withPending(participant, [...others, givenUp]);
}

/** Whether a resource was the participant's at an instant (rule B8). */
export function ownedAt(participant: Participant, resourceId: string, atMs: number): boolean {
  const { resources, formerResources = [] } = participant;
  return (
    resources.some((one) => one.resourceId === resourceId && atMs >= (one.ownedFromMs ?? 0)) ||
    formerResources.some((one) => one.resourceId === resourceId && atMs < one.untilMs)
  );
}

function ownedSince(present: Resource | undefined): Pick<Resource, 'ownedFromMs'> {
  return present?.ownedFromMs === undefined ? {} : { ownedFromMs: present.ownedFromMs };
}

function withPending(participant: Participant, pending: PendingResource[]): Participant {
  const { pendingResources: _, ...rest } = participant;
  return pending.length === 0 ? rest : { ...rest, pendingResources: pending };
}
