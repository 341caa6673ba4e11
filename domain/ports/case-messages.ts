import type { ActionRequest, ActionResult } from '../case/actions.ts';
import type { CaseState } from '../case/state.ts';

/** What can be seen of a case's workflow from outside (design §7, `GET /v1/cases/{caseId}/workflow`). */
export interface WorkflowView {
  workflowId: string;
  runId: string;
  /** `running`, or how it ended. */
  status: string;
  startedAtMs: number;
  closedAtMs: number | null;
  /** Events so far: the case's bill. */
  historyLength: number;
  /** Answer of the query `caseState`; null when no worker answered in time. */
  state: CaseState | null;
}

/** Which case a workflow is started for. */
export interface CaseAbout {
  networkId: string;
  caseId: string;
  participantId: string;
  violationType: string;
}

/**
 * Brings what people do to the workflow that has their case, and looks into it (design §4, §5). Throws `DomainError`: the
 * law's own code when the action is refused, `case-workflow-gone` when that workflow has ended or never was, and
 * `workflow-unreachable` when it could not be asked; then the action may still be taken, and the same request may be
 * repeated with the same key.
 */
export interface CaseMessages {
  act(workflowId: string, request: ActionRequest): Promise<ActionResult>;
  /** The same for a readmission, whose workflow is started by the first request (rule C5). */
  readmit(about: CaseAbout, request: ActionRequest): Promise<ActionResult>;
  inspect(workflowId: string): Promise<WorkflowView>;
}
