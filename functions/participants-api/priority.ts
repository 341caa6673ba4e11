import type { ReputationLaw } from '../../domain/policy.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import { priorityOf, type ReputationBand } from '../../domain/reputation/track.ts';
import type { Sanction } from '../../domain/sanction.ts';

/**
 * What a scheduler goes by beside the standing (rules §F). Whatever weighs in a reputation has left a sanction, also one that ended; so of those
 * without any nothing more is read, and they are most. A band changes with a decision, or at a full tick when time has forgotten enough.
 */
export async function priorityAt(
  participants: Pick<ParticipantRegistry, 'caseEntries'>,
  participantId: string,
  known: { sanctions: readonly Sanction[]; law: ReputationLaw; nowMs: number },
): Promise<ReputationBand> {
  const { sanctions, law, nowMs } = known;
  if (sanctions.length === 0) return 'normal';
  return priorityOf(await participants.caseEntries(participantId), law, nowMs);
}
