import type * as z from 'zod';
import type { participantSchema } from '../../contracts/http/participant-schemas.ts';
import { toWire } from '../../contracts/wire.ts';
import type { Participant, Resource } from '../../domain/participant.ts';

/** A participant as the API shows it: where notices go, but never what they are signed with. */
export function participantView(participant: Participant): z.input<typeof participantSchema> {
  const { endpoint, ...rest } = toWire(participant);
  return { ...rest, endpoint: endpoint === undefined ? null : { url: endpoint.url } };
}

/** A resource of a request without absent fields, as it is stored. */
export function resourceOf(item: {
  resourceId: string;
  capacity: number;
  probeUrl?: string | undefined;
}): Resource {
  const { resourceId, capacity, probeUrl } = item;
  return { resourceId, capacity, ...(probeUrl !== undefined && { probeUrl }) };
}
