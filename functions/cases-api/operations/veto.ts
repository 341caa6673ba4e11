import type { veto as operation } from '../../../contracts/http/case-actions.ts';
import type { Role } from '../../../domain/principal.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Veto = typeof operation;

/** A governor vetoes a draft; reviewers confirm or lift the veto (rule E3). Throws `governor-needed`, `reviewer-needed`. */
export async function veto(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Veto>,
): Promise<Reply<Veto>> {
  const { stance } = call.body;
  const wanted: Role = stance === 'veto' ? 'governor' : 'reviewer';
  if (!call.principal.roles.includes(wanted)) {
    throw stance === 'veto'
      ? new HttpProblem('governor-needed', 'Only a governor vetoes.')
      : new HttpProblem('reviewer-needed', 'Only reviewers confirm or lift a veto.');
  }
  const { proposalId } = call.params;
  return act(deps, call, { kind: 'veto', proposalId, ...call.body });
}
