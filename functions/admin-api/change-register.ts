import { DomainError } from '../../domain/errors.ts';
import { inForceAt, type Publication, type RegisterView } from '../../domain/law/publication.ts';
import type { Policy } from '../../domain/policy.ts';
import type { PolicyChange, PolicyRegister } from '../../domain/ports/policy-register.ts';
import { HttpProblem } from '../shared/http-problem.ts';

/** What became of a version: decided before, or the change that is to be written. */
export type Decision =
  | { readonly before: Publication }
  | { readonly change: Omit<PolicyChange, 'expectedRevision'> };

/** A decision that was made: the version as it is now, and among which others. */
export interface Decided {
  readonly all: readonly Publication[];
  readonly publication: Publication;
}

const MAX_TRIES = 20;

/**
 * Decides on the register as it is and writes the change, unless somebody else changed it in between: then it decides anew. Throws what
 * `decide` throws, `policy-missing` where no law is in force, and `store-unreachable` when others are always faster.
 */
export async function changeRegister(
  policies: PolicyRegister,
  nowMs: number,
  decide: (view: RegisterView) => Promise<Decision>,
): Promise<Decided> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { all, revision } = await policies.read();
    const law = await lawAt(policies, all, nowMs);
    const decision = await decide({ all, law, nowMs });
    if ('before' in decision) return { all, publication: decision.before };
    const { change } = decision;
    const done = await policies.commit({ ...change, expectedRevision: revision });
    if (done === 'stale') continue;
    const { version } = change.publication;
    const others = all.filter((each) => each.version !== version);
    return { all: [...others, change.publication], publication: change.publication };
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The register of laws changed at every try. Try again.',
  );
}

/** The law in force at an instant. Throws `policy-missing` when there is none. */
export async function lawAt(
  policies: Pick<PolicyRegister, 'policy'>,
  all: readonly Publication[],
  atMs: number,
): Promise<Policy> {
  const inForce = inForceAt(all, atMs);
  const law = inForce === null ? null : await policies.policy(inForce.version);
  if (law !== null) return law;
  throw new HttpProblem('policy-missing', 'No law is in force: the first one is installed.');
}

/** A version of the register. Throws `policy-unknown`. */
export function knownVersion(all: readonly Publication[], version: string): Publication {
  const found = all.find((each) => each.version === version);
  if (found !== undefined) return found;
  throw new HttpProblem('policy-unknown', `There is no version ${version} of the law.`);
}

/** The line of the network's history that a change writes. */
export function historyEntry(
  what: 'proposed' | 'approved' | 'withdrawn',
  publication: Publication,
  act: { readonly person: string; readonly nowMs: number; readonly reason: string },
): PolicyChange['audit'] {
  const { version, hash, draftHash, effectiveFromMs, proposers } = publication;
  return {
    entryId: `policy/${version}/${what}/${act.person}`,
    participantId: null,
    caseId: null,
    atMs: act.nowMs,
    kind: `policy-${what}`,
    actor: act.person,
    summary: `Version ${version} of the law was ${what}; it begins at ${new Date(effectiveFromMs).toISOString()}.`,
    data: {
      version,
      hash,
      draftHash,
      effectiveFromMs,
      proposers: [...proposers],
      reason: act.reason,
    },
  };
}
