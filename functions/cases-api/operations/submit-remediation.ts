import type { submitRemediation as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Submit = typeof operation;

/** The participant, or an operator for it, declares the cause and what was done about it. */
export function submitRemediation(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Submit>,
): Promise<Reply<Submit>> {
  return act(deps, call, { kind: 'submitRemediation', ...call.body });
}
