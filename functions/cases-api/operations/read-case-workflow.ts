import type { readCaseWorkflow as operation } from '../../../contracts/http/cases.ts';
import { toWire } from '../../../contracts/wire.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { visibleCase } from '../case-access.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** Looks at the workflow of a case: the only read that touches Temporal (design §4). */
export async function readCaseWorkflow(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { caseId, workflowId } = await visibleCase(deps.cases, call.params.caseId, call.ownOnly);
  const { state, ...seen } = toWire(await deps.messages.inspect(workflowId));
  return { body: { caseId, ...seen, state: state === null ? null : { ...state } } };
}
