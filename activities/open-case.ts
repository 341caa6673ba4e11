import type { CaseInput } from '../contracts/temporal.ts';
import { newCaseState } from '../domain/case/open.ts';
import { pinLaw } from '../domain/law/pin.ts';
import { graverSeverity, type Severity } from '../domain/violation.ts';
import { firingHeads, takePicture } from './look.ts';
import { unchangedLedger } from './money.ts';
import type { ActivityPorts } from './ports.ts';
import { asFailure, outcomeOf, recordOf, runStep, type StepOutcome } from './step.ts';

/** Opens the case's record in stage `confirming`. Fails with `case-exists` when the id has a record: a late copy of an old opening (design §4). */
export function openCase(ports: ActivityPorts) {
  return async (input: CaseInput & { nowMs: number }): Promise<StepOutcome> =>
    asFailure(() =>
      runStep(ports, `${input.caseId}/open`, input, async () => {
        const law = pinLaw(await ports.directory.policyAt(input.nowMs), input.violationType);
        const identity = {
          networkId: input.networkId,
          caseId: input.caseId,
          participantId: input.participantId,
          violationType: input.violationType,
        };
        const blank = newCaseState({
          ...identity,
          controlGroup: '',
          severity: 'minor',
          openedAtMs: input.nowMs,
          confirmAtMs: input.nowMs,
        });
        const picture = await takePicture(ports, blank, 'stored-only');
        const firing = firingHeads(picture.heads);
        const firstMs = Math.min(input.nowMs, ...firing.map((head) => head.firstReceivedAtMs));
        const severity = firing.reduce<Severity>(
          (gravest, head) => graverSeverity(gravest, head.severity),
          'minor',
        );
        const state = {
          ...newCaseState({
            ...identity,
            controlGroup: picture.participant.controlGroup,
            severity,
            openedAtMs: input.nowMs,
            confirmAtMs: Math.max(input.nowMs, firstMs + law.allowanceMs),
          }),
          // Until it is confirmed the case lives by the law in force now; `confirmCase` pins the one at `occurredAt` (rule B4).
          law,
        };
        const audit = [
          {
            entryId: `${input.caseId}/open`,
            participantId: input.participantId,
            caseId: input.caseId,
            atMs: input.nowMs,
            kind: 'case-opened',
            actor: 'system',
            summary: `A ${input.violationType} alert opened the case; it is confirmed if it outlasts its allowance.`,
            data: {
              heads: firing.map((head) => head.alertKey),
              severity,
              confirmAtMs: state.confirmAtMs,
            },
          },
        ];
        // Every opening raises the participant's version, so that a withdrawal and an opening cannot pass each other (rule D8).
        const ledger = unchangedLedger(await ports.cases.snapshot(input.participantId));
        return {
          commit: {
            record: recordOf(state),
            recordIsNew: true,
            ledger,
            notices: [],
            audit,
            freeSlot: null,
          },
          outcome: { ...outcomeOf('opened', state), law },
        };
      }),
    );
}
