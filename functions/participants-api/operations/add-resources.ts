import { addResources as operation } from '../../../contracts/http/participants.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { putResources } from './put-resources.ts';

type Add = typeof operation;

/** The same as PUT, once per `Idempotency-Key`: a late repeat does not undo what was changed since. */
export function addResources(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law' | 'keys'>,
  call: Call<Add>,
): Promise<Reply<Add>> {
  return once(deps.keys, operation, call, () => putResources(deps, call));
}
