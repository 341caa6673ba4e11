import type { Participant } from '../../domain/participant.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import { HttpProblem } from '../shared/http-problem.ts';

/** Throws `participant-unknown` when this caller may not see that participant: the same answer as for none at all. */
export function checkOwn(participantId: string, ownOnly: string | null): void {
  if (ownOnly !== null && ownOnly !== participantId) throw unknownParticipant(participantId);
}

/** The participant, if this caller may see it. Throws `participant-unknown`. */
export async function visibleParticipant(
  participants: Pick<ParticipantRegistry, 'read'>,
  participantId: string,
  ownOnly: string | null,
): Promise<Participant> {
  checkOwn(participantId, ownOnly);
  const participant = await participants.read(participantId);
  if (participant === null) throw unknownParticipant(participantId);
  return participant;
}

/** The one answer for a participant that is not there or not for this caller. */
export function unknownParticipant(participantId: string): HttpProblem {
  return new HttpProblem('participant-unknown', `There is no participant ${participantId}.`);
}
