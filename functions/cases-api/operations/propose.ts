import type { propose as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Propose = typeof operation;

/** Proposes a rung or the dismissal of the case (rules D7, E4). */
export function propose(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Propose>,
): Promise<Reply<Propose>> {
  return act(deps, call, { kind: 'propose', ...call.body });
}
