import type { ServeNoticeInput } from '../../activities/serve-notice.ts';
import type { StepOutcome } from '../../activities/step.ts';
import type { CaseInput, CaseObservation } from '../../contracts/temporal.ts';
import type { ActionRequest } from '../../domain/case/actions.ts';
import { noticeServed } from '../../domain/case/announcing.ts';
import {
  awaitedUntilMs,
  concurredRuling,
  disputeOf,
  openDisputes,
} from '../../domain/case/disputes.ts';
import { needsSettlement } from '../../domain/case/ending.ts';
import { type Due, isImposedByItself, isSettlement, nextDue } from '../../domain/case/outlook.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { refuseAction } from '../../domain/case/validate-action.ts';
import { RequestMemory } from '../../workflows/case/request-memory.ts';
import { kept } from './test-plain.ts';
import { ask, StepFailed, type StepWorld } from './test-steps.ts';

/** What the loop needs of its world. */
export interface LoopWorld extends StepWorld {
  nowMs(): number;
  /** Tells the loop of another case that an earlier one fell. */
  tellFallen(to: string, caseId: string): void;
}

/** Where the case's workflows are. */
export type Phase = 'starting' | 'episode' | 'settlement' | 'readmission' | 'gone';

interface Serving {
  noticeId: string;
  tries: number;
  nextAtMs: number;
  input: ServeNoticeInput;
}

/** One case as its workflows live it: the same turns as `violation-case`, `case-settlement` and `readmission`, on the model's clock. */
export class CaseLoop {
  readonly caseId: string;
  phase: Phase = 'starting';
  state: CaseState | null = null;
  readonly observations: CaseObservation[] = [];
  readonly fallen: string[] = [];
  private readonly memory = new RequestMemory();
  private servings: Serving[] = [];
  private dependants: string[] = [];
  private readonly world: LoopWorld;
  private readonly start: CaseInput;

  constructor(world: LoopWorld, start: CaseInput) {
    this.world = world;
    this.start = start;
    this.caseId = start.caseId;
  }

  /** The case; only asked for after it was opened. */
  get case(): CaseState {
    if (!this.state) throw new Error('The case is not open yet.');
    return this.state;
  }

