import { createHash } from 'node:crypto';
import { CASE_STATE, caseWorkflowId, settlementWorkflowId } from '../../contracts/temporal.ts';
import type { ActionResult, CaseAction } from '../../domain/case/actions.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { CaseState } from '../../domain/case/state.ts';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import type { Principal } from '../../domain/principal.ts';
import { type Sanction, type Standing, standingOf } from '../../domain/sanction.ts';
import type { Severity } from '../../domain/violation.ts';
import type { CaseWorld } from './case-world.ts';

/** Both monitors of every world. */
export const MONITORS = ['monitor-a', 'monitor-b'] as const;

/** What a case of a test is about. */
export interface CaseSetting {
  participantId: string;
  violationType?: string;
  severity?: Severity;
}

/** How an action is done; who does nothing special is of an organisation of their own. */
export type ActOptions = Partial<Omit<Principal, 'person'>> & { key?: string };

/** The instant of a timer is when it may fire at the earliest: a step goes a little beyond. */
const BEYOND_MS = 100;

/** A deadline that has passed by this much is one that only a person moves; timers are as late as the machine is slow. */
const OVERDUE_MS = 30_000;
const LATE_STEP_MS = 2_000;

/**
 * A deadline so near falls due while what the script does next is under way. A timer that fires during a workflow task which cancels it
 * makes the test server refuse the task's completion and yet keep the activities of it as scheduled, so that nobody ever takes them; the
 * real server takes the firing back. So such a deadline is passed first.
 */
const NEAR_MS = 20_000;

const LOOK_AGAIN_MS = 5;

/** Drives one case: monitors see and unsee, people act, and time goes from deadline to deadline. */
export class CaseDriver {
  readonly world: CaseWorld;
  readonly participantId: string;
  readonly violationType: string;
  readonly severity: Severity;
  private knownId: string | null = null;
  private overdue: number | null = null;
  private keys = 0;

  constructor(world: CaseWorld, setting: CaseSetting) {
    this.world = world;
    this.participantId = setting.participantId;
    this.violationType = setting.violationType ?? 'downtime';
    this.severity = setting.severity ?? 'minor';
  }

  /** The case's id; the relay made it from the opening observation. */
  get caseId(): string {
    if (this.knownId === null) throw new Error('Nothing has fired yet.');
    return this.knownId;
  }

  /** The n-th resource of the participant. */
  node(number: number): string {
    return `${this.participantId}-node-${number}`;
  }

  /** Resources go down: both monitors see it, and so do our own looks. Not relayed, the news waits in the inbox. */
  async fire(
    options: {
      nodes?: number[];
      sources?: readonly string[];
      severity?: Severity;
      isRelayed?: boolean;
    } = {},
  ): Promise<void> {
    const { nodes = [1], sources = MONITORS, severity = this.severity, isRelayed = true } = options;
    const { participantId, violationType, world } = this;
    const seen = nodes.map((number) => {
      const resourceId = this.node(number);
      world.outside.setDown(participantId, resourceId, true);
      return { participantId, violationType, resourceId, severity };
    });
    const nowMs = await world.clock.follow();
    for (const source of sources) await world.intake.senders.fire(source, nowMs, seen);
    if (!isRelayed) return;
    await world.intake.relayFor(participantId);
    if (this.knownId === null) await this.adopt();
    else await this.settle();
  }

  /** Takes up the open case of the participant, whatever opened it. */
  async adopt(): Promise<void> {
    const { participantId, violationType, world } = this;
    const slot = await world.intake.relayStore.readSlot(participantId, violationType);
    if (slot === null) throw new Error(`${participantId} has no open case.`);
    this.knownId = slot.caseId;
    await this.settle();
  }

  /** Resources are well again: the monitors resolve, and our own looks agree. */
  async clear(options: { nodes?: number[]; sources?: readonly string[] } = {}): Promise<void> {
    const { nodes = [1], sources = MONITORS } = options;
    const { participantId, violationType, world } = this;
    const which = nodes.map((number) => {
      const resourceId = this.node(number);
      world.outside.setDown(participantId, resourceId, false);
      return { participantId, violationType, resourceId };
    });
    const nowMs = await world.clock.follow();
    for (const source of sources) await world.intake.senders.resolve(source, nowMs, which);
    await world.intake.relayFor(participantId);
    await this.settle();
  }

  /** The record as the registry has it. */
  async record(): Promise<CaseRecord> {
    const record = await this.world.cases.readCase(this.caseId);
    if (!record) throw new Error(`Case ${this.caseId} has no record.`);
    return record;
  }

  /** The state as the workflow carries it. */
  async state(): Promise<CaseState> {
    const { workflowId } = await this.record();
    const handle = this.world.environment.client.workflow.getHandle(workflowId);
    const state = await handle.query<CaseState | null>(CASE_STATE);
    if (state === null) throw new Error(`Case ${this.caseId} is not open.`);
    return state;
  }

  async standing(): Promise<Standing> {
    return standingOf(await this.world.cases.sanctions(this.participantId));
  }

