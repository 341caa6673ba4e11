import type { listPolicies as operation } from '../../../contracts/http/policies.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { AdminApiDeps } from '../deps.ts';
import { publicationView } from '../policy-view.ts';

type List = typeof operation;

/** Every version of the law by its start. There are few: each takes two persons. */
export async function listPolicies(
  deps: Pick<AdminApiDeps, 'policies'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { all } = await deps.policies.read();
  const items = all.map((each) => publicationView(all, each, call.nowMs));
  return { body: { items, nextCursor: null } };
}
