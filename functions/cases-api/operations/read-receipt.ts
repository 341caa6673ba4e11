import type { readReceipt as operation } from '../../../contracts/http/system.ts';
import { toWire } from '../../../contracts/wire.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** Says what became of the alerts of one delivery. Throws `receipt-unknown`. */
export async function readReceipt(
  deps: Pick<CasesApiDeps, 'receipts'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const receipt = await deps.receipts.readReceipt(call.params.receiptId);
  if (receipt === null) {
    throw new HttpProblem('receipt-unknown', `There is no receipt ${call.params.receiptId}.`);
  }
  return { body: toWire(receipt) };
}
