import type { readCase as operation } from '../../../contracts/http/cases.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { visibleCase } from '../case-access.ts';
import { caseView } from '../case-view.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** Reads one case. */
export async function readCase(
  deps: Pick<CasesApiDeps, 'cases'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  return { body: caseView(await visibleCase(deps.cases, call.params.caseId, call.ownOnly)) };
}
