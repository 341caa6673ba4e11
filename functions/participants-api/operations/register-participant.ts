import { registerParticipant as operation } from '../../../contracts/http/participants.ts';
import type { Participant } from '../../../domain/participant.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { participantView, resourceOf } from '../participant-view.ts';

type Register = typeof operation;

/**
 * Registers a participant in the asset of the law in force; 201, or 200 when the same one was registered before. Throws
 * `participant-exists`, `resource-taken`, `control-group-suspended`, `control-group-excluded`.
 */
export function registerParticipant(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law' | 'keys'>,
  call: Call<Register>,
): Promise<Reply<Register>> {
  return once(deps.keys, operation, call, async () => {
    const { asset } = await deps.law.policyAt(call.nowMs);
    const participant: Participant = {
      ...call.body,
      resources: call.body.resources.map(resourceOf),
      registeredAtMs: call.nowMs,
      checksPassed: 0,
    };
    const act = { actor: call.principal.person, atMs: call.nowMs };
    const done = await deps.participants.register(participant, asset, act);
    if (done === 'registered')
      return { status: 201, body: participantView(participant, call.nowMs) };
    const stored = await deps.participants.read(participant.participantId);
    return { status: 200, body: participantView(stored ?? participant, call.nowMs) };
  });
}
