import { deposit as operation } from '../../../contracts/http/participants.ts';
import { parseUnits } from '../../../domain/money.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { unknownParticipant } from '../participant-access.ts';

type Deposit = typeof operation;

/**
 * Books a deposit of stake once per external reference; 201, or 200 for a payment that was booked before. Throws
 * `participant-unknown`, `asset-mismatch`, `external-ref-reused`.
 */
export function deposit(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'keys'>,
  call: Call<Deposit>,
): Promise<Reply<Deposit>> {
  const { participantId } = call.params;
  const { amount, externalRef } = call.body;
  return once(deps.keys, operation, call, async () => {
    const ledger = await deps.participants.snapshot(participantId);
    if (ledger === null) throw unknownParticipant(participantId);
    if (ledger.asset !== amount.asset) {
      throw new HttpProblem('asset-mismatch', `This ledger is kept in ${ledger.asset}.`, {
        errors: [{ pointer: '/amount/asset', code: 'asset-mismatch' }],
      });
    }
    const act = { actor: call.principal.person, atMs: call.nowMs };
    const units = parseUnits(amount.units);
    const done = await deps.participants.deposit({ participantId, externalRef, units }, act);
    return { status: done.status === 'booked' ? 201 : 200, body: done };
  });
}
