import type { PayloadCodec, Workflow } from '@temporalio/common';
import {
  CASE_STATE,
  type CaseInput,
  caseWorkflowId,
  OBSERVATIONS_RECEIVED,
  type ObservationsReceived,
  READMISSION,
  type ReadmissionInput,
  readmissionWorkflowId,
  TASK_QUEUE,
  updateId,
  VIOLATION_CASE,
  WITHDRAWAL,
  type WithdrawalInput,
  withdrawalWorkflowId,
} from '../../contracts/temporal.ts';
import { type TemporalCredentials, temporalTls } from '../../contracts/temporal-credentials.ts';
import type { ActionRequest, ActionResult } from '../../domain/case/actions.ts';
import type { CaseState } from '../../domain/case/state.ts';
import type { CaseAbout, CaseMessages, WorkflowView } from '../../domain/ports/case-messages.ts';
import { sha256Hex } from './canonical.ts';
import { keepLink, type Link, type LinkOptions } from './temporal-link.ts';
import { traceHeaders } from './trace-headers.ts';

/** Where the Temporal server is, what it is shown, and how long a call may take. */
export interface TemporalOptions extends LinkOptions {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  /** The server is asked over TLS though it wants no credentials. */
  readonly tls?: true;
  /** Seals what goes to the server and opens what comes from it. */
  readonly codec?: PayloadCodec;
  /** Deadline of a signal; shorter than the function's own timeout. */
  readonly signalDeadlineMs?: number;
  /** Deadline of an update or a look, which need a worker to answer. */
  readonly updateDeadlineMs?: number;
}

/** Messages of people and of the relay to the workflows of cases, and the start of withdrawals. */
export interface CaseWorkflows extends CaseMessages {
  /** Starts the case if it does not run yet and signals it. `already-closed`: a workflow of this case has ended. */
  signalWithStart(
    input: CaseInput,
    payload: ObservationsReceived,
  ): Promise<'delivered' | 'already-closed'>;
  /** Signals a running case. `gone`: no workflow of this id is running. */
  signal(workflowId: string, payload: ObservationsReceived): Promise<'delivered' | 'gone'>;
  /** Starts the workflow of a withdrawal; one that runs, or has ended, is left as it is. */
  startWithdrawal(input: WithdrawalInput): Promise<void>;
  close(): Promise<void>;
}

const GRPC_ATTEMPTS = 4;

/** A query is answered by a worker at once or not at all. */
const QUERY_DEADLINE_MS = 3_000;

/**
 * The one door to Temporal. The client is 1.4 MB and takes a quarter of a second to load, so it is loaded with the first
 * message and never for a request that is refused before. Every call has a deadline; throws `workflow-unreachable`
 * (dependency) when it passes.
 */
export function connectCaseWorkflows(options: TemporalOptions): CaseWorkflows {
  const { signalDeadlineMs = 3_000, updateDeadlineMs = 10_000 } = options;
  const { call, close } = keepLink(options, (credentials) => open(options, credentials));
  return {
    act: (workflowId, request) => call(updateDeadlineMs, (it) => act(it, workflowId, request)),
    readmit: (about, request) => call(updateDeadlineMs, (it) => readmit(it, about, request)),
    inspect: (workflowId) => call(updateDeadlineMs, (it) => inspect(it, workflowId)),
    signalWithStart: (input, payload) =>
      call(signalDeadlineMs, (it) => signalWithStart(it, input, payload)),
    signal: (workflowId, payload) =>
      call(signalDeadlineMs, (it) => signal(it, workflowId, payload)),
    startWithdrawal: (input) => call(signalDeadlineMs, (it) => startWithdrawal(it, input)),
    close,
  };
}

async function open(options: TemporalOptions, credentials: TemporalCredentials | null) {
  // Of a module in the old format, only the default is there however it is bundled.
  const { default: sdk } = await import('@temporalio/client');
  const retry = sdk.defaultGrpcRetryOptions({ maxAttempts: GRPC_ATTEMPTS });
  const shown = { apiKey: credentials?.apiKey ?? options.apiKey ?? null };
  const tls = temporalTls(options, credentials);
  const connection = sdk.Connection.lazy({
    address: options.address,
    interceptors: [sdk.makeGrpcRetryInterceptor(retry)],
    ...(tls !== undefined && { tls }),
    // Asked for with each call, so that a new key needs no new connection.
    ...(shown.apiKey !== null && { apiKey: () => shown.apiKey ?? '' }),
  });
  const client = new sdk.Client({
    connection,
    namespace: options.namespace,
    interceptors: { workflow: [traceHeaders] },
    ...(options.codec !== undefined && { dataConverter: { payloadCodecs: [options.codec] } }),
  });
  return { sdk, connection, client, shown };
}

