import type { readStanding as operation } from '../../../contracts/http/participants.ts';
import { toWire } from '../../../contracts/wire.ts';
import { standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';

type Read = typeof operation;

/** Reads the standing of a participant and the sanctions it is the maximum of: those of its whole control group (rules C1, C8). */
export async function readStanding(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId } = call.params;
  const participant = await visibleParticipant(deps.participants, participantId, call.ownOnly);
  const { controlGroup } = participant;
  const sanctions = await deps.participants.sanctions(participantId, controlGroup);
  const ordered = sanctions.toSorted((a, b) => (a.caseId < b.caseId ? -1 : 1));
  return {
    body: { participantId, standing: standingOf(ordered), sanctions: toWire(ordered) },
  };
}
