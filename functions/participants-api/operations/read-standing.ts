import type { readStanding as operation } from '../../../contracts/http/participants.ts';
import { standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';
import { multiplierView, sanctionView } from '../standing-view.ts';

type Read = typeof operation;

/** Reads the standing of a participant and the sanctions it is the maximum of (rule C1). */
export async function readStanding(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId } = call.params;
  await visibleParticipant(deps.participants, participantId, call.ownOnly);
  const sanctions = await deps.participants.sanctions(participantId);
  const ordered = sanctions.toSorted((a, b) => (a.caseId < b.caseId ? -1 : 1));
  return {
    body: {
      participantId,
      standing: standingOf(ordered),
      ...multiplierView(ordered, call.nowMs),
      sanctions: ordered.map(sanctionView),
    },
  };
}
