import { stateOfRecord } from '../domain/case/readmission.ts';
import { DomainError } from '../domain/errors.ts';
import { pinLaw } from '../domain/law/pin.ts';
import type { ActivityPorts } from './ports.ts';
import { asFailure, outcomeOf, type StepOutcome } from './step.ts';

/**
 * Takes up an ended case from its record, with the law that it names (rule C5). Writes nothing: what is asked of it is judged and recorded
 * like any action.
 */
export function openReadmission(ports: ActivityPorts) {
  return async ({ caseId }: { caseId: string }): Promise<StepOutcome> =>
    asFailure(async () => {
      const record = await ports.cases.readCase(caseId);
      if (record?.policyVersion == null)
        throw new DomainError('case-unknown', 'conflict', `Case ${caseId} was never confirmed.`);
      const law = pinLaw(await ports.directory.policy(record.policyVersion), record.violationType);
      const participant = await ports.directory.participant(record.participantId);
      const state = stateOfRecord(record, law, participant?.controlGroup ?? '');
      return { ...outcomeOf('taken-up', state), law };
    });
}
