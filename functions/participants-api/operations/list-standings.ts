import type { listStandings as operation } from '../../../contracts/http/participants.ts';
import type { Participant } from '../../../domain/participant.ts';
import type { ReputationLaw } from '../../../domain/policy.ts';
import { standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { priorityAt } from '../priority.ts';
import { multiplierView } from '../standing-view.ts';

type List = typeof operation;

/** Sanctions are read so many control groups at a time. */
const READS_AT_ONCE = 25;

/** Lists the standing and priority of every participant. The tag changes only when one of the page does. */
export async function listStandings(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { reputation: law } = await deps.law.policyAt(call.nowMs);
  const page = await deps.participants.list(call.query.cursor, call.query.limit, 'as-registered');
  const byGroup = Map.groupBy(page.items, ({ controlGroup }) => controlGroup);
  const groups = [...byGroup.values()];
  const known = new Map<string, Line>();
  for (let first = 0; first < groups.length; first += READS_AT_ONCE) {
    const some = groups.slice(first, first + READS_AT_ONCE);
    await Promise.all(
      some.map((members) => noteLines(deps, members, { law, nowMs: call.nowMs }, known)),
    );
  }
  const items = page.items.map(({ participantId }) => ({
    participantId,
    ...(known.get(participantId) ?? nobody(call.nowMs)),
  }));
  return { body: { items, nextCursor: page.nextCursor } };
}

type Line = Omit<Reply<List>['body']['items'][number], 'participantId'>;

function nobody(nowMs: number): Line {
  return { standing: 'active', priority: 'normal', ...multiplierView([], nowMs) };
}

/** One look for everyone of a control group: its sanctions are all of theirs (rule C8); each has a reputation of its own. */
async function noteLines(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  members: readonly Participant[],
  at: { law: ReputationLaw; nowMs: number },
  known: Map<string, Line>,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const sanctions = await deps.participants.sanctions(first.participantId, first.controlGroup);
  const standing = standingOf(sanctions);
  const multiplier = multiplierView(sanctions, at.nowMs);
  for (const { participantId } of members) {
    const priority = await priorityAt(deps.participants, participantId, { ...at, sanctions });
    known.set(participantId, { standing, priority, ...multiplier });
  }
}
