import type { readLedger as operation } from '../../../contracts/http/participants.ts';
import { toWire } from '../../../contracts/wire.ts';
import type { CaseEntry } from '../../../domain/ledger/accounts.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { checkOwn, unknownParticipant } from '../participant-access.ts';

type Read = typeof operation;

/** Reads balances, charges by case and one page of transfers. */
export async function readLedger(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { participantId } = call.params;
  checkOwn(participantId, call.ownOnly);
  const { cursor, limit } = call.query;
  const [ledger, transfers] = await Promise.all([
    deps.participants.snapshot(participantId),
    deps.participants.transfers(participantId, cursor, limit),
  ]);
  if (ledger === null) throw unknownParticipant(participantId);
  const { asset, version, balances } = toWire(ledger);
  const cases = toWire(ledger.cases.map(shown));
  return {
    body: {
      participantId,
      asset,
      version,
      balances,
      charges: cases,
      transfers: toWire(transfers),
    },
  };
}

/** What a case keeps from leaving is shown with the withdrawals, bounded by what there is. */
function shown({ blockUnits: _, ...entry }: CaseEntry): Omit<CaseEntry, 'blockUnits'> {
  return entry;
}
