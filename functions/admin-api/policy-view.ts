import type * as z from 'zod';
import type { listPolicies, readPolicy } from '../../contracts/http/policies.ts';
import { instantToWire } from '../../contracts/wire.ts';
import { boundsOfStored } from '../../domain/law/lint/bound.ts';
import { type Publication, publicationState } from '../../domain/law/publication.ts';
import type { Policy } from '../../domain/policy.ts';

type PublicationView = z.input<typeof listPolicies.reply>['items'][number];
type BoundView = z.input<typeof readPolicy.reply>['bounds'][number];

/** A version of the law as the API shows it, among all of its network. */
export function publicationView(
  all: readonly Publication[],
  publication: Publication,
  nowMs: number,
): PublicationView {
  const { effectiveFromMs, proposedAtMs, approvedAtMs, withdrawnAtMs, ...rest } = publication;
  const instant = (atMs: number | null) => (atMs === null ? null : instantToWire(atMs));
  return {
    ...rest,
    state: publicationState(all, publication, nowMs),
    // A law may have come with the installation, from before there were instants.
    effectiveFrom: instantToWire(Math.max(0, effectiveFromMs)),
    proposers: [...rest.proposers],
    publishedBy: [...rest.publishedBy],
    proposedAt: instant(proposedAtMs),
    approvedAt: instant(approvedAtMs),
    withdrawnAt: instant(withdrawnAtMs),
  };
}

/** The bounds of a policy's violation types (invariant H10); none for a law that is older than some of its numbers. */
export function boundsView(policy: Policy): BoundView[] {
  return boundsOfStored(policy).map((bound) => ({
    ...bound,
    steps: [...bound.steps],
    moneySteps: [...bound.moneySteps],
  }));
}
