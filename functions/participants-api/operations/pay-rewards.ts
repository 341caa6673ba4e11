import { payRewards as operation } from '../../../contracts/http/money.ts';
import { payRewards as bookPayout } from '../../../domain/ledger/bookings.ts';
import { parseUnits } from '../../../domain/money.ts';
import { standingOf } from '../../../domain/sanction.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { book, checkAsset } from '../book.ts';
import type { ParticipantsApiDeps } from '../deps.ts';

type Pay = typeof operation;

/**
 * Books that unpaid rewards were paid out, once per external reference: what is unpaid is what a charge may take first (rule D5).
 * Nothing is paid to who is suspended or excluded (rule C3). Throws `rewards-held`, `payout-exceeds-unpaid`.
 */
export function payRewards(
  deps: Pick<ParticipantsApiDeps, 'ledger' | 'keys'>,
  call: Call<Pay>,
): Promise<Reply<Pay>> {
  const { participantId } = call.params;
  const { amount, externalRef } = call.body;
  return once(deps.keys, operation, call, async () => {
    const units = parseUnits(amount.units);
    const transferId = `payout/${externalRef}`;
    const { status, result } = await book<{ transferId: string }>(deps.ledger, {
      participantId,
      key: transferId,
      body: amount,
      plan: async (snapshot) => {
        checkAsset(snapshot, amount);
        const standing = standingOf(await deps.ledger.sanctions(participantId));
        if (standing === 'suspended' || standing === 'excluded') {
          throw new HttpProblem('rewards-held', `The participant is ${standing}.`);
        }
        const { rewardsUnpaid } = snapshot.balances;
        if (units > rewardsUnpaid) {
          throw new HttpProblem('payout-exceeds-unpaid', `Unpaid are ${rewardsUnpaid} units.`, {
            errors: [{ pointer: '/amount/units', code: 'payout-exceeds-unpaid' }],
          });
        }
        return {
          move: bookPayout(snapshot, { transferId, units, atMs: call.nowMs }),
          audit: {
            kind: 'rewards-paid',
            actor: call.principal.person,
            atMs: call.nowMs,
            summary: `Rewards of ${units} units were paid out.`,
            data: { externalRef, units: amount.units, asset: amount.asset },
          },
          result: { transferId },
        };
      },
    });
    return { status: status === 'booked' ? 201 : 200, body: { status, ...result } };
  });
}
