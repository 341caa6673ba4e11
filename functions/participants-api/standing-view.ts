import { toWire } from '../../contracts/wire.ts';
import { rewardMultiplier } from '../../domain/law/reward-cut.ts';
import type { Sanction } from '../../domain/sanction.ts';

/** What a distributor pays of a reward that is earned now, and until when (rule C3). */
export function multiplierView(sanctions: readonly Sanction[], nowMs: number) {
  const { bps, untilMs } = rewardMultiplier(sanctions, nowMs);
  return toWire({ rewardMultiplierBps: bps, rewardMultiplierUntilMs: untilMs });
}

/** A sanction as the API shows it; how its cuts are reckoned is the ledger's own affair. */
export function sanctionView(sanction: Sanction) {
  const { barred: _, rewardCutSuspendedBps: __, rewardCutAfterMs: ___, ...shown } = sanction;
  return toWire(shown);
}
