import type { readHealth as operation } from '../../../contracts/http/system.ts';
import type { Reply } from '../../shared/route.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** An id that no case has: reading it proves that the store answers. */
const NO_CASE = 'health-probe';

/** Says whether requests can be served: the store answers. Temporal may be down for days without harm (design §4). */
export async function readHealth(
  deps: Pick<CasesApiDeps, 'cases' | 'networkId'>,
): Promise<Reply<Read>> {
  await deps.cases.read(NO_CASE);
  return { body: { status: 'ok', networkId: deps.networkId } };
}
