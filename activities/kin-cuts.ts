import { CUT_RETURNED } from '../domain/audit/verify-cuts.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { returnKinsCuts } from '../domain/ledger/cuts.ts';
import { type LedgerMove, toLedgerChange } from '../domain/ledger/move.ts';
import type { ActivityPorts } from './ports.ts';
import { type PlannedStep, runStep } from './step.ts';

/** A review by which something of a case may have fallen, once its own step is written; what it upheld is in no list of falls. */
export interface FallOfKin {
  state: CaseState;
  reviewId: string;
  nowMs: number;
}

/**
 * A sanction cuts the rewards of the whole control group, so its fall gives back what it withheld there too: each of the kin has a ledger of
 * its own, and thus a step of its own (rules C8, D10). Whoever crashes between them goes on where it was: what has been given back is found
 * to cut nothing any more. What is credited from the fall on heeds it by itself.
 */
export async function returnCutsOfKin(ports: ActivityPorts, fall: FallOfKin): Promise<void> {
  const { participantId, caseId } = fall.state;
  const { cases, group } = await ports.cases.snapshot(participantId);
  const fallen = cases.find((entry) => entry.caseId === caseId);
  if (!fallen?.cutFalls?.some(({ reviewId }) => reviewId === fall.reviewId)) return;
  for (const kin of group?.kin ?? []) await returnTo(ports, kin.participantId, fall);
}

async function returnTo(ports: ActivityPorts, participantId: string, fall: FallOfKin) {
  const planned = () => moveIn(ports, participantId, fall);
  if ((await planned()) === null) return;
  const { state, reviewId, nowMs } = fall;
  const input = { caseId: state.caseId, reviewId, participantId, nowMs };
  const stepKey = `${state.caseId}/${reviewId}/kin/${participantId}`;
  await runStep(ports, stepKey, input, async () => stepOf(await planned(), participantId, fall));
}

async function moveIn(
  ports: ActivityPorts,
  participantId: string,
  { state, reviewId, nowMs }: FallOfKin,
): Promise<{ snapshot: LedgerSnapshot; move: LedgerMove } | null> {
  const { caseId } = state;
  const snapshot = await ports.cases.snapshot(participantId);
  const kin = snapshot.group?.kin.find((one) => one.participantId === state.participantId);
  const fallen = kin?.cases.find((entry) => entry.caseId === caseId);
  if (!fallen) return null;
  const move = returnKinsCuts(snapshot, fallen, { reviewId, atMs: nowMs });
  return move && { snapshot, move };
}

function stepOf(
  planned: { snapshot: LedgerSnapshot; move: LedgerMove } | null,
  participantId: string,
  { state, reviewId, nowMs }: FallOfKin,
): PlannedStep<{ returnedUnits: string }> {
  const { caseId } = state;
  const commit = { record: null, recordIsNew: false, notices: [], freeSlot: null };
  if (!planned)
    return { commit: { ...commit, ledger: null, audit: [] }, outcome: { returnedUnits: '0' } };
  const { snapshot, move } = planned;
  const units = move.balances.rewardsUnpaid - snapshot.balances.rewardsUnpaid;
  return {
    commit: {
      ...commit,
      ledger: toLedgerChange(snapshot, move),
      audit: [
        {
          entryId: `cut-returned/${caseId}/${reviewId}/${participantId}`,
          participantId,
          caseId: null,
          atMs: nowMs,
          kind: CUT_RETURNED,
          actor: 'system',
          summary: `Case ${caseId} of the control group fell, wholly or in part: ${units} units of withheld rewards are yours again.`,
          data: {
            caseId,
            reviewId,
            units: units.toString(),
            fall: move.kinFall?.cutFalls?.at(-1),
            transfers: move.transfers.map(({ transferId }) => transferId),
          },
        },
      ],
    },
    outcome: { returnedUnits: units.toString() },
  };
}
