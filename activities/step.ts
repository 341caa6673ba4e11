import { createHash } from 'node:crypto';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import {
  caseWorkflowId,
  readmissionWorkflowId,
  settlementWorkflowId,
} from '../contracts/temporal.ts';
import { needsSettlement } from '../domain/case/ending.ts';
import { projectCase } from '../domain/case/project.ts';
import type { AuditEntry, CaseRecord } from '../domain/case/record.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import { DomainError } from '../domain/errors.ts';
import type { CommitResult, StepCommit } from '../domain/ports/case-store.ts';
import { leavingQueue, tellOfQueue } from './breaker-queue.ts';
import type { ActivityPorts } from './ports.ts';
import { withoutEffects } from './shadow.ts';

/** The case without its pinned law, which the workflow already has: half the bytes of a history. */
export type CaseChange = Omit<CaseState, 'law'>;

/** What a step tells the workflow: the case as it is now, and notices that must be served. */
export interface StepOutcome {
  verdict: string;
  change: CaseChange;
  /** Set only by the step that pins the law. */
  law?: PinnedLaw;
  /** Ids of notices that this step stored and that must be served (rule A7). */
  serve: string[];
  /** Later cases that rested on what fell in this step; they are told (rule D10). */
  dependants?: string[];
}

/** What a step wants written, and what it answers when that was written. */
export interface PlannedStep<Outcome = StepOutcome> {
  commit: Omit<StepCommit, 'stepKey' | 'inputHash' | 'resultJson'>;
  outcome: Outcome;
}

/** How often a step is recomputed when the participant's version moved under it, before the activity is retried. */
const RECOMPUTE_LIMIT = 8;

/**
 * Runs one step of a case: computes it, writes it in one transaction under its key, and answers with the stored result when the
 * step was done before (design §4). A moved participant version means re-read and recompute.
 *
 * A first attempt is hardly ever a repeat, so it does not look before: the guard of its transaction says whether the step was done, and
 * what cannot be computed is looked for then.
 */
export async function runStep<Outcome = StepOutcome>(
  ports: ActivityPorts,
  stepKey: string,
  input: unknown,
  plan: () => Promise<PlannedStep<Outcome>>,
): Promise<Outcome> {
  const outcome = await commitStep(ports, stepKey, input, plan);
  if (isOfCase(outcome)) await asFailure(() => tellOfQueue(ports, input, outcome));
  return outcome;
}

async function commitStep<Outcome>(
  ports: ActivityPorts,
  stepKey: string,
  input: unknown,
  plan: () => Promise<PlannedStep<Outcome>>,
): Promise<Outcome> {
  const inputHash = hashOf(input);
  const stored = async () => {
    const done = await ports.cases.findStep(stepKey);
    return done && storedOutcome<Outcome>(stepKey, inputHash, done);
  };
  const isFirst = isFirstAttempt();
  const before = isFirst ? null : await stored();
  if (before) return before;
  for (let attempt = 0; attempt < RECOMPUTE_LIMIT; attempt++) {
    let planned: PlannedStep<Outcome>;
    try {
      planned = await plan();
    } catch (error) {
      const done = isFirst ? await stored() : null;
      if (done) return done;
      throw error;
    }
    const { commit, outcome } = guarded(input, planned);
    const result = await asFailure(() =>
      ports.cases.commit({ ...commit, stepKey, inputHash, resultJson: JSON.stringify(outcome) }),
    );
    const answer = answerOf(result, outcome);
    if (answer) return answer;
  }
  throw ApplicationFailure.retryable(
    `Step ${stepKey} was overtaken ${RECOMPUTE_LIMIT} times; it is tried again.`,
    'participant-busy',
  );
}

/** Only a case waits at the breaker or runs in shadow; the steps of a withdrawal go as they are. */
function guarded<Outcome>(input: unknown, planned: PlannedStep<Outcome>): PlannedStep<Outcome> {
  const { commit, outcome } = planned;
  if (!isOfCase(outcome)) return planned;
  return withoutEffects(leavingQueue(input, { commit, outcome })) as PlannedStep<
    Outcome & StepOutcome
  >;
}

function isOfCase<Outcome>(outcome: Outcome): outcome is Outcome & StepOutcome {
  return typeof outcome === 'object' && outcome !== null && 'change' in outcome;
}

/** Whether this is the step's first attempt. Outside of a worker nobody counts, and each may be a repeat. */
function isFirstAttempt(): boolean {
  try {
    return activityInfo().attempt === 1;
  } catch {
    return false;
  }
}

function answerOf<Outcome>(result: CommitResult, outcome: Outcome): Outcome | null {
  if (result.status === 'committed') return outcome;
  if (result.status === 'repeat') return JSON.parse(result.resultJson);
  if (result.status === 'record-exists')
    throw ApplicationFailure.nonRetryable('The case id has a record already.', 'case-exists');
  return null;
}

function storedOutcome<Outcome>(
  stepKey: string,
  inputHash: string,
  done: { inputHash: string; resultJson: string },
): Outcome {
  if (done.inputHash !== inputHash) {
    throw ApplicationFailure.retryable(
      `Step ${stepKey} was committed with another input.`,
      'step-conflict',
    );
  }
  return JSON.parse(done.resultJson);
}

/** Turns the law's errors into failures whose type is their code; the workflow says which of them are worth no retry. */
export async function asFailure<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw ApplicationFailure.create({ message: error.message, type: error.code, cause: error });
  }
}

/** The record of a state; once the episode has ended and something is left, messages go to the settlement (rule A4). */
export function recordOf(state: CaseState): CaseRecord {
  if (state.readmission)
    return projectCase(state, readmissionWorkflowId(state.networkId, state.caseId));
  const settled = state.stage === 'ended' && needsSettlement(state);
  const workflowId = settled
    ? settlementWorkflowId(state.networkId, state.caseId)
    : caseWorkflowId(state.networkId, state.caseId);
  return projectCase(state, workflowId);
}

/** The outcome of a step: the state without its law. */
export function outcomeOf(verdict: string, state: CaseState, serve: string[] = []): StepOutcome {
  const { law: _pinned, ...change } = state;
  return { verdict, change, serve };
}

/** SHA-256 of a value's JSON, hex. Inputs come from Temporal's JSON, whose key order a retry repeats. */
export function hashOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

/** A step that writes only the record and the audit: nothing of money or access. */
export function plainCommit(
  state: CaseState,
  audit: PlannedStep['commit']['audit'],
): PlannedStep['commit'] {
  return {
    record: recordOf(state),
    recordIsNew: false,
    ledger: null,
    notices: [],
    audit,
    freeSlot: null,
  };
}

/** A step's input: the case as the workflow carries it, and the instant of the decision. */
export interface StepInput {
  state: CaseState;
  nowMs: number;
}

/** SHA-256 of a text, hex: what the domain hashes with. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** An audit entry of the system about a case; with the record of a decision, if it is one. */
export function auditOf(
  state: CaseState,
  nowMs: number,
  name: string,
  kind: string,
  summary: string,
  data: Record<string, unknown>,
  decision?: DecisionRecord,
): AuditEntry {
  return {
    entryId: `${state.caseId}/${kind}/${name}`,
    participantId: state.participantId,
    caseId: state.caseId,
    atMs: nowMs,
    kind,
    actor: 'system',
    summary,
    data,
    ...(decision && { decision }),
  };
}

/**
 * Tells one step of a case from every other, in keys and entries: its number, and its instant for readers. The number alone would do; two
 * steps may well share an instant.
 */
export function stamp(state: CaseState, nowMs: number): string {
  return `${state.steps}-${nowMs}`;
}
