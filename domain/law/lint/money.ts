import { FULL_BPS } from '../../money.ts';
import type { FamilyLaw } from '../../policy.ts';
import { type Family, SEVERITIES } from '../../violation.ts';
import { startRateBps } from './start.ts';
import { bps, failing, lasting } from './words.ts';

/** Most of a slash that may come back (rule D11). */
const MOST_REBATE_BPS = 5_000;

/**
 * Rates, caps and rebates of a family fit each other: the smallest stake feels the smallest rate, no rung under the cap is cut short
 * by it, and what may come back is bounded (rules D3, D4, D11). Returns a sentence per fault; needs a whole ladder.
 */
export function lintMoney(family: Family, law: FamilyLaw, minimumStakeUnits: bigint): string[] {
  const place = `families.${family}`;
  const rates = law.rungs.map(({ slashBps }) => slashBps).filter((rate) => rate > 0);
  const lowest = rates.length === 0 ? FULL_BPS : Math.min(...rates);
  const capped = graveRateBps(law);
  return failing([
    [
      minimumStakeUnits * BigInt(lowest) >= BigInt(FULL_BPS),
      `${place} would charge the minimum stake less than one unit (rule D3)`,
    ],
    [
      law.capBps >= capped,
      `${place}.capBps is ${bps(law.capBps)}, but a single case may charge ${bps(capped)} below S2: the cap would cut it short (rule D4)`,
    ],
    [law.capWindowMs > 0, `${place}.capWindow must be longer than zero (rule D4)`],
    [law.recurrenceWindowMs > 0, `${place}.recurrenceWindow must be longer than zero (rule C11)`],
    [
      law.capWindowMs <= law.recurrenceWindowMs,
      `${place}.capWindow of ${lasting(law.capWindowMs)} is longer than its recurrenceWindow of ${lasting(law.recurrenceWindowMs)}: a case would count for the cap and no longer as recurrence (rules C11, D4)`,
    ],
    [
      law.rebateBps <= MOST_REBATE_BPS,
      `${place}.rebateBps is ${bps(law.rebateBps)}; at most half of a slash comes back (rule D11)`,
    ],
    [
      family !== 'security' || law.rebateBps === 0,
      `${place}.rebateBps must be 0: nothing of a security slash comes back (rule D11)`,
    ],
  ]);
}

/** The highest rate that the cap of rule D4 is there for: of every rung but S2, with the multipliers of the starts. */
function graveRateBps(law: FamilyLaw): number {
  const plain = law.rungs.filter(({ id }) => id !== 'S2').map(({ slashBps }) => slashBps);
  const multiplied = SEVERITIES.flatMap((severity) => law.start[severity])
    .filter(({ rung }) => rung !== 'S2')
    .map((cell) => startRateBps(law, cell));
  return Math.max(...plain, ...multiplied);
}
