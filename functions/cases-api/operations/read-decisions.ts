import type { readDecisions as operation } from '../../../contracts/http/cases.ts';
import { toWire } from '../../../contracts/wire.ts';
import type { DecisionRecord } from '../../../domain/decision/record.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { visibleCase } from '../case-access.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** Reads the decision records of a case, oldest first. */
export async function readDecisions(
  deps: Pick<CasesApiDeps, 'cases'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { caseId } = call.params;
  await visibleCase(deps.cases, caseId, call.ownOnly);
  const { items, nextCursor } = await deps.cases.decisions(
    caseId,
    call.query.cursor,
    call.query.limit,
  );
  return { body: { items: items.map(decisionView), nextCursor } };
}

/** A record as the API shows it: without the version of its stored shape. */
function decisionView({ v: _, ...record }: DecisionRecord) {
  return toWire(record);
}