  /** The sanction that this case has imposed, if any. */
  async sanction(): Promise<Sanction | undefined> {
    const sanctions = await this.world.cases.sanctions(this.participantId);
    return sanctions.find((sanction) => sanction.caseId === this.caseId);
  }

  ledger(): Promise<LedgerSnapshot> {
    return this.world.cases.snapshot(this.participantId);
  }

  /** Goes to the case's next deadline and lets it act. Returns the record afterwards. */
  async toNextDeadline(): Promise<CaseRecord> {
    const { nextDeadlineMs, waitsFor } = await this.record();
    if (nextDeadlineMs === null) throw new Error('The case waits for nothing.');
    if (nextDeadlineMs === this.overdue) throw new Error(`Only a person helps: ${waitsFor}.`);
    await this.goTo(nextDeadlineMs);
    return this.record();
  }

  /** Goes from deadline to deadline until the record is as wanted. */
  async until(isThere: (record: CaseRecord) => boolean, most = 40): Promise<CaseRecord> {
    let record = await this.record();
    for (let steps = 0; !isThere(record); steps += 1) {
      if (steps === most)
        throw new Error(`Never came: ${JSON.stringify({ ...record, imposed: undefined })}`);
      record = await this.toNextDeadline();
    }
    return record;
  }

  /** Lets everything end that time alone ends, settlement included. */
  finish(): Promise<CaseRecord> {
    return this.until((record) => record.nextDeadlineMs === null);
  }

  /** Lets time pass, stopping at every deadline of the case on the way. */
  async advance(ms: number): Promise<CaseRecord> {
    const untilMs = (await this.world.clock.follow()) + ms;
    await this.settle();
    for (
      let next = await this.dueBefore(untilMs);
      next !== null;
      next = await this.dueBefore(untilMs)
    )
      await this.goTo(next);
    await this.world.timeline.until(untilMs);
    await this.settle();
    return this.record();
  }

  /** Waits until nothing is under way in the case and no deadline of it has passed unnoticed, or is about to. */
  async settle(): Promise<void> {
    if (this.knownId === null) return;
    for (;;) {
      do {
        while (this.world.isWorking()) await pause(LOOK_AGAIN_MS);
      } while (!(await this.world.stillness.isStill(this.caseId)));
      const { nextDeadlineMs } = await this.record();
      if (nextDeadlineMs === null || nextDeadlineMs === this.overdue) return;
      const lateMs = (await this.world.clock.follow()) - nextDeadlineMs;
      if (lateMs < -NEAR_MS) return;
      if (lateMs < 0) await this.world.timeline.until(nextDeadlineMs + BEYOND_MS);
      else if (lateMs > OVERDUE_MS) this.overdue = nextDeadlineMs;
      else await this.world.timeline.until(nextDeadlineMs + lateMs + LATE_STEP_MS);
    }
  }

  /** A person acts, as the API lets them. Throws the refusal as a `DomainError`. */
  async act(person: string, action: CaseAction, options: ActOptions = {}): Promise<ActionResult> {
    this.keys += 1;
    const { key = `key-${this.keys}`, ...changes } = options;
    const isOwner = person === this.participantId;
    const principal: Principal = {
      account: person,
      person,
      organisation: `org-of-${person}`,
      roles: isOwner ? ['participant'] : ['governor', 'auditor', 'operator', 'reviewer'],
      participantId: isOwner ? this.participantId : null,
      controlGroup: isOwner ? `group-of-${this.participantId}` : null,
      ...changes,
    };
    const bodyHash = createHash('sha256').update(JSON.stringify(action)).digest('hex');
    const record = await this.record();
    const request = { v: 1 as const, principal, key, bodyHash, action };
    const result = await (action.kind === 'askReadmission'
      ? this.world.people.readmit(record, request)
      : this.world.people.act(record.workflowId, request));
    await this.settle();
    return result;
  }

  /** Ends what still runs of the case and of its monitoring. */
  async leave(): Promise<void> {
    this.world.intake.senders.forget(this.participantId);
    if (this.knownId !== null) await this.world.stillness.end(this.knownId);
  }

  /** History events by kind, over both workflows of the case: the bill. */
  async eventKinds(): Promise<Record<string, number>> {
    const kinds: Record<string, number> = {};
    for (const workflowId of [
      caseWorkflowId('main', this.caseId),
      settlementWorkflowId('main', this.caseId),
    ]) {
      for (const event of (await this.world.stillness.historyOf(workflowId)) ?? []) {
        const kind = Object.entries(event).find(
          ([name, value]) => name.endsWith('EventAttributes') && value != null,
        );
        const name = kind?.[0].replace('EventAttributes', '') ?? 'unknown';
        kinds[name] = (kinds[name] ?? 0) + 1;
      }
    }
    return kinds;
  }

  private async goTo(deadlineMs: number): Promise<void> {
    await this.world.timeline.until(deadlineMs + BEYOND_MS);
    await this.settle();
  }

  private async dueBefore(untilMs: number): Promise<number | null> {
    const { nextDeadlineMs } = await this.record();
    if (nextDeadlineMs === null || nextDeadlineMs === this.overdue) return null;
    return nextDeadlineMs <= untilMs ? nextDeadlineMs : null;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
