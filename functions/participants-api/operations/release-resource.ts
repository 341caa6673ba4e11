import { releaseResource as operation } from '../../../contracts/http/participants.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { participantView } from '../participant-view.ts';

type Release = typeof operation;

/**
 * Gives a resource up after its notice; until then it is the participant's, with all that it does (rule C8). Throws
 * `resource-not-declared`, `resource-has-open-case`.
 */
export function releaseResource(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law' | 'keys'>,
  call: Call<Release>,
): Promise<Reply<Release>> {
  const { participantId, resourceId } = call.params;
  return once(deps.keys, operation, call, async () => {
    const law = await deps.law.policyAt(call.nowMs);
    const act = { actor: call.principal.person, atMs: call.nowMs };
    const { participants } = deps;
    const participant = await participants.releaseResource(participantId, resourceId, act, law);
    return { body: participantView(participant, call.nowMs) };
  });
}
