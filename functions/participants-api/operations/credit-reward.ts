import { creditReward as operation } from '../../../contracts/http/money.ts';
import { entriesOfGroup } from '../../../domain/law/group.ts';
import { cutsOn } from '../../../domain/law/reward-cut.ts';
import type { RewardCut } from '../../../domain/ledger/accounts.ts';
import { creditReward as bookReward } from '../../../domain/ledger/bookings.ts';
import { cutFallsOf, withheldOf } from '../../../domain/ledger/rewards.ts';
import { MAX_UNITS, parseUnits } from '../../../domain/money.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { book, checkAsset, checkRoom } from '../book.ts';
import type { ParticipantsApiDeps } from '../deps.ts';

type Credit = typeof operation;

interface Credited {
  transferId: string;
  units: string;
  withheldUnits: string;
  unpaidUnits: string;
  cuts: RewardCut[];
}

/**
 * Credits a reward once per external reference, with the largest cut of the sanctions that are active now; what was earned in a
 * suspension or exclusion does not accrue and is withheld whole (rule C3). Each case that cuts it is kept, so that its fall gives
 * back what it alone caused. Throws `earned-later`, `external-ref-reused`.
 */
export function creditReward(
  deps: Pick<ParticipantsApiDeps, 'ledger' | 'keys'>,
  call: Call<Credit>,
): Promise<Reply<Credit>> {
  const { participantId } = call.params;
  const { amount, externalRef } = call.body;
  const earnedAtMs = Date.parse(call.body.earnedAt);
  if (earnedAtMs > call.nowMs) {
    throw new HttpProblem('earned-later', 'A reward is credited once it is earned.', {
      errors: [{ pointer: '/earnedAt', code: 'earned-later' }],
    });
  }
  return once(deps.keys, operation, call, async () => {
    const units = parseUnits(amount.units);
    const transferId = `reward/${externalRef}`;
    const { status, result } = await book<Credited>(deps.ledger, {
      participantId,
      key: transferId,
      body: { amount, earnedAtMs },
      plan: async (snapshot) => {
        checkAsset(snapshot, amount);
        checkRoom(snapshot.balances.rewardsCredited, units, MAX_UNITS);
        // Read after the ledger: a sanction that changes between the two raises the version that the booking is conditional on.
        const sanctions = await deps.ledger.sanctions(participantId);
        const dated = { earnedAtMs, creditedAtMs: call.nowMs };
        const cuts = cutsOn(dated, sanctions, entriesOfGroup(snapshot));
        const booking = { transferId, units, earnedAtMs, atMs: call.nowMs, cuts };
        const withheld = withheldOf({ ...dated, units, cuts }, cutFallsOf(snapshot));
        const credited: Credited = {
          transferId,
          units: amount.units,
          withheldUnits: withheld.toString(),
          unpaidUnits: (units - withheld).toString(),
          cuts,
        };
        return {
          move: bookReward(snapshot, booking),
          audit: {
            kind: 'reward-credited',
            actor: call.principal.person,
            atMs: call.nowMs,
            summary: `Reward of ${units} units credited, ${withheld} of them withheld.`,
            data: { externalRef, earnedAtMs, asset: amount.asset, ...credited },
          },
          result: credited,
        };
      },
    });
    return { status: status === 'booked' ? 201 : 200, body: { status, ...result } };
  });
}
