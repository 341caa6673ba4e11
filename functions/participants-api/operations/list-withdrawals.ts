import type { listWithdrawals as operation } from '../../../contracts/http/money.ts';
import { toWire } from '../../../contracts/wire.ts';
import { blocksOf, freeUnits } from '../../../domain/law/blocks.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { checkOwn, unknownParticipant } from '../participant-access.ts';
import { withdrawalView } from '../withdrawal-view.ts';

type List = typeof operation;

/** Lists the withdrawals of a participant, what it may ask for now, and which cases keep the rest (rule D8). */
export async function listWithdrawals(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { participantId } = call.params;
  checkOwn(participantId, call.ownOnly);
  const [ledger, page] = await Promise.all([
    deps.participants.snapshot(participantId),
    deps.participants.withdrawals(participantId, call.query.cursor, call.query.limit),
  ]);
  if (ledger === null) throw unknownParticipant(participantId);
  return {
    body: {
      items: page.items.map((one) => withdrawalView(one, call.nowMs)),
      nextCursor: page.nextCursor,
      freeUnits: freeUnits(ledger).toString(),
      blocks: toWire(blocksOf(ledger)),
    },
  };
}
