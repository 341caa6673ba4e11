import type { requestChecks as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type RequestChecks = typeof operation;

/** Runs the system checks again. */
export function requestChecks(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<RequestChecks>,
): Promise<Reply<RequestChecks>> {
  return act(deps, call, { kind: 'requestChecks' });
}
