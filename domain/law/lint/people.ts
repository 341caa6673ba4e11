import { FULL_BPS } from '../../money.ts';
import type { FamilyLaw, NewcomerLaw, Policy, Rung } from '../../policy.ts';
import { FAMILIES, type Family, type RungId } from '../../violation.ts';
import { bps, failing, lasting } from './words.ts';

/** Where newcomers are charged nothing (rule C7). */
const NEWCOMER_FAMILY: Family = 'performance';

/** At most half of the network may be suspended at a time, whatever a policy says (rule D12 has a third). */
const MOST_SUSPENDED_BPS = 5_000;

/**
 * The numbers around cases are sane: newcomers, the ways back, audits, reputation and the breaker (rules C5, C7, D12, E6, F).
 * Returns a sentence per fault; needs whole ladders.
 */
export function lintPeople(policy: Policy): string[] {
  return [
    ...lintWaysBack(policy),
    ...lintReputation(policy),
    ...lintBreaker(policy),
    ...lintNewcomer(policy.newcomer, policy.families[NEWCOMER_FAMILY]),
  ];
}

function lintNewcomer({ ageMs }: NewcomerLaw, { recurrenceWindowMs }: FamilyLaw): string[] {
  return failing([
    [
      ageMs < recurrenceWindowMs,
      `newcomer.age of ${lasting(ageMs)} is not shorter than the recurrence window of ${NEWCOMER_FAMILY}, ${lasting(recurrenceWindowMs)}: what a newcomer does would never count (rules C7, C11)`,
    ],
  ]);
}

function rungsOf(policy: Policy, id: RungId): (readonly [string, Rung])[] {
  return FAMILIES.flatMap((family) =>
    policy.families[family].rungs
      .filter((rung) => rung.id === id)
      .map((rung) => [`families.${family}.rungs.${id}`, rung] as const),
  );
}

function lintWaysBack(policy: Policy): string[] {
  const { readmission, audit } = policy;
  const approvals = Math.max(...rungsOf(policy, 'S2').map(([, rung]) => rung.approvals));
  const sooner = rungsOf(policy, 'S1').flatMap(([place, { suspension, probationMs }]) => {
    const backMs = ('minMs' in suspension ? suspension.minMs : 0) + probationMs;
    return failing([
      [
        readmission.afterMs > backMs,
        `readmission.after of ${lasting(readmission.afterMs)} is not longer than suspension and probation of ${place}, ${lasting(backMs)}: the excluded would be back before the suspended (rule C5)`,
      ],
    ]);
  });
  return [
    ...sooner,
    ...failing([
      [
        readmission.afterMs > policy.pendingHardStopMs,
        `readmission.after of ${lasting(readmission.afterMs)} is not longer than pendingHardStop of ${lasting(policy.pendingHardStopMs)}: money of the exclusion could still be open (rules C5, D7)`,
      ],
      [
        readmission.approvals >= approvals,
        `readmission.approvals is ${readmission.approvals}, but S2 takes ${approvals}: undoing an exclusion would take fewer people than deciding it (rules C5, E2)`,
      ],
      [audit.dueMs > 0, 'audit.due must be longer than zero (rule E6)'],
      [
        audit.cooldownMs >= audit.dueMs,
        `audit.cooldown of ${lasting(audit.cooldownMs)} is shorter than audit.due of ${lasting(audit.dueMs)}: failing would be quicker than being audited (rule E6)`,
      ],
    ]),
  ];
}

/** The score of a clean history after one sanction of a weight, in basis points, rounded down (rule F). */
function scoreAfterBps(policy: Policy, weight: number): number {
  const { alpha, beta } = policy.reputation;
  return Math.floor((alpha * FULL_BPS) / (alpha + beta + weight));
}

function lintReputation(policy: Policy): string[] {
  const { halfLifeMs, normalBps, reviewBps } = policy.reputation;
  const scoreOf = (weight: number) => scoreAfterBps(policy, weight);
  return [
    ...failing([
      [halfLifeMs > 0, 'reputation.halfLife must be longer than zero (rule F)'],
      [
        reviewBps < normalBps,
        `reputation.reviewBps of ${reviewBps} is not below normalBps of ${normalBps} (rule F)`,
      ],
      [
        scoreOf(0) >= normalBps,
        `reputation begins at ${scoreOf(0)}, below normalBps of ${normalBps}: nobody new would be scheduled as usual (rule F)`,
      ],
    ]),
    ...rungsOf(policy, 'P1').flatMap(([place, { reputationWeight }]) =>
      failing([
        [
          scoreOf(reputationWeight) >= reviewBps,
          `${place} alone brings a clean reputation to ${scoreOf(reputationWeight)}, below reviewBps of ${reviewBps} (rule F)`,
        ],
      ]),
    ),
    ...rungsOf(policy, 'S2').flatMap(([place, { reputationWeight }]) =>
      failing([
        [
          scoreOf(reputationWeight) < reviewBps,
          `${place} leaves a clean reputation at ${scoreOf(reputationWeight)}, not below reviewBps of ${reviewBps} (rule F)`,
        ],
      ]),
    ),
  ];
}

function lintBreaker(policy: Policy): string[] {
  const { windowMs, shareBps, suspendedBps, twoApproversBps } = policy.breaker;
  return failing([
    [windowMs > 0, 'breaker.window must be longer than zero (rule D12)'],
    [
      windowMs < policy.stakeHoldLapseMs,
      `breaker.window of ${lasting(windowMs)} is not shorter than stakeHoldLapse of ${lasting(policy.stakeHoldLapseMs)}: what waits for it would lapse (rules D7, D12)`,
    ],
    [shareBps > 0, 'breaker.shareBps is 0: nothing could ever be imposed (rule D12)'],
    [
      shareBps <= suspendedBps,
      `breaker.shareBps of ${bps(shareBps)} is above suspendedBps of ${bps(suspendedBps)}: one window could suspend more than may be suspended at all (rule D12)`,
    ],
    [
      suspendedBps <= MOST_SUSPENDED_BPS,
      `breaker.suspendedBps is ${bps(suspendedBps)}; more than half of the network is never suspended at a time (rule D12)`,
    ],
    [
      twoApproversBps <= shareBps,
      `breaker.twoApproversBps of ${bps(twoApproversBps)} is above shareBps of ${bps(shareBps)}: a single case could fill a window with one approval (rule D12)`,
    ],
  ]);
}
