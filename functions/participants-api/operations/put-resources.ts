import type { putResources as operation } from '../../../contracts/http/participants.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { participantView, resourceOf } from '../participant-view.ts';

type Put = typeof operation;

/**
 * Adds or updates resources; the same request again changes nothing. What shrinks a share acts after its notice (rule C8). Throws
 * `participant-unknown`, `resource-taken`, `resource-has-open-case`.
 */
export async function putResources(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law'>,
  call: Pick<Call<Put>, 'params' | 'body' | 'principal' | 'nowMs'>,
): Promise<Reply<Put>> {
  const resources = call.body.resources.map(resourceOf);
  const act = { actor: call.principal.person, atMs: call.nowMs };
  const { participantId } = call.params;
  const law = await deps.law.policyAt(call.nowMs);
  const participant = await deps.participants.putResources(participantId, resources, act, law);
  return { body: participantView(participant, call.nowMs) };
}
