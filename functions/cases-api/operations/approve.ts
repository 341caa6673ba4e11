import type { approve as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Approve = typeof operation;

/** A governor approves one draft, named by its hash (rule E2). */
export function approve(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Approve>,
): Promise<Reply<Approve>> {
  return act(deps, call, { kind: 'approve', proposalId: call.params.proposalId, ...call.body });
}
