import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  CASE_SETTLEMENT,
  type CaseLuggage,
  caseWorkflowId,
  READMISSION,
  readmissionWorkflowId,
  settlementWorkflowId,
  TASK_QUEUE,
  VIOLATION_CASE,
} from '../../contracts/temporal.ts';
import { tierOf } from '../../domain/case/project.ts';
import type { CaseState } from '../../domain/case/state.ts';
import type { WorkflowRoll } from '../../domain/ports/watching.ts';

/** Only the workflows of cases, settlements and readmissions; other networks in the namespace are told apart by their ids. */
const OF_CASES = `ExecutionStatus = 'Running' AND WorkflowType IN ('${VIOLATION_CASE}', '${CASE_SETTLEMENT}', '${READMISSION}')`;

/** The workflows of a network's cases, through Temporal's own client. */
export function createWorkflowRoll(client: Client, networkId: string): WorkflowRoll {
  const prefixes = [caseWorkflowId, settlementWorkflowId, readmissionWorkflowId].map((idOf) =>
    idOf(networkId, ''),
  );
  return {
    async *running() {
      for await (const { workflowId, startTime } of client.workflow.list({ query: OF_CASES })) {
        if (prefixes.some((prefix) => workflowId.startsWith(prefix)))
          yield { workflowId, startedAtMs: startTime.getTime() };
      }
    },
    async isRunning(workflowId) {
      try {
        return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    async resume(record, state) {
      try {
        await client.workflow.start(typeOf(state), {
          workflowId: record.workflowId,
          taskQueue: TASK_QUEUE,
          args: [inputOf(state)],
          typedSearchAttributes: [
            { key: { name: 'ParticipantId', type: 'KEYWORD' }, value: state.participantId },
            { key: { name: 'ViolationType', type: 'KEYWORD' }, value: state.violationType },
            { key: { name: 'Stage', type: 'KEYWORD' }, value: state.stage },
            { key: { name: 'Tier', type: 'KEYWORD' }, value: tierOf(state) ?? 'none' },
          ],
          // The earlier run is over, in whatever way: the id goes on with the case.
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
        });
        return 'resumed';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
        throw error;
      }
    },
    async end(workflowId, reason) {
      try {
        await client.workflow.getHandle(workflowId).terminate(reason);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}

/** Which workflow has a case in this state. */
function typeOf(state: CaseState): string {
  if (state.readmission) return READMISSION;
  return state.stage === 'ended' ? CASE_SETTLEMENT : VIOLATION_CASE;
}

/**
 * What a case takes along that goes on without its earlier run: its state, and the notices that were not served yet. Requests of people
 * are answered anew; their steps know that they were taken.
 */
function inputOf(state: CaseState) {
  const unserved = (state.announced?.notices ?? [])
    .filter(({ servedAtMs }) => servedAtMs === null)
    .map(({ noticeId }) => noticeId);
  const luggage: CaseLuggage = { state, requests: [], unserved, observations: [] };
  if (state.stage === 'ended' && !state.readmission) return { v: 1 as const, luggage };
  const { networkId, caseId, participantId, violationType } = state;
  return { v: 1 as const, networkId, caseId, participantId, violationType, resumed: luggage };
}
