import type { askReadmission as operation } from '../../../contracts/http/case-actions.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { readmit } from '../act.ts';
import { visibleCase } from '../case-access.ts';
import type { CasesApiDeps } from '../deps.ts';

type Ask = typeof operation;

/** An excluded participant asks to return (rule C5). Throws `not-excluded` before anything is started for it. */
export async function askReadmission(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<Ask>,
): Promise<Reply<Ask>> {
  const record = await visibleCase(deps.cases, call.params.caseId, call.ownOnly);
  if (record.outcome !== 'excluded')
    throw new HttpProblem('not-excluded', 'Only a case that ended in an exclusion is readmitted.');
  return readmit(deps, record, call, { kind: 'askReadmission', grounds: call.body.grounds });
}
