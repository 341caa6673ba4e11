import type { listStandings as operation } from '../../../contracts/http/participants.ts';
import type { Participant } from '../../../domain/participant.ts';
import { type Standing, standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';

type List = typeof operation;

/** Sanctions are read so many control groups at a time. */
const READS_AT_ONCE = 25;

/** Lists the standing of every participant. The tag changes only when one of the page does. */
export async function listStandings(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const page = await deps.participants.list(call.query.cursor, call.query.limit, 'as-registered');
  const byGroup = Map.groupBy(page.items, ({ controlGroup }) => controlGroup);
  const groups = [...byGroup.values()];
  const standings = new Map<string, Standing>();
  for (let first = 0; first < groups.length; first += READS_AT_ONCE) {
    const some = groups.slice(first, first + READS_AT_ONCE);
    await Promise.all(some.map((members) => noteStanding(deps, members, standings)));
  }
  const items = page.items.map(({ participantId }) => ({
    participantId,
    standing: standings.get(participantId) ?? 'active',
  }));
  return { body: { items, nextCursor: page.nextCursor } };
}

/** One look for everyone of a control group: its sanctions are all of theirs (rule C8). */
async function noteStanding(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  members: readonly Participant[],
  standings: Map<string, Standing>,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const { participantId, controlGroup } = first;
  const standing = standingOf(await deps.participants.sanctions(participantId, controlGroup));
  for (const member of members) standings.set(member.participantId, standing);
}
