import type { openDispute as operation } from '../../../contracts/http/case-actions.ts';
import { DomainError } from '../../../domain/errors.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type OpenDispute = typeof operation;

/**
 * The participant disputes a decision (rule E5). A case whose workflows are over has no decision left that is not final: then the
 * window is over, or the decision never was.
 */
export async function openDispute(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<OpenDispute>,
): Promise<Reply<OpenDispute>> {
  try {
    return await act(deps, call, { kind: 'openDispute', ...call.body });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'case-workflow-gone') throw error;
    const record = await deps.cases.read(call.params.caseId);
    if (record?.stage !== 'ended' || record.nextDeadlineMs !== null) throw error;
    const isKnown = record.imposed.some((step) => step.decisionId === call.body.decisionId);
    throw isKnown
      ? new HttpProblem('dispute-window-over', 'Every decision of this case is final.')
      : new HttpProblem('decision-unknown', 'The case has no imposed decision with this id.');
  }
}
