import type { acknowledge as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type Acknowledge = typeof operation;

/** An operator looks after the case. */
export function acknowledge(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Acknowledge>,
): Promise<Reply<Acknowledge>> {
  return act(deps, call, { kind: 'acknowledge', note: call.body.note });
}
