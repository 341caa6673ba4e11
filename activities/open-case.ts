import { ApplicationFailure } from '@temporalio/activity';
import type { CaseInput } from '../contracts/temporal.ts';
import { pinCapacity } from '../domain/case/capacity.ts';
import { newCaseState } from '../domain/case/open.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import { pinLaw } from '../domain/law/pin.ts';
import { withBlock } from './exposure.ts';
import {
  firingHeads,
  firingOf,
  type Picture,
  resourcesOf,
  takePicture,
  withConfigured,
} from './look.ts';
import { unchangedLedger } from './money.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  hashOf,
  outcomeOf,
  type PlannedStep,
  recordOf,
  runStep,
  type StepOutcome,
} from './step.ts';

/** Which case to open, and when. */
export type OpenCaseInput = Omit<CaseInput, 'resumed'> & { nowMs: number };

/** Opens the case's record in stage `confirming`. Fails with `case-exists` when the id has a record: a late copy of an old opening (design §4). */
export function openCase(ports: ActivityPorts) {
  return async (input: OpenCaseInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const stepKey = `${input.caseId}/open`;
      const done = await ports.cases.findStep(stepKey);
      if (done && done.inputHash !== hashOf(input)) {
        throw ApplicationFailure.nonRetryable('The case was opened by another run.', 'case-exists');
      }
      return runStep(ports, stepKey, input, () => plan(ports, input));
    });
}

async function plan(ports: ActivityPorts, input: OpenCaseInput): Promise<PlannedStep> {
  const { nowMs } = input;
  const law = pinLaw(await ports.directory.policyAt(nowMs), input.violationType);
  const picture = await takePicture(ports, caseOf(input, null), 'stored-only');
  // Until it is confirmed the case lives by the law in force now; `confirmCase` pins the one at `occurredAt` (rule B4).
  // The share of a fault is that of its beginning, so what is declared while it is being confirmed changes nothing (rules C8, D1).
  const capacity = pinCapacity(picture.participant, resourcesOf(picture.heads, 'firing'));
  const opened: CaseState = { ...caseOf(input, { picture, law }), law, capacity };
  const state = withConfigured(opened, picture);
  const audit = auditOf(
    state,
    nowMs,
    'open',
    'case-opened',
    `A ${input.violationType} alert opened the case; it is confirmed if it outlasts its allowance.`,
    {
      heads: firingHeads(picture.heads).map((head) => head.alertKey),
      severity: state.severity,
      confirmAtMs: state.confirmAtMs,
    },
  );
  const step: PlannedStep = {
    commit: {
      record: recordOf(state),
      recordIsNew: true,
      // Every opening raises the participant's version, so that a withdrawal and an opening cannot pass each other (rule D8).
      ledger: unchangedLedger(await ports.cases.snapshot(input.participantId)),
      notices: [],
      audit: [audit],
      freeSlot: null,
    },
    outcome: { ...outcomeOf('opened', state), law },
  };
  return withBlock(ports, state, step, picture, nowMs);
}

/** The case as its first observations show it; without them only its identity, which is enough to look for them. */
function caseOf(
  input: OpenCaseInput,
  seen: { picture: Picture; law: PinnedLaw } | null,
): CaseState {
  const firing = seen ? firingHeads(seen.picture.heads) : [];
  const firstMs = Math.min(input.nowMs, ...firing.map((head) => head.firstReceivedAtMs));
  return newCaseState({
    networkId: input.networkId,
    caseId: input.caseId,
    participantId: input.participantId,
    violationType: input.violationType,
    controlGroup: seen?.picture.participant.controlGroup ?? '',
    severity: seen ? firingOf(seen.picture, 'minor').severity : 'minor',
    openedAtMs: input.nowMs,
    confirmAtMs: Math.max(input.nowMs, firstMs + (seen?.law.allowanceMs ?? 0)),
  });
}
