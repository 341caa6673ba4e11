import type { appeal as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Appeal = typeof operation;

/** The participant appeals for restoration (rule C4). */
export function appeal(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Appeal>,
): Promise<Reply<Appeal>> {
  return act(deps, call, { kind: 'appeal', grounds: call.body.grounds });
}
