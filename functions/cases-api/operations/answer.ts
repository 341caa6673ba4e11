import type { answer as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Answer = typeof operation;

/** The participant answers the notice; no window stops or shortens. */
export function answer(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Answer>,
): Promise<Reply<Answer>> {
  return act(deps, call, { kind: 'answer', text: call.body.text });
}
