import { withdrawPolicy as operation } from '../../../contracts/http/policies.ts';
import { checkWithdrawal, isEnacted, type Publication } from '../../../domain/law/publication.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { changeRegister, historyEntry, knownVersion } from '../change-register.ts';
import type { AdminApiDeps } from '../deps.ts';
import { publicationView } from '../policy-view.ts';

type Withdraw = typeof operation;

/** Withdraws a version that is not law yet: the law in force stays. Throws `policy-unknown`, and what `checkWithdrawal` refuses. */
export function withdrawPolicy(
  deps: Pick<AdminApiDeps, 'policies' | 'keys'>,
  call: Call<Withdraw>,
): Promise<Reply<Withdraw>> {
  return once(deps.keys, operation, call, async () => {
    const { person } = call.principal;
    const { nowMs } = call;
    const { all, publication } = await changeRegister(deps.policies, nowMs, async (view) => {
      const present = knownVersion(view.all, call.params.version);
      if (present.withdrawnBy === person) return { before: present };
      checkWithdrawal(present, call.principal, view);
      const withdrawn: Publication = { ...present, withdrawnBy: person, withdrawnAtMs: nowMs };
      const act = { person, nowMs, reason: call.body.reason };
      return {
        change: {
          publication: withdrawn,
          fileText: null,
          enacts: null,
          revokes: isEnacted(present),
          audit: historyEntry('withdrawn', withdrawn, act),
        },
      };
    });
    return { body: publicationView(all, publication, nowMs) };
  });
}
