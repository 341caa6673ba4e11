import type { readTimeline as operation } from '../../../contracts/http/cases.ts';
import { toWire } from '../../../contracts/wire.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { visibleCase } from '../case-access.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** Reads the history of a case, oldest first. */
export async function readTimeline(
  deps: Pick<CasesApiDeps, 'cases'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { caseId } = call.params;
  await visibleCase(deps.cases, caseId, call.ownOnly);
  const page = await deps.cases.timeline(caseId, call.query.cursor, call.query.limit);
  return { body: toWire(page) };
}
