import type { FamilyLaw, Policy } from '../policy.ts';
import { FAMILIES, type Family } from '../violation.ts';
import { lintBounds } from './lint/bound.ts';
import { gapIn, lintLadder } from './lint/ladder.ts';
import { lintMoney } from './lint/money.ts';
import { lintPeople } from './lint/people.ts';
import { lintStart } from './lint/start.ts';
import { lintTypes } from './lint/types.ts';
import { lintWindows } from './lint/windows.ts';

/**
 * Proves that a policy is fair and whole (design §6): ladders climb and cost nothing at first, starts never reward, caps and rates fit,
 * windows leave time to everybody, and every case comes to rest (invariant H10). Returns each fault as a sentence that names its place
 * and its rule; empty for a sound policy.
 */
export function lintPolicy(policy: Policy): string[] {
  const minimumStakeUnits = BigInt(policy.minimumStakeUnits);
  const faults = FAMILIES.flatMap((family) =>
    lintFamily(family, policy.families[family], minimumStakeUnits),
  );
  // Without whole ladders nothing can be said about what rests on them.
  if (FAMILIES.some((family) => gapIn(family, policy.families[family]) !== null)) return faults;
  return [
    ...faults,
    ...lintWindows(policy),
    ...lintTypes(policy),
    ...lintPeople(policy),
    ...lintBounds(policy),
  ];
}

/** The faults of one family's law by itself; `minimumStakeUnits` is null where the policy does not say it. */
export function lintFamily(
  family: Family,
  law: FamilyLaw,
  minimumStakeUnits: bigint | null,
): string[] {
  const faults = lintLadder(family, law);
  if (gapIn(family, law) !== null) return faults;
  const money = minimumStakeUnits === null ? [] : lintMoney(family, law, minimumStakeUnits);
  return [...faults, ...lintStart(family, law), ...money];
}

/**
 * What a policy may not change against the law in force: the asset that every ledger is kept in, and violations that monitors report,
 * which nobody could judge any more. Returns a sentence per fault.
 */
export function lintChange(inForce: Policy, next: Policy): string[] {
  const dropped = Object.keys(inForce.violationTypes).filter(
    (type) => next.violationTypes[type] === undefined,
  );
  return [
    ...(next.asset === inForce.asset
      ? []
      : [`asset is ${next.asset}, but every ledger of this network is kept in ${inForce.asset}`]),
    ...dropped.map(
      (type) =>
        `violationTypes.${type} is in force and missing here: its alerts would find no law; let it run in shadow instead`,
    ),
  ];
}
