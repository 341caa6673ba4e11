import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ServeNoticeInput } from '../../activities/serve-notice.ts';
import type { StepOutcome } from '../../activities/step.ts';
import {
  CASE_STATE,
  CASE_UPDATES,
  type CaseLuggage,
  type CaseObservation,
  DEPENDENCY_FELL,
  type DependencyFell,
  OBSERVATIONS_RECEIVED,
  type ObservationsReceived,
} from '../../contracts/temporal.ts';
import type { ActionRequest, ActionResult } from '../../domain/case/actions.ts';
import { noticeServed } from '../../domain/case/announcing.ts';
import { awaitedUntilMs, openDisputes } from '../../domain/case/disputes.ts';
import { isImposedByItself, nextDue } from '../../domain/case/outlook.ts';
import { tierOf } from '../../domain/case/project.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { refuseAction } from '../../domain/case/validate-action.ts';
import { arrivedWith } from '../trace/causes.ts';
import { noticesFor } from './activities.ts';
import { Alarm } from './alarm.ts';
import { RequestMemory } from './request-memory.ts';

/** A person's action waiting for its turn. */
export interface PendingAction {
  request: ActionRequest;
  result: ActionResult | null;
  failure: ApplicationFailure | null;
  /** The trace in which it came. */
  cause: string | null;
}

const observationsReceived = defineSignal<[ObservationsReceived]>(OBSERVATIONS_RECEIVED);
const dependencyFell = defineSignal<[DependencyFell]>(DEPENDENCY_FELL);
const caseState = defineQuery<CaseState | null>(CASE_STATE);

const TIER = defineSearchAttributeKey('Tier', 'KEYWORD');
const STAGE = defineSearchAttributeKey('Stage', 'KEYWORD');
const NEXT_DEADLINE = defineSearchAttributeKey('NextDeadline', 'DATETIME');

/**
 * What arrives at a case and what it is. Handlers only put things in a buffer: one loop takes them out, so that everything that
 * changes a case happens one after the other. Made before the first await, so that no early message is missed.
 */
export class CaseRun {
  state: CaseState | null = null;
  readonly observations: CaseObservation[] = [];
  /** The trace of the latest observations. */
  heardFrom: string | null = null;
  readonly actions: PendingAction[] = [];
  /** Earlier cases that fell and that this one may rest on (rule D10). */
  readonly fallen: string[] = [];
  /** Later cases that rest on what fell here and were not told yet. */
  readonly dependants: string[] = [];
  /** The settlement has the case now: what changes it is done there. */
  isHandedOver = false;
  /** Notices on their way; the workflow does not close before they are served, or nobody would try on. */
  readonly beingServed = new Set<string>();
  private readonly servings: { noticeId: string; servedAtMs: number }[] = [];
  private readonly alarm = new Alarm();
  /** Nothing is being done: what the registry shows is what is known here. */
  private isIdle = false;
  private readonly memory = new RequestMemory();
  /** What Temporal's lists show now; the relay starts a case with the first of it. */
  private shown = 'confirming/none';

  constructor() {
    setHandler(observationsReceived, ({ items }) => {
      this.heardFrom = arrivedWith();
      this.observations.push(...items);
    });
    setHandler(dependencyFell, ({ caseId }) => {
      if (!this.fallen.includes(caseId)) this.fallen.push(caseId);
    });
    setHandler(caseState, () => this.state);
    for (const name of CASE_UPDATES) {
      const update = defineUpdate<ActionResult, [ActionRequest]>(name);
      setHandler(update, (request) => this.submit(request), {
        validator: (request) => this.admit(request),
      });
    }
  }

  /** The case; only asked for after it was opened. */
  get case(): CaseState {
    if (!this.state)
      throw ApplicationFailure.nonRetryable('The case is not open yet.', 'invariant-broken');
    return this.state;
  }

  /** Whether something waits to be handled now. */
  get hasNews(): boolean {
    return (
      this.observations.length > 0 ||
      this.actions.length > 0 ||
      this.servings.length > 0 ||
      this.fallen.length > 0
    );
  }

  /** Takes up a case where an earlier run left it: what was on its way to the participant is sent on. */
  unpack(luggage: CaseLuggage): void {
    this.state = luggage.state;
    this.memory.unpack(luggage.requests);
    this.observations.push(...luggage.observations);
    this.fallen.push(...(luggage.fallen ?? []));
    for (const noticeId of luggage.unserved) void this.serve(noticeId);
    this.shown = shownOf(luggage.state);
  }

  /** What the next run must know. */
  pack(): CaseLuggage {
    this.takeServings();
    return {
      state: this.case,
      requests: this.memory.pack(),
      unserved: [...this.beingServed],
      observations: [...this.observations],
      ...(this.fallen.length > 0 && { fallen: [...this.fallen] }),
    };
  }

