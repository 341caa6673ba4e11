import { recordChecks as operation } from '../../../contracts/http/participants.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';

type Record = typeof operation;

/**
 * Counts passed system checks once per external reference; 201, or 200 for a report that was counted before (rule C7). Throws
 * `participant-unknown`, `external-ref-reused`.
 */
export function recordChecks(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'keys'>,
  call: Call<Record>,
): Promise<Reply<Record>> {
  const { participantId } = call.params;
  const { passed, externalRef } = call.body;
  return once(deps.keys, operation, call, async () => {
    const act = { actor: call.principal.person, atMs: call.nowMs };
    const done = await deps.participants.recordChecks({ participantId, externalRef, passed }, act);
    return { status: done.status === 'recorded' ? 201 : 200, body: done };
  });
}
