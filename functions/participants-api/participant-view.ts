import type * as z from 'zod';
import type { participantSchema } from '../../contracts/http/participant-schemas.ts';
import { toWire } from '../../contracts/wire.ts';
import { participantAt } from '../../domain/declaration.ts';
import type { Participant, Resource } from '../../domain/participant.ts';

/** A participant as the API shows it at an instant: where notices go, but never what they are signed with. */
export function participantView(
  participant: Participant,
  nowMs: number,
): z.input<typeof participantSchema> {
  const {
    formerResources: _,
    endpoint,
    pendingResources,
    ...rest
  } = participantAt(participant, nowMs);
  return {
    ...toWire({ ...rest, pendingResources: pendingResources ?? [] }),
    resources: rest.resources.map(resourceOf),
    endpoint: endpoint === undefined ? null : { url: endpoint.url },
  };
}

/** A resource without absent fields and without whose it was before. */
export function resourceOf(item: {
  resourceId: string;
  capacity: number;
  probeUrl?: string | undefined;
}): Resource {
  const { resourceId, capacity, probeUrl } = item;
  return { resourceId, capacity, ...(probeUrl !== undefined && { probeUrl }) };
}