  /** Waits for news or for the next thing that is due by itself. News that moves no deadline leaves the timer as it is: a timer is billed. */
  async untilNewsOrDue(): Promise<void> {
    const due = nextDue(this.case);
    if (due && due.atMs <= Date.now()) return;
    this.alarm.setFor(due?.atMs ?? null);
    this.isIdle = true;
    await condition(() => this.hasNews || this.alarm.rang);
    this.isIdle = false;
  }

  /** Takes a step's outcome over, has its notices served in the background, and shows the stage to Temporal's own lists. */
  take(outcome: StepOutcome): string {
    const steps = (this.state?.steps ?? 0) + 1;
    this.state = { ...outcome.change, law: outcome.law ?? this.state?.law ?? null, steps };
    for (const noticeId of outcome.serve) void this.serve(noticeId);
    this.dependants.push(...(outcome.dependants ?? []));
    this.show();
    return outcome.verdict;
  }

  /** Starts the windows of notices that were served meanwhile. */
  takeServings(): void {
    for (const served of this.servings.splice(0))
      this.state = noticeServed(this.case, served.noticeId, served.servedAtMs);
  }

  /** Serves one notice, for as long as it takes: an attempt that ran out of time, after weeks without a worker, begins again. */
  private async serve(noticeId: string): Promise<void> {
    this.beingServed.add(noticeId);
    while (this.beingServed.has(noticeId)) {
      const state = this.case;
      try {
        const { servedAtMs } = await noticesFor(state).serveNotice({
          caseId: state.caseId,
          participantId: state.participantId,
          noticeId,
          announcement: announcementOf(state, noticeId),
          fallbackMs: state.law?.noticeFallbackMs ?? 0,
        });
        this.beingServed.delete(noticeId);
        this.servings.push({ noticeId, servedAtMs });
      } catch (error) {
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      }
    }
  }

  private admit(request: ActionRequest): void {
    if (this.memory.isReused(request)) {
      throw ApplicationFailure.nonRetryable(
        'This Idempotency-Key was used with another body; take a new key.',
        'idempotency-key-reused',
      );
    }
    if (!this.state || this.memory.answerTo(request)) return;
    // A step under way may have written already what this action is about: it is judged when that step has answered.
    if (!this.isIdle && this.state.stage !== 'ended') return;
    const refusal = refuseAction(this.state, request, Date.now());
    if (refusal) throw ApplicationFailure.nonRetryable(refusal.message, refusal.code);
  }

  private async submit(request: ActionRequest): Promise<ActionResult> {
    const answered = this.memory.answerTo(request);
    if (answered) return answered;
    const cause = arrivedWith();
    const pending: PendingAction = { request, result: null, failure: null, cause };
    this.memory.remember(request, null);
    this.actions.push(pending);
    await condition(() => pending.result !== null || pending.failure !== null);
    if (pending.failure) throw pending.failure;
    this.memory.remember(request, pending.result);
    return pending.result as ActionResult;
  }

  private show(): void {
    const state = this.case;
    const shown = shownOf(state);
    if (shown === this.shown) return;
    this.shown = shown;
    const tier = tierOf(state) ?? 'none';
    const deadline = nextDue(state);
    upsertSearchAttributes([
      { key: STAGE, value: state.stage },
      { key: TIER, value: tier },
      { key: NEXT_DEADLINE, value: deadline ? new Date(deadline.atMs) : null },
    ]);
  }
}

/** Stage and tier, as Temporal's lists show them. */
function shownOf(state: CaseState): string {
  return `${state.stage}/${tierOf(state) ?? 'none'}`;
}

/** What the record shows once the notice is served; null when the notice announces nothing. */
function announcementOf(state: CaseState, noticeId: string): ServeNoticeInput['announcement'] {
  const notice = state.announced?.notices[0];
  if (!state.announced || notice?.noticeId !== noticeId) return null;
  const after = nextDue(noticeServed({ ...state, disputes: [] }, noticeId, 0));
  return {
    ...besideDisputes(state),
    graceMs: after?.atMs ?? 0,
    waitsFor: `correction, or the end of the grace before ${state.announced.rung}`,
  };
}

/** What open disputes mean for the deadline that is shown: a rung that comes by itself waits for them, and they are due themselves. */
function besideDisputes(state: CaseState): { notBeforeMs?: number; notAfterMs?: number } {
  if (openDisputes(state).length === 0) return {};
  const due = nextDue(state);
  return {
    ...(isImposedByItself(state) && { notBeforeMs: awaitedUntilMs(state) }),
    ...(due && { notAfterMs: due.atMs }),
  };
}