function act(it: Link, workflowId: string, request: ActionRequest): Promise<ActionResult> {
  const name = request.action.kind;
  return it.client.workflow
    .getHandle(workflowId)
    .executeUpdate<ActionResult, [ActionRequest]>(name, {
      args: [request],
      updateId: updateId(request, name, sha256Hex),
    });
}

/** The request starts the workflow that judges it; while one runs it is brought to that one (rule C5). */
function readmit(it: Link, about: CaseAbout, request: ActionRequest): Promise<ActionResult> {
  const { networkId, caseId, participantId, violationType } = about;
  const name = request.action.kind;
  const input: ReadmissionInput = { v: 1, networkId, caseId };
  const startWorkflowOperation = new it.sdk.WithStartWorkflowOperation(READMISSION, {
    workflowId: readmissionWorkflowId(networkId, caseId),
    taskQueue: TASK_QUEUE,
    args: [input],
    typedSearchAttributes: [
      { key: { name: 'ParticipantId', type: 'KEYWORD' }, value: participantId },
      { key: { name: 'ViolationType', type: 'KEYWORD' }, value: violationType },
    ],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return it.client.workflow.executeUpdateWithStart<Workflow, ActionResult, [ActionRequest]>(name, {
    args: [request],
    updateId: updateId(request, name, sha256Hex),
    startWorkflowOperation,
  });
}

async function inspect(it: Link, workflowId: string): Promise<WorkflowView> {
  const handle = it.client.workflow.getHandle(workflowId);
  const seen = await handle.describe();
  return {
    workflowId,
    runId: seen.runId,
    status: seen.status.name.toLowerCase(),
    startedAtMs: seen.startTime.getTime(),
    closedAtMs: seen.closeTime?.getTime() ?? null,
    historyLength: seen.historyLength,
    state: await queryState(it, workflowId),
  };
}

/** The server answers without a worker, the query does not: then the rest of the view is still worth showing. */
async function queryState(it: Link, workflowId: string): Promise<CaseState | null> {
  try {
    return await it.client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      it.client.workflow.getHandle(workflowId).query<CaseState>(CASE_STATE),
    );
  } catch (error) {
    if (error instanceof it.sdk.WorkflowNotFoundError) throw error;
    return null;
  }
}

async function signalWithStart(
  it: Link,
  input: CaseInput,
  payload: ObservationsReceived,
): Promise<'delivered' | 'already-closed'> {
  try {
    await it.client.workflow.signalWithStart(VIOLATION_CASE, {
      workflowId: caseWorkflowId(input.networkId, input.caseId),
      taskQueue: TASK_QUEUE,
      args: [input],
      signal: OBSERVATIONS_RECEIVED,
      signalArgs: [payload],
      typedSearchAttributes: [
        { key: { name: 'ParticipantId', type: 'KEYWORD' }, value: input.participantId },
        { key: { name: 'ViolationType', type: 'KEYWORD' }, value: input.violationType },
        { key: { name: 'Stage', type: 'KEYWORD' }, value: 'confirming' },
        { key: { name: 'Tier', type: 'KEYWORD' }, value: 'none' },
      ],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return 'delivered';
  } catch (error) {
    if (error instanceof it.sdk.WorkflowExecutionAlreadyStartedError) return 'already-closed';
    throw error;
  }
}

async function startWithdrawal(it: Link, input: WithdrawalInput): Promise<void> {
  try {
    await it.client.workflow.start(WITHDRAWAL, {
      workflowId: withdrawalWorkflowId(input.networkId, input),
      taskQueue: TASK_QUEUE,
      args: [input],
      typedSearchAttributes: [
        { key: { name: 'ParticipantId', type: 'KEYWORD' }, value: input.participantId },
        {
          key: { name: 'NextDeadline', type: 'DATETIME' },
          value: new Date(input.dueAtMs),
        },
      ],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof it.sdk.WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function signal(
  it: Link,
  workflowId: string,
  payload: ObservationsReceived,
): Promise<'delivered' | 'gone'> {
  try {
    await it.client.workflow.getHandle(workflowId).signal(OBSERVATIONS_RECEIVED, payload);
    return 'delivered';
  } catch (error) {
    if (error instanceof it.sdk.WorkflowNotFoundError) return 'gone';
    throw error;
  }
}
