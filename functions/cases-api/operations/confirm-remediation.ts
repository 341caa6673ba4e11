import type { confirmRemediation as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Confirm = typeof operation;

/** An operator confirms the remediation; up to P2 this is the appeal (rule C4). */
export function confirmRemediation(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Confirm>,
): Promise<Reply<Confirm>> {
  return act(deps, call, { kind: 'confirmRemediation', note: call.body.note });
}
