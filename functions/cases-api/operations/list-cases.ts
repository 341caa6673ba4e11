import type { listCases as operation } from '../../../contracts/http/cases.ts';
import type { CaseQuery } from '../../../domain/ports/case-reader.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { caseView } from '../case-view.ts';
import type { CasesApiDeps } from '../deps.ts';

type List = typeof operation;

/** Lists cases, newest first. A participant sees its own; a filter for somebody else's finds nothing. */
export async function listCases(
  deps: Pick<CasesApiDeps, 'cases'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { ownOnly, query } = call;
  const asked = query.participantId;
  if (ownOnly !== null && asked !== undefined && asked !== ownOnly) {
    return { body: { items: [], nextCursor: null } };
  }
  const owner = ownOnly ?? asked;
  const page = await deps.cases.list(caseQuery(query, owner));
  return { body: { items: page.items.map(caseView), nextCursor: page.nextCursor } };
}

function caseQuery(query: Call<List>['query'], participantId: string | undefined): CaseQuery {
  const { violationType, family, tier, stage, outcome, shadow, cursor, limit } = query;
  return {
    limit,
    ...(participantId !== undefined && { participantId }),
    ...(violationType !== undefined && { violationType }),
    ...(family !== undefined && { family }),
    ...(tier !== undefined && { tier }),
    ...(stage !== undefined && { stage }),
    ...(outcome !== undefined && { outcome }),
    ...(shadow !== undefined && { shadow: shadow === 'true' }),
    ...(cursor !== undefined && { cursor }),
  };
}
