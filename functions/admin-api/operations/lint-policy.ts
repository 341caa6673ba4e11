import type { lintPolicy as operation } from '../../../contracts/http/policies.ts';
import { lintPolicyFile } from '../../../contracts/policy.ts';
import { promqlServersOf } from '../../../domain/law/lint/types.ts';
import { lintChange } from '../../../domain/law/lint.ts';
import { inForceAt } from '../../../domain/law/publication.ts';
import { sha256Hex } from '../../shared/canonical.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { lawAt } from '../change-register.ts';
import type { AdminApiDeps } from '../deps.ts';
import { boundsView } from '../policy-view.ts';

type Lint = typeof operation;

/** Says what is wrong with a policy, by itself and as a successor of the law in force; stores nothing. */
export async function lintPolicy(
  deps: Pick<AdminApiDeps, 'policies'>,
  call: Call<Lint>,
): Promise<Reply<Lint>> {
  const { policy, faults } = lintPolicyFile(call.body.policy, sha256Hex);
  const { all } = await deps.policies.read();
  const law = inForceAt(all, call.nowMs) && (await lawAt(deps.policies, all, call.nowMs));
  const change = policy !== null && law !== null ? lintChange(law, policy) : [];
  const isSound = policy !== null && faults.length + change.length === 0;
  return {
    body: {
      isSound,
      faults: [...faults, ...change],
      hash: policy?.hash ?? null,
      bounds: isSound ? boundsView(policy) : [],
      promqlServers: policy === null ? [] : promqlServersOf(policy),
    },
  };
}
