import type { Client, Connection } from '@temporalio/client';
import {
  CASE_STATE,
  type CaseInput,
  caseWorkflowId,
  OBSERVATIONS_RECEIVED,
  type ObservationsReceived,
  TASK_QUEUE,
  updateId,
  VIOLATION_CASE,
} from '../../contracts/temporal.ts';
import type { ActionRequest, ActionResult } from '../../domain/case/actions.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CaseMessages, WorkflowView } from '../../domain/ports/case-messages.ts';
import { traceHeaders } from './trace-headers.ts';

/** Where the Temporal server is and how long a call may take. */
export interface TemporalOptions {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  /** Deadline of a signal; shorter than the function's own timeout. */
  readonly signalDeadlineMs?: number;
  /** Deadline of an update or a look, which need a worker to answer. */
  readonly updateDeadlineMs?: number;
}

/** Messages of people and of the relay to the workflows of cases. */
export interface CaseWorkflows extends CaseMessages {
  /** Starts the case if it does not run yet and signals it. `already-closed`: a workflow of this case has ended. */
  signalWithStart(
    input: CaseInput,
    payload: ObservationsReceived,
  ): Promise<'delivered' | 'already-closed'>;
  /** Signals a running case. `gone`: no workflow of this id is running. */
  signal(workflowId: string, payload: ObservationsReceived): Promise<'delivered' | 'gone'>;
  close(): Promise<void>;
}

type Sdk = typeof import('@temporalio/client');
interface Link {
  sdk: Sdk;
  connection: Connection;
  client: Client;
  /** Calls under way. */
  calls: number;
  /** No new call takes it; the last one that does closes it. */
  isRetired: boolean;
}

const GRPC_ATTEMPTS = 4;

/** A query is answered by a worker at once or not at all. */
const QUERY_DEADLINE_MS = 3_000;

/** A frozen function's connection is dead after a few minutes; a new one is cheaper than a call that hangs. */
const IDLE_LIMIT_MS = 240_000;

/**
 * The one door to Temporal. The client is 1.4 MB and takes a quarter of a second to load, so it is loaded with the first
 * message and never for a request that is refused before. Every call has a deadline; throws `workflow-unreachable`
 * (dependency) when it passes.
 */
export function connectCaseWorkflows(options: TemporalOptions): CaseWorkflows {
  const { signalDeadlineMs = 3_000, updateDeadlineMs = 10_000 } = options;
  let link: Promise<Link> | null = null;
  let lastUsed = 0;

  async function drop(): Promise<void> {
    const old = link;
    link = null;
    await old?.then(retire).catch(() => undefined);
  }

  async function call<T>(deadlineMs: number, work: (link: Link) => Promise<T>): Promise<T> {
    if (link !== null && Date.now() - lastUsed > IDLE_LIMIT_MS) await drop();
    lastUsed = Date.now();
    link ??= open(options);
    const mine = link;
    const it = await mine;
    // Another call found it dead while we waited for it.
    if (it.isRetired) return call(deadlineMs, work);
    it.calls += 1;
    try {
      return await it.client.withDeadline(Date.now() + deadlineMs, () => work(it));
    } catch (error) {
      const mapped = domainErrorOf(it.sdk, error);
      if (mapped.code === 'workflow-unreachable') {
        it.isRetired = true;
        if (link === mine) link = null;
      }
      throw mapped;
    } finally {
      it.calls -= 1;
      if (it.isRetired) await retire(it);
    }
  }

  return {
    act: (workflowId, request) => call(updateDeadlineMs, (it) => act(it, workflowId, request)),
    inspect: (workflowId) => call(updateDeadlineMs, (it) => inspect(it, workflowId)),
    signalWithStart: (input, payload) =>
      call(signalDeadlineMs, (it) => signalWithStart(it, input, payload)),
    signal: (workflowId, payload) =>
      call(signalDeadlineMs, (it) => signal(it, workflowId, payload)),
    close: drop,
  };
}

async function open(options: TemporalOptions): Promise<Link> {
  const sdk = await import('@temporalio/client');
  const retry = sdk.defaultGrpcRetryOptions({ maxAttempts: GRPC_ATTEMPTS });
  const connection = sdk.Connection.lazy({
    address: options.address,
    interceptors: [sdk.makeGrpcRetryInterceptor(retry)],
    ...(options.apiKey !== undefined && { apiKey: options.apiKey, tls: true }),
  });
  const interceptors = { workflow: [traceHeaders] };
  const client = new sdk.Client({ connection, namespace: options.namespace, interceptors });
  return { sdk, connection, client, calls: 0, isRetired: false };
}

/**
 * Closes a link once nobody uses it. The client's own retries run in timers: one that finds its channel closed throws where nobody
 * can catch it, and takes the whole process down.
 */
async function retire(it: Link): Promise<void> {
  it.isRetired = true;
  if (it.calls === 0) await it.connection.close().catch(() => undefined);
}

function act(it: Link, workflowId: string, request: ActionRequest): Promise<ActionResult> {
  const name = request.action.kind;
  return it.client.workflow
    .getHandle(workflowId)
    .executeUpdate<ActionResult, [ActionRequest]>(name, {
      args: [request],
      updateId: updateId(request, name),
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

/** What the server says of an update that was accepted by a workflow which then ended. */
const ENDED_MEANWHILE = new Set([
  'AcceptedUpdateCompletedWorkflow',
  'workflow execution already completed',
]);

/** Failures of a step that are no refusal: what they say is for the log, not for the caller. */
const OUR_BUGS = new Set([
  'invariant-broken',
  'item-unreadable',
  'step-collision',
  'step-conflict',
]);

/**
 * Turns the client's errors into the domain's. A refusal of the law arrives as an `ApplicationFailure` whose type is the
 * code and whose message is the reason, possibly below other failures.
 */
export function domainErrorOf(
  sdk: Pick<Sdk, 'ApplicationFailure' | 'WorkflowNotFoundError' | 'WorkflowUpdateFailedError'>,
  error: unknown,
): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof sdk.WorkflowNotFoundError) return gone();
  if (error instanceof sdk.WorkflowUpdateFailedError) {
    for (let cause = error.cause; cause !== undefined; cause = nextCause(cause)) {
      if (!(cause instanceof sdk.ApplicationFailure)) continue;
      if (ENDED_MEANWHILE.has(cause.type ?? '')) return gone();
      if (OUR_BUGS.has(cause.type ?? '')) break;
      if (cause.type) return new DomainError(cause.type, 'conflict', cause.message);
    }
    return new DomainError('internal-error', 'bug', 'The case could not take this action.');
  }
  if (isRefused(error)) {
    return new DomainError('workflow-refused', 'bug', 'The server refused the message itself.', {
      cause: error instanceof Error ? String(error.cause ?? error.message) : '',
    });
  }
  return new DomainError(
    'workflow-unreachable',
    'dependency',
    'The case could not be asked in time. Repeat the request with the same Idempotency-Key.',
    { cause: error instanceof Error ? error.message : String(error) },
  );
}

/** gRPC's INVALID_ARGUMENT, possibly below the client's own error: sending it again cannot help. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 3) || isRefused(error.cause);
}

function gone(): DomainError {
  return new DomainError('case-workflow-gone', 'conflict', 'The workflow of this case has ended.');
}

function nextCause(error: Error): Error | undefined {
  return error.cause instanceof Error ? error.cause : undefined;
}
