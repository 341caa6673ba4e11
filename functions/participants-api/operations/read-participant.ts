import type { readParticipant as operation } from '../../../contracts/http/participants.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';
import { participantView } from '../participant-view.ts';

type Read = typeof operation;

/** Reads one participant. */
export async function readParticipant(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId } = call.params;
  const participant = await visibleParticipant(deps.participants, participantId, call.ownOnly);
  return { body: participantView(participant, call.nowMs) };
}
