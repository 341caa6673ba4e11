import type { readStanding as operation } from '../../../contracts/http/participants.ts';
import { standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';
import { priorityAt } from '../priority.ts';
import { multiplierView, sanctionView } from '../standing-view.ts';

type Read = typeof operation;

/**
 * Reads the standing of a participant, the sanctions it is the maximum of: those of its whole control group (rules
 * C1, C8), and the priority by its reputation.
 */
export async function readStanding(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId } = call.params;
  const participant = await visibleParticipant(deps.participants, participantId, call.ownOnly);
  const { controlGroup } = participant;
  const [sanctions, { reputation: law }] = await Promise.all([
    deps.participants.sanctions(participantId, controlGroup),
    deps.law.policyAt(call.nowMs),
  ]);
  const known = { sanctions, law, nowMs: call.nowMs };
  const ordered = sanctions.toSorted((a, b) => (a.caseId < b.caseId ? -1 : 1));
  return {
    body: {
      participantId,
      standing: standingOf(ordered),
      priority: await priorityAt(deps.participants, participantId, known),
      ...multiplierView(ordered, call.nowMs),
      sanctions: ordered.map(sanctionView),
    },
  };
}