  /** The next instant at which something happens here by itself. */
  nextAtMs(): number | null {
    const instants = this.servings.map(({ nextAtMs }) => nextAtMs);
    if (this.hasNews) instants.push(this.world.nowMs());
    const due = this.state && this.phase !== 'gone' ? nextDue(this.state) : null;
    if (due) instants.push(due.atMs);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  /** Whether something waits to be handled now. */
  get hasNews(): boolean {
    return (
      this.phase === 'starting' ||
      this.observations.length > 0 ||
      (this.fallen.length > 0 && this.phase !== 'gone')
    );
  }

  /** Does one round of what is due now; false when there is nothing. */
  async turn(): Promise<boolean> {
    const nowMs = this.world.nowMs();
    const at = this.nextAtMs();
    if (at === null || at > nowMs) return false;
    if (this.phase === 'starting') return this.open();
    await this.serve();
    if (this.phase === 'gone') {
      await this.giveBack();
      return true;
    }
    if (this.phase === 'episode' && this.observations.length > 0) {
      this.observations.length = 0;
      this.take(await this.step('reassess', {}));
    }
    await this.hearFallen();
    await this.doWhatIsDue();
    await this.moveOn();
    return true;
  }

  /** Answers a person: null when it was done, else the code of the refusal. Nothing has changed then. */
  async act(request: ActionRequest): Promise<string | null> {
    const { world } = this;
    if (this.memory.isReused(request)) return 'idempotency-key-reused';
    if (this.memory.answerTo(request)) return null;
    if (this.phase === 'gone' || !this.state) return 'case-workflow-gone';
    this.memory.remember(request, null);
    const refusal = refuseAction(this.case, request, world.nowMs());
    if (refusal) return refusal.code;
    const { participantId } = this.case;
    const input = { state: this.case, request, nowMs: world.nowMs() };
    const recorded = await ask(world, 'recordAction', input, { participantId });
    this.take(recorded.outcome);
    await this.followUp(request);
    this.memory.remember(request, recorded.result);
    await this.moveOn();
    return null;
  }

  /** Takes up a case that ended in an exclusion (rule C5). */
  async takeUp(): Promise<void> {
    this.take(await ask(this.world, 'openReadmission', { caseId: this.caseId }));
    this.phase = 'readmission';
  }

  private async open(): Promise<boolean> {
    const { resumed: _, ...fresh } = this.start;
    const { participantId } = fresh;
    try {
      const early = [...this.observations];
      const input = { ...fresh, nowMs: this.world.nowMs() };
      this.phase = 'episode';
      this.take(await ask(this.world, 'openCase', input, { participantId }));
      if (early.every((item) => item.kind !== 'cleared')) this.observations.splice(0, early.length);
    } catch (error) {
      if (!(error instanceof StepFailed) || error.type !== 'case-exists') throw error;
      this.phase = 'gone';
    }
    return true;
  }

  private async doWhatIsDue(): Promise<void> {
    const due = nextDue(this.case);
    if (!due || due.atMs > this.world.nowMs()) return;
    try {
      await this.due(due);
    } catch (error) {
      if (!(error instanceof StepFailed) || error.type !== 'decision-expired') throw error;
    }
  }

  private async due(due: Due): Promise<void> {
    const { disputeId = '' } = due;
    if (isSettlement(due)) {
      if (due.act === 'settle') this.take(await this.step('settleDue', {}));
      else if (due.act === 'review-overdue')
        this.take(await this.step('askAnotherPanel', { disputeId }));
      else await this.close(disputeId);
      return;
    }
    switch (due.act) {
      case 'confirm':
        return this.take(await this.step('confirmCase', {}));
      case 'decide-rung':
      case 'impose-proposed':
        return this.take(await this.step('decideRung', { dueAtMs: due.atMs }));
      case 'finish-hold-down':
      case 'recheck-cure':
        return this.take(await this.step('reassess', {}));
      case 'end-corrected':
        return this.take(await this.step('endCorrected', {}));
      case 'lapse-proposal':
        return this.take(await this.step('lapseProposal', { reason: 'lapsed' }));
      case 'lapse-veto':
        return this.take(await this.step('lapseProposal', { reason: 'veto-not-lifted' }));
      case 'ask-governors':
        return this.take(await this.step('askGovernors', {}));
      case 'reinstate':
        return this.take(await this.step('tryRestoration', {}));
      case 'audit-overdue':
        return this.take(await this.step('auditOverdue', {}));
    }
  }

  private async followUp({ action }: ActionRequest): Promise<void> {
    if (action.kind === 'requestChecks') this.take(await this.step('tryRestoration', {}));
    if (action.kind === 'propose' && action.what === 'rung')
      this.take(await this.step('announceRung', { rung: action.rung }));
    const { proposal } = this.case;
    if (action.kind === 'approve' && proposal?.kind === 'dismiss') {
      this.take(await this.step('dismissCase', {}));
      this.tellDependants();
    }
    if (action.kind === 'veto' && (proposal?.veto?.confirmedBy.length ?? 0) >= 2)
      this.take(await this.step('lapseProposal', { reason: 'vetoed' }));
    if (action.kind !== 'decideDispute') return;
    const dispute = disputeOf(this.case, action.disputeId);
    if (dispute && !dispute.end && concurredRuling(dispute)) await this.close(action.disputeId);
  }

  private async close(disputeId: string): Promise<void> {
    this.take(await this.step('closeDispute', { disputeId }));
    this.tellDependants();
  }

  private async hearFallen(): Promise<void> {
    if (this.fallen.length === 0) return;
    const fallen = this.fallen.splice(0);
    if (this.case.imposed.length === 0) return;
    this.take(await this.step('recomputeCase', { fallen }));
    this.tellDependants();
  }

  private tellDependants(): void {
    for (const to of this.dependants.splice(0)) this.world.tellFallen(to, this.caseId);
  }

  /** From the episode to the settlement, and to nothing once nothing is left. */
  private async moveOn(): Promise<void> {
    if (this.phase === 'episode' && this.case.stage === 'ended') {
      this.phase = needsSettlement(this.case) ? 'settlement' : 'gone';
      await this.giveBack();
    }
    const isOver = this.phase === 'settlement' || this.phase === 'readmission';
    if (isOver && nextDue(this.case) === null) this.phase = 'gone';
  }

  private async giveBack(): Promise<void> {
    const refs = this.observations.splice(0).map((item) => item.ref);
    if (refs.length > 0) await ask(this.world, 'returnToInbox', { refs });
  }

  private step<Name extends OfState>(name: Name, more: MoreOf<Name>): Promise<StepOutcome> {
    const { participantId, caseId } = this.case;
    const input = { state: this.case, nowMs: this.world.nowMs(), ...more };
    return ask(this.world, name, input as never, { participantId, caseId }) as Promise<StepOutcome>;
  }

  private take(outcome: StepOutcome): void {
    const law = outcome.law ?? this.state?.law ?? null;
    const steps = (this.state?.steps ?? 0) + 1;
    this.state = kept({ ...outcome.change, law, steps });
    this.dependants.push(...(outcome.dependants ?? []));
    for (const noticeId of outcome.serve)
      this.servings.push({
        noticeId,
        tries: 0,
        nextAtMs: this.world.nowMs(),
        input: this.servingOf(noticeId),
      });
  }

  private servingOf(noticeId: string): ServeNoticeInput {
    const state = this.case;
    return {
      caseId: state.caseId,
      participantId: state.participantId,
      noticeId,
      announcement: announcementOf(state, noticeId),
      fallbackMs: state.law?.noticeFallbackMs ?? 0,
    };
  }

  /** Tries to serve what is due; a try that served nobody says itself when to come again (rule A7). */
  private async serve(): Promise<void> {
    const nowMs = this.world.nowMs();
    for (const serving of this.servings.filter(({ nextAtMs }) => nextAtMs <= nowMs)) {
      serving.tries += 1;
      const about = { participantId: serving.input.participantId, tries: serving.tries };
      try {
        const { servedAtMs } = await ask(this.world, 'serveNotice', serving.input, about);
        this.servings = this.servings.filter((one) => one !== serving);
        if (this.phase !== 'gone')
          this.state = kept(noticeServed(this.case, serving.noticeId, servedAtMs));
      } catch (error) {
        if (!(error instanceof StepFailed) || error.type !== 'notice-undelivered') throw error;
        serving.nextAtMs = nowMs + Math.max(1, error.nextRetryMs ?? 1);
      }
    }
  }
}

type OfState =
  | 'reassess'
  | 'confirmCase'
  | 'decideRung'
  | 'endCorrected'
  | 'lapseProposal'
  | 'askGovernors'
  | 'tryRestoration'
  | 'auditOverdue'
  | 'settleDue'
  | 'askAnotherPanel'
  | 'closeDispute'
  | 'announceRung'
  | 'dismissCase'
  | 'recomputeCase';

type MoreOf<Name extends OfState> = Omit<
  Parameters<LoopWorld['activities'][Name]>[0],
  'state' | 'nowMs'
>;

/** What the record shows once the notice is served, as the workflow reckons it; null when the notice announces nothing. */
function announcementOf(state: CaseState, noticeId: string): ServeNoticeInput['announcement'] {
  const notice = state.announced?.notices[0];
  if (!state.announced || notice?.noticeId !== noticeId) return null;
  const after = nextDue(noticeServed({ ...state, disputes: [] }, noticeId, 0));
  const due = nextDue(state);
  const beside =
    openDisputes(state).length === 0
      ? {}
      : {
          ...(isImposedByItself(state) && { notBeforeMs: awaitedUntilMs(state) }),
          ...(due && { notAfterMs: due.atMs }),
        };
  return {
    ...beside,
    graceMs: after?.atMs ?? 0,
    waitsFor: `correction, or the end of the grace before ${state.announced.rung}`,
  };
}
