import type { decideDispute as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type DecideDispute = typeof operation;

/** A reviewer rules on a dispute (rules D10, E5). */
export function decideDispute(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<DecideDispute>,
): Promise<Reply<DecideDispute>> {
  const { disputeId } = call.params;
  const toRung = call.body.result === 'reduced' ? call.body.toRung : null;
  return act(deps, call, { kind: 'decideDispute', disputeId, ...call.body, toRung });
}
