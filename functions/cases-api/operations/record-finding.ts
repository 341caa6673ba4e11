import type { recordFinding as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type RecordFinding = typeof operation;

/** An auditor records a finding on the open appeal (rule C4). */
export function recordFinding(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<RecordFinding>,
): Promise<Reply<RecordFinding>> {
  return act(deps, call, { kind: 'recordFinding', ...call.body });
}
