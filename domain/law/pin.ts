import type { PinnedLaw } from '../case/state.ts';
import { DomainError, invariant } from '../errors.ts';
import type { Policy, Rung } from '../policy.ts';
import type { RungId } from '../violation.ts';

/**
 * Takes from a policy what one case needs for its whole life (rules A4, B4). The copy travels with the case, so that
 * changing the policy never alters an open case (invariant H8). Throws `violation-type-unknown`.
 */
export function pinLaw(policy: Policy, violationType: string): PinnedLaw {
  const type = policy.violationTypes[violationType];
  if (type === undefined) {
    throw new DomainError(
      'violation-type-unknown',
      'caller',
      'The policy in force does not know this violation type.',
      { violationType, policyVersion: policy.version },
    );
  }
  const family = policy.families[type.family];
  return {
    policyVersion: policy.version,
    policyHash: policy.hash,
    publishedBy: policy.publishedBy,
    asset: policy.asset,
    family: type.family,
    capBps: family.capBps,
    capWindowMs: family.capWindowMs,
    recurrenceWindowMs: family.recurrenceWindowMs,
    rungs: family.rungs,
    start: family.start,
    allowanceMs: type.allowanceMs,
    checks: type.checks,
    guidance: type.guidance,
    holdDownMs: policy.holdDownMs,
    reopenMs: policy.reopenMs,
    freshMinMs: policy.freshMinMs,
    latenessMs: policy.latenessMs,
    disputeWindowMs: policy.disputeWindowMs,
    stakeHoldLapseMs: policy.stakeHoldLapseMs,
    pendingHardStopMs: policy.pendingHardStopMs,
    noticeFallbackMs: policy.noticeFallbackMs,
    staleSourceLimitMs: policy.staleSourceLimitMs,
    governorAskMs: policy.governorAskMs,
    vetoReviewMs: policy.vetoReviewMs,
    dismissedSilenceMs: policy.dismissedSilenceMs,
    minimumStakeUnits: policy.minimumStakeUnits,
    disputeDueMs: policy.disputeDueMs,
    evidenceAgeMs: policy.evidenceAgeMs,
    causeWindowMs: policy.causeWindowMs,
    topUpMs: policy.topUpMs,
    newcomer: policy.newcomer,
    readmission: policy.readmission,
    audit: policy.audit,
    rebateBps: family.rebateBps,
    reputation: policy.reputation,
    shadow: type.shadow,
  };
}

/** The rung of a pinned ladder. The linter proves that every ladder is whole, so a missing one is a bug. */
export function rungOf(law: PinnedLaw, id: RungId): Rung {
  const rung = law.rungs.find((candidate) => candidate.id === id);
  invariant(rung !== undefined, `The pinned ladder has no rung ${id}.`);
  return rung;
}

/** How long after its served notice a rung may be imposed at the earliest: the longer of grace and answer window (rule A8). */
export function windowMs(rung: Rung): number {
  return Math.max(rung.graceBeforeMs, rung.answerWindowMs);
}

/** How long after a correction a re-fire resumes the same rung (rule A4): the longer of the reopen time and the rung's window. */
export function reopenWindowMs(law: PinnedLaw, rung: Rung): number {
  return Math.max(law.reopenMs, windowMs(rung));
}

/** The shortest grace of a ladder; half of it bounds how old evidence may be (rules A10, §G). */
export function shortestGraceMs(law: PinnedLaw): number {
  const graces = law.rungs.map((rung) => rung.graceBeforeMs).filter((graceMs) => graceMs > 0);
  invariant(graces.length > 0, 'The pinned ladder has no rung with a grace.');
  return Math.min(...graces);
}
