import { withdraw as operation } from '../../../contracts/http/money.ts';
import { blocksOf, freeUnits } from '../../../domain/law/blocks.ts';
import { MAX_RUNNING_EXITS } from '../../../domain/law/exit-outlook.ts';
import type { LedgerSnapshot } from '../../../domain/ledger/accounts.ts';
import { beginExit } from '../../../domain/ledger/withdrawals.ts';
import { parseUnits } from '../../../domain/money.ts';
import { sha256Hex } from '../../shared/canonical.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { book, checkAsset } from '../book.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { checkOwn } from '../participant-access.ts';
import { type WithdrawalView, withdrawalView } from '../withdrawal-view.ts';

type Withdraw = typeof operation;

/** A reference may be long; the id is part of keys and of a workflow's id, where nobody's words belong. */
const ID_LENGTH = 24;

/**
 * Begins a withdrawal of free stake (rule D8): it is on its way at once and leaves at the end of unbonding, by the policy in force
 * now. Its workflow is started by what is written with it, so that nothing here waits for Temporal. Throws `withdrawal-exceeds-free`.
 */
export function withdraw(
  deps: Pick<ParticipantsApiDeps, 'ledger' | 'law' | 'keys'>,
  call: Call<Withdraw>,
): Promise<Reply<Withdraw>> {
  const { participantId } = call.params;
  const { amount, externalRef } = call.body;
  checkOwn(participantId, call.ownOnly);
  return once(deps.keys, operation, call, async () => {
    const { unbondingMs } = await deps.law.policyAt(call.nowMs);
    const units = parseUnits(amount.units);
    const withdrawalId = sha256Hex(`${participantId} ${externalRef}`).slice(0, ID_LENGTH);
    const dueAtMs = call.nowMs + unbondingMs;
    const { status, result } = await book<WithdrawalView>(deps.ledger, {
      participantId,
      key: `withdrawal/${participantId}/${withdrawalId}`,
      body: amount,
      plan: (snapshot) => {
        checkAsset(snapshot, amount);
        checkFree(snapshot, units);
        const requestedAtMs = call.nowMs;
        const request = { withdrawalId, externalRef, requestedAtMs, dueAtMs, units };
        const move = beginExit(snapshot, request);
        const begun = move.withdrawals.find((one) => one.withdrawalId === withdrawalId);
        if (begun === undefined) throw new Error('What was begun is in the ledger.');
        return {
          move,
          audit: {
            kind: 'withdrawal-begun',
            actor: call.principal.person,
            atMs: call.nowMs,
            summary: `${units} units begin to leave.`,
            data: { withdrawalId, externalRef, units: amount.units, asset: amount.asset, dueAtMs },
          },
          result: withdrawalView(begun, call.nowMs),
          start: { participantId, withdrawalId, requestedAtMs, dueAtMs },
        };
      },
    });
    return {
      status: status === 'booked' ? 201 : 200,
      body: { status, withdrawal: result },
    };
  });
}

function checkFree(snapshot: LedgerSnapshot, units: bigint): void {
  const free = freeUnits(snapshot);
  if (units > free) {
    const blocks = blocksOf(snapshot).map((block) => `${block.caseId} keeps ${block.units}`);
    const why = blocks.length === 0 ? 'No case keeps any.' : `Open cases: ${blocks.join(', ')}.`;
    throw new HttpProblem('withdrawal-exceeds-free', `Free are ${free} units. ${why}`, {
      errors: [{ pointer: '/amount/units', code: 'withdrawal-exceeds-free' }],
    });
  }
  const running = snapshot.withdrawals.filter((one) => one.outcome === null).length;
  if (running < MAX_RUNNING_EXITS) return;
  throw new HttpProblem(
    'withdrawals-too-many',
    `At most ${MAX_RUNNING_EXITS} withdrawals of a participant run at the same time.`,
  );
}
