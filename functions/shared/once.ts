import type { Operation } from '../../contracts/http/operation.ts';
import type { IdempotencyKeys } from '../../domain/ports/idempotency-keys.ts';
import { hashOf } from './canonical.ts';
import { HttpProblem } from './http-problem.ts';
import type { Call, Reply } from './route.ts';

/**
 * Does the work of a keyed request once. A repeat gets the first answer; the key with another path or body is refused with
 * `idempotency-key-reused`. A refused request leaves its key without an answer, so that the same request may be tried again.
 */
export async function once<O extends Operation>(
  keys: IdempotencyKeys,
  operation: O,
  call: Call<O>,
  work: () => Promise<Reply<O>>,
): Promise<Reply<O>> {
  const request = {
    account: call.principal.account,
    operation: operation.id,
    key: call.key,
    bodyHash: hashOf({ params: call.params, body: call.body }),
  };
  const claim = await keys.claim(request, call.nowMs);
  if (claim.status === 'reused') {
    throw new HttpProblem(
      'idempotency-key-reused',
      'This Idempotency-Key was used for another request. Take a new key.',
    );
  }
  if (claim.status === 'answered') return JSON.parse(claim.answerJson) as Reply<O>;
  const reply = await work();
  await keys.answer(request, JSON.stringify(reply));
  return reply;
}
