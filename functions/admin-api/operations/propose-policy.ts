import { proposePolicy as operation } from '../../../contracts/http/policies.ts';
import { invalidPolicy, lintPolicyFile } from '../../../contracts/policy.ts';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { longestBoundMs } from '../../../domain/law/lint/bound.ts';
import { lintChange } from '../../../domain/law/lint.ts';
import {
  checkProposal,
  isProposedAlike,
  type Publication,
  type RegisterView,
} from '../../../domain/law/publication.ts';
import type { Policy } from '../../../domain/policy.ts';
import { hashOf, sha256Hex } from '../../shared/canonical.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { changeRegister, type Decision, historyEntry, lawAt } from '../change-register.ts';
import type { AdminApiDeps } from '../deps.ts';
import { publicationView } from '../policy-view.ts';

type Propose = typeof operation;

/**
 * Proposes a version: 201, or 200 where the same version waits already and is proposed again, perhaps with another start. Throws
 * `policy-invalid` with every fault, and what `checkProposal` refuses.
 */
export function proposePolicy(
  deps: Pick<AdminApiDeps, 'policies' | 'keys'>,
  call: Call<Propose>,
): Promise<Reply<Propose>> {
  return once(deps.keys, operation, call, async () => {
    const { policy, faults } = lintPolicyFile(call.body.policy, sha256Hex);
    if (policy === null) throw invalidPolicy(faults);
    let isNew = true;
    const { all, publication } = await changeRegister(deps.policies, call.nowMs, async (view) => {
      const draft = { ...draftOf(call, policy), ...proposersOf(view, policy, call) };
      isNew = view.all.every(({ version }) => version !== draft.version);
      const before = await lawAt(deps.policies, view.all, draft.effectiveFromMs);
      const everyFault = [...faults, ...lintChange(before, policy)];
      if (everyFault.length > 0) throw invalidPolicy(everyFault);
      return decide(view, draft, call);
    });
    const body = publicationView(all, publication, call.nowMs);
    return { status: isNew ? 201 : 200, body };
  });
}

type Draft = Omit<Publication, 'draftHash'>;

function draftOf(call: Call<Propose>, policy: Policy): Omit<Draft, 'proposers' | 'publishedBy'> {
  return {
    version: policy.version,
    hash: policy.hash,
    effectiveFromMs: Date.parse(call.body.effectiveFrom),
    proposedAtMs: call.nowMs,
    approvedBy: null,
    approvedAtMs: null,
    withdrawnBy: null,
    withdrawnAtMs: null,
    boundMs: longestBoundMs(policy),
  };
}

/** Whoever moves the start of a draft is one of its proposers from then on. */
function proposersOf({ all }: RegisterView, policy: Policy, call: Call<Propose>) {
  const earlier = all.find(({ version }) => version === policy.version)?.proposers ?? [];
  const proposers = [...new Set([...earlier, call.principal.person])];
  return { proposers, publishedBy: [...new Set([...policy.publishedBy, ...proposers])] };
}

function decide(view: RegisterView, draft: Draft, call: Call<Propose>): Decision {
  const present = view.all.find(({ version }) => version === draft.version);
  if (present !== undefined && isProposedAlike(present, draft)) return { before: present };
  checkProposal(draft, view);
  const { version, hash, effectiveFromMs, proposers } = draft;
  const publication: Publication = {
    ...draft,
    draftHash: hashOf({ version, hash, effectiveFromMs, proposers }),
  };
  const act = { person: call.principal.person, nowMs: call.nowMs, reason: '' };
  return {
    change: {
      publication,
      fileText: canonicalJson(call.body.policy),
      enacts: null,
      revokes: false,
      audit: historyEntry('proposed', publication, act),
    },
  };
}
