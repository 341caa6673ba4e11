import type { readNotice as operation } from '../../../contracts/http/participants.ts';
import { toWire } from '../../../contracts/wire.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';

type Read = typeof operation;

/**
 * Reads a notice. Only the participant's own reading serves it (rule A7): who has another role for this looks over its
 * shoulder and leaves no trace. Throws `notice-unknown`.
 */
export async function readNotice(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'notices'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId, noticeId } = call.params;
  await visibleParticipant(deps.participants, participantId, call.ownOnly);
  const isOwn =
    call.principal.roles.includes('participant') && call.principal.participantId === participantId;
  const stored = isOwn
    ? await deps.participants.readNotice(participantId, noticeId, call.nowMs)
    : await deps.notices.readNotice(participantId, noticeId);
  if (stored === null) {
    throw new HttpProblem('notice-unknown', `There is no notice ${noticeId}.`);
  }
  const { notice, ...served } = toWire(stored);
  const { v: _, ...shown } = notice;
  return { body: { notice: shown, ...served } };
}
