import { FULL_BPS } from '../money.ts';
import type { FamilyLaw, Policy, Rung, StartCell, Suspension } from '../policy.ts';
import { FAMILIES, type Family, RUNG_IDS, rungOrder, SEVERITIES } from '../violation.ts';

/**
 * The linter's first rules (design §6): the ladder is whole and climbs, the start matrix never rewards a graver or repeated
 * violation, a warning is free (rule C12), approvals fit their rung (rule E2), the smallest stake feels the smallest rate
 * (rule D3). Returns each fault as a sentence that names its place; empty for a sound policy.
 */
export function lintPolicy(policy: Policy): string[] {
  const faults: string[] = [];
  for (const family of FAMILIES) {
    const law = policy.families[family];
    faults.push(...lintLadder(family, law), ...lintStart(family, law));
    faults.push(...lintRates(family, law, BigInt(policy.minimumStakeUnits)));
  }
  if (policy.stakeHoldLapseMs >= policy.pendingHardStopMs) {
    faults.push('stakeHoldLapse must be shorter than pendingHardStop (rule D7)');
  }
  for (const [tier, windowMs] of Object.entries(policy.disputeWindowMs)) {
    if (windowMs >= policy.pendingHardStopMs) {
      faults.push(`disputeWindow.${tier} must be shorter than pendingHardStop (rule D7)`);
    }
  }
  return faults;
}

function lintLadder(family: Family, law: FamilyLaw): string[] {
  const ids = law.rungs.map((rung) => rung.id);
  if (ids.join() !== RUNG_IDS.join()) {
    return [`families.${family}.rungs must be ${RUNG_IDS.join(', ')} in this order`];
  }
  const faults: string[] = [];
  law.rungs.forEach((rung, index) => {
    const place = `families.${family}.rungs.${rung.id}`;
    faults.push(...lintRung(place, rung));
    const below = law.rungs[index - 1];
    if (below === undefined) return;
    if (rung.slashBps < below.slashBps) faults.push(`${place} slashes less than the rung below it`);
    if (suspensionWeight(rung.suspension) < suspensionWeight(below.suspension)) {
      faults.push(`${place} suspends less than the rung below it`);
    }
  });
  return faults;
}

function lintRung(place: string, rung: Rung): string[] {
  const faults: string[] = [];
  const order = rungOrder(rung.id);
  const tier = order === 0 ? 'warning' : order < rungOrder('S1') ? 'penalty' : 'severe';
  if (rung.tier !== tier) faults.push(`${place} must be of tier ${tier}`);
  if (rung.id === 'W') {
    const free =
      rung.slashBps === 0 &&
      rung.rewardCutBps === 0 &&
      rung.probationMs === 0 &&
      rung.reputationWeight === 0 &&
      rung.suspension.kind === 'none' &&
      rung.execution === 'automatic';
    if (!free) faults.push(`${place} must cost nothing and run automatically (rule C12)`);
  } else if (rung.graceBeforeMs <= 0) {
    faults.push(`${place} must leave a grace before it (rule A8)`);
  }
  if ((rung.execution === 'on-approval') !== rung.approvals > 0) {
    faults.push(`${place} needs approvals exactly when it runs on approval (rule E2)`);
  }
  return faults;
}

function suspensionWeight(suspension: Suspension): number {
  if (suspension.kind === 'none') return -1;
  return suspension.kind === 'exclusion' ? Number.MAX_SAFE_INTEGER : suspension.minMs;
}

function lintStart(family: Family, law: FamilyLaw): string[] {
  const faults: string[] = [];
  SEVERITIES.forEach((severity, row) => {
    law.start[severity].forEach((cell, column) => {
      const place = `families.${family}.start.${severity}.${column + 1}`;
      const earlier = law.start[severity][column - 1];
      if (earlier !== undefined && startWeight(cell) < startWeight(earlier)) {
        faults.push(`${place} starts lower than one recurrence less`);
      }
      const milder = SEVERITIES[row - 1];
      const milderCell = milder === undefined ? undefined : law.start[milder][column];
      if (milderCell !== undefined && startWeight(cell) < startWeight(milderCell)) {
        faults.push(`${place} starts lower than a milder severity`);
      }
    });
  });
  return faults;
}

/** Rung first, rate second: no multiplier outweighs a rung. */
function startWeight(cell: StartCell): number {
  return rungOrder(cell.rung) * 1_000_000 + cell.multiplierBps;
}

function lintRates(family: Family, law: FamilyLaw, minimumStakeUnits: bigint): string[] {
  const rates = law.rungs.map((rung) => rung.slashBps).filter((rate) => rate > 0);
  const lowest = rates.length === 0 ? FULL_BPS : Math.min(...rates);
  if (minimumStakeUnits * BigInt(lowest) >= BigInt(FULL_BPS)) return [];
  return [`families.${family} would charge the minimum stake less than one unit (rule D3)`];
}
