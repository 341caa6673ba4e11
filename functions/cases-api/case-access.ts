import type { CaseRecord } from '../../domain/case/record.ts';
import type { CaseReader } from '../../domain/ports/case-reader.ts';
import { HttpProblem } from '../shared/http-problem.ts';

/**
 * The case, if this caller may see it. Throws `case-unknown` for a case that does not exist and, with the same answer, for
 * the case of somebody else: a participant learns nothing about others.
 */
export async function visibleCase(
  cases: Pick<CaseReader, 'read'>,
  caseId: string,
  ownOnly: string | null,
): Promise<CaseRecord> {
  const record = await cases.read(caseId);
  if (record === null || (ownOnly !== null && record.participantId !== ownOnly)) {
    throw new HttpProblem('case-unknown', `There is no case ${caseId}.`);
  }
  return record;
}
