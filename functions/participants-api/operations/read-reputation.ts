import type { readReputation as operation } from '../../../contracts/http/reputation.ts';
import { toWire } from '../../../contracts/wire.ts';
import { priorityOf, reputationsOf } from '../../../domain/reputation/track.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';

type Read = typeof operation;

/** Computes the reputation of a participant in every family from its cases, by the law in force now (rules §F). */
export async function readReputation(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { params, nowMs, ownOnly } = call;
  const { participantId } = params;
  await visibleParticipant(deps.participants, participantId, ownOnly);
  const [entries, { reputation: law }] = await Promise.all([
    deps.participants.caseEntries(participantId),
    deps.law.policyAt(nowMs),
  ]);
  const families = reputationsOf(entries, law, nowMs);
  const priority = priorityOf(entries, law, nowMs);
  return { body: toWire({ participantId, atMs: nowMs, priority, law, families }) };
}
