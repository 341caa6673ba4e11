import type { listParticipants as operation } from '../../../contracts/http/participants.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { participantView } from '../participant-view.ts';

type List = typeof operation;

/** Lists participants in the order of their ids. */
export async function listParticipants(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const page = await deps.participants.list(call.query.cursor, call.query.limit);
  return {
    body: {
      items: page.items.map((one) => participantView(one, call.nowMs)),
      nextCursor: page.nextCursor,
    },
  };
}
