import type { ActionRequest, ActionResult, CaseAction } from '../domain/case/actions.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { ObservationRef } from '../domain/ports/evidence.ts';
import type { Severity } from '../domain/violation.ts';

/** Names and payloads of everything that crosses Temporal. Never renamed; fields are only added, and optional. */

/** Task queue of all workflows and their activities. */
export const TASK_QUEUE = 'enforcement';

export const VIOLATION_CASE = 'violationCase';
export const CASE_SETTLEMENT = 'caseSettlement';
export const NETWORK_WATCH_WORKFLOW = 'networkWatch';
export const READMISSION = 'readmission';

/** Workflow id of a case's episode. */
export function caseWorkflowId(networkId: string, caseId: string): string {
  return `case/${networkId}/${caseId}`;
}

/** Workflow id of what remains of a case after its episode (rule A4). */
export function settlementWorkflowId(networkId: string, caseId: string): string {
  return `settlement/${networkId}/${caseId}`;
}

/** Schedules of a network's watch: the frequent one, and the one that also reconciles the ledger. */
export function watchScheduleId(networkId: string, kind: 'watch' | 'ledger'): string {
  return `network-${kind}/${networkId}`;
}

/** Input of `networkWatch`. */
export interface NetworkWatchInput {
  v: 1;
  networkId: string;
  /** Whether this run reconciles the ledger too. */
  ledger: boolean;
}

/** What one run of the watch found; ids of cases and workflows, at most a few of each in practice. */
export interface NetworkWatchReport {
  shortfalls: number;
  idle: number;
  lostCases: string[];
  resumedCases: string[];
  strayWorkflows: string[];
  ledgerFaults: string[];
  /** Parts that could not be looked at. */
  failed: string[];
}

/** Workflow id of the way back after an exclusion (rule C5). */
export function readmissionWorkflowId(networkId: string, caseId: string): string {
  return `readmission/${networkId}/${caseId}`;
}

/** Input of `readmission`: the case that ended in an exclusion. */
export interface ReadmissionInput {
  v: 1;
  networkId: string;
  caseId: string;
  /** Set when it goes on from an earlier run. */
  resumed?: CaseLuggage;
}

/** What a case takes along when its history has grown too long and it goes on as a new run. */
export interface CaseLuggage {
  state: CaseState;
  /** Requests it has seen: by key, the hash of the body and the answer. */
  requests: [string, { bodyHash: string; result: ActionResult | null }][];
  /** Notices that were not served yet. */
  unserved: string[];
  /** Observations that came while the runs changed. */
  observations: CaseObservation[];
  /** Earlier cases that fell and that it was not reckoned anew for yet. */
  fallen?: string[];
}

/** Input of `violationCase`. */
export interface CaseInput {
  v: 1;
  networkId: string;
  caseId: string;
  participantId: string;
  violationType: string;
  /** Set when the case goes on from an earlier run. */
  resumed?: CaseLuggage;
}

export const WITHDRAWAL = 'withdrawal';

/** Workflow id of a withdrawal (rule D8). */
export function withdrawalWorkflowId(
  networkId: string,
  { participantId, withdrawalId }: Pick<WithdrawalInput, 'participantId' | 'withdrawalId'>,
): string {
  return `withdrawal/${networkId}/${participantId}/${withdrawalId}`;
}

/** Input of `withdrawal`. */
export interface WithdrawalInput {
  v: 1;
  networkId: string;
  participantId: string;
  withdrawalId: string;
  /** Nothing is to be done before this instant: the end of unbonding, or in a later run the next look. */
  dueAtMs: number;
}

export const OBSERVATIONS_RECEIVED = 'observationsReceived';

/**
 * A change that matters to the case (design §4): the first fire or a new resource or source (`fired`), a graver severity
 * (`severity`), or every head clear (`cleared`). Repeats never get here.
 */
export interface CaseObservation {
  ref: ObservationRef;
  kind: 'fired' | 'severity' | 'cleared';
  resourceId: string | null;
  severity: Severity;
  startsAtMs: number;
  endsAtMs: number | null;
  receivedAtMs: number;
}

/** Payload of the signal `observationsReceived`: one per case and relay batch, at most 100 items. */
export interface ObservationsReceived {
  v: 1;
  items: CaseObservation[];
}

export const DEPENDENCY_FELL = 'dependencyFell';

/** Payload of the signal `dependencyFell`: an earlier case of the participant fell, and this one may rest on it (rule D10). */
export interface DependencyFell {
  v: 1;
  caseId: string;
}

/** Header of messages to workflows and of their steps: W3C trace context of what led to them. */
export const TRACE_HEADER = 'traceparent';

/** Header of what time alone led to, of later runs and of settlements: trace context of the alert that opened the case. */
export const TRACE_ORIGIN_HEADER = 'traceorigin';

/** Name of the update for each action of a person. */
export type CaseUpdateName = CaseAction['kind'];

export const CASE_UPDATES: readonly CaseUpdateName[] = [
  'acknowledge',
  'answer',
  'submitRemediation',
  'confirmRemediation',
  'requestChecks',
  'appeal',
  'askReadmission',
  'recordFinding',
  'propose',
  'approve',
  'veto',
  'openDispute',
  'decideDispute',
  'addNote',
];

/** Query that returns the `CaseState` of the workflow. */
export const CASE_STATE = 'caseState';

export type CaseUpdateArgs = [ActionRequest];
export type CaseUpdateResult = ActionResult;

/**
 * Update id: Temporal answers a repeated id with the first result whatever the operation, so the body's hash is part of what it is made
 * of (design §5). Ids lie in clear in every history, so it names nobody (ADR 0011).
 */
export function updateId(
  request: Pick<ActionRequest, 'principal' | 'key' | 'bodyHash'>,
  operation: CaseUpdateName,
  sha256Hex: (text: string) => string,
): string {
  const { principal, key, bodyHash } = request;
  return sha256Hex(JSON.stringify([principal.account, operation, key, bodyHash]));
}

/**
 * Ids of the patches that the workflows know (`patched('…')`), oldest first: `YYYY-MM-what`. A worker tells Temporal of them with its
 * version, so that no rollback hands a case to code that does not know what the case has done (docs/operating/upgrades.md).
 */
export const PATCHES: readonly string[] = [];

/** Key of a worker version's metadata with the patches that its code knows. */
export const PATCHES_KEY = 'patches';

/** Search attributes that serve Temporal's own UI and CLI; our reads never use them. */
export const SEARCH_ATTRIBUTES = {
  ParticipantId: 'KEYWORD',
  ViolationType: 'KEYWORD',
  Tier: 'KEYWORD',
  Stage: 'KEYWORD',
  NextDeadline: 'DATETIME',
} as const;
