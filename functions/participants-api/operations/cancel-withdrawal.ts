import { cancelWithdrawal as operation } from '../../../contracts/http/money.ts';
import type { LedgerSnapshot, Withdrawal } from '../../../domain/ledger/accounts.ts';
import { cancelExit } from '../../../domain/ledger/withdrawals.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { book } from '../book.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { checkOwn } from '../participant-access.ts';
import { type WithdrawalView, withdrawalView } from '../withdrawal-view.ts';

type Cancel = typeof operation;

/**
 * Takes a withdrawal back. Its workflow finds that out when it looks next. Throws `withdrawal-unknown`, and `withdrawal-over` for
 * one that has left; cancelled twice it is cancelled.
 */
export function cancelWithdrawal(
  deps: Pick<ParticipantsApiDeps, 'ledger' | 'keys'>,
  call: Call<Cancel>,
): Promise<Reply<Cancel>> {
  const { participantId, withdrawalId } = call.params;
  checkOwn(participantId, call.ownOnly);
  return once(deps.keys, operation, call, async () => {
    const { result } = await book<WithdrawalView>(deps.ledger, {
      participantId,
      key: `withdrawal/${participantId}/${withdrawalId}/cancel`,
      body: null,
      plan: (snapshot) => {
        const known = runningOf(snapshot, withdrawalId);
        const move = cancelExit(snapshot, { withdrawalId, atMs: call.nowMs });
        const after = move.withdrawals.find((one) => one.withdrawalId === withdrawalId) ?? known;
        return {
          move,
          audit: {
            kind: 'withdrawal-cancelled',
            actor: call.principal.person,
            atMs: call.nowMs,
            summary: `${known.exitingUnits} units stay.`,
            data: { withdrawalId, units: known.exitingUnits.toString() },
          },
          result: withdrawalView(after, call.nowMs),
        };
      },
    });
    return { body: { withdrawal: result } };
  });
}

function runningOf(snapshot: LedgerSnapshot, withdrawalId: string): Withdrawal {
  const known = snapshot.withdrawals.find((one) => one.withdrawalId === withdrawalId);
  if (known === undefined) {
    throw new HttpProblem('withdrawal-unknown', `There is no withdrawal ${withdrawalId}.`);
  }
  if (known.outcome === null) return known;
  throw new HttpProblem('withdrawal-over', 'All that was left of it has left.');
}
