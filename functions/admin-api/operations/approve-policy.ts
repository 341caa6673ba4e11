import { approvePolicy as operation } from '../../../contracts/http/policies.ts';
import { invalidPolicy, lintPolicyFile } from '../../../contracts/policy.ts';
import { invariant } from '../../../domain/errors.ts';
import { lintChange } from '../../../domain/law/lint.ts';
import {
  checkApproval,
  type Publication,
  type RegisterView,
} from '../../../domain/law/publication.ts';
import type { Policy } from '../../../domain/policy.ts';
import { sha256Hex } from '../../shared/canonical.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import {
  changeRegister,
  type Decision,
  historyEntry,
  knownVersion,
  lawAt,
} from '../change-register.ts';
import type { AdminApiDeps } from '../deps.ts';
import { publicationView } from '../policy-view.ts';

type Approve = typeof operation;

/**
 * Approves a proposed version as the second person: from then on it is scheduled, and both are in the conflict set of every case under it
 * (rule E1). The policy is judged again, as a successor of what is law before it. Throws `policy-unknown`, `policy-invalid`, and what
 * `checkApproval` refuses.
 */
export function approvePolicy(
  deps: Pick<AdminApiDeps, 'policies' | 'keys'>,
  call: Call<Approve>,
): Promise<Reply<Approve>> {
  return once(deps.keys, operation, call, async () => {
    const { all, publication } = await changeRegister(deps.policies, call.nowMs, (view) =>
      decide(deps, call, view),
    );
    return { body: publicationView(all, publication, call.nowMs) };
  });
}

async function decide(
  { policies }: Pick<AdminApiDeps, 'policies'>,
  call: Call<Approve>,
  view: RegisterView,
): Promise<Decision> {
  const { principal, nowMs, body } = call;
  const { person } = principal;
  const proposed = knownVersion(view.all, call.params.version);
  const isRepeat = proposed.approvedBy === person && proposed.draftHash === body.draftHash;
  if (isRepeat && proposed.withdrawnAtMs === null) return { before: proposed };
  checkApproval(proposed, principal, body.draftHash, view);
  const before = await lawAt(policies, view.all, proposed.effectiveFromMs);
  const policy = judgedAgain(await policies.file(proposed.version), before);
  invariant(policy.hash === proposed.hash, `The file of ${proposed.version} has another hash.`);
  const publishedBy = [...new Set([...proposed.publishedBy, person])];
  const publication: Publication = {
    ...proposed,
    approvedBy: person,
    approvedAtMs: nowMs,
    publishedBy,
  };
  return {
    change: {
      publication,
      fileText: null,
      enacts: { ...policy, publishedBy },
      revokes: false,
      audit: historyEntry('approved', publication, { person, nowMs, reason: body.reason }),
    },
  };
}

function judgedAgain(text: string | null, before: Policy): Policy {
  invariant(text !== null, 'A proposed version has its file.');
  const { policy, faults } = lintPolicyFile(JSON.parse(text), sha256Hex);
  const change = policy === null ? [] : lintChange(before, policy);
  if (policy !== null && faults.length + change.length === 0) return policy;
  throw invalidPolicy([...faults, ...change]);
}
