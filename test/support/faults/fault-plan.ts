import type { Fault, StoreCall } from '../../../adapters/dynamodb/test-faults.ts';

/** Strikes of one run in one step: each makes the step be tried again, and the tries must come to an end. */
const STRIKES_PER_STEP = 10;

/** A call that fewer struck cases make is made by chance: two steps met, and one of them had to look again. */
const OFTEN = 10;

/**
 * Which call of which run meets which fault. The undisturbed run says which calls there are; each fault that one of them can meet is
 * then dealt to the first run that comes by, until none is left. A call is named by its step and its number among the like of the try,
 * so that it has the same name in every run.
 */
export class FaultPlan {
  private readonly open = new Map<string, Fault[]>();
  private readonly metBy = new Map<string, Set<string>>();
  private struck = 0;

  /** Notes a call of an undisturbed run. */
  note(point: string, { faults }: StoreCall): void {
    if (!this.open.has(point)) this.open.set(point, [...faults]);
  }

  /** Notes that a struck run made a call, whatever it meets there; for runs that do not make all the same calls. */
  met(point: string, run: string): void {
    if (!this.open.has(point)) return;
    const runs = this.metBy.get(point) ?? new Set();
    this.metBy.set(point, runs.add(run));
  }

  /** The fault that a call meets now. Of those whose write is done and whose answer is lost only if `mayLose`. */
  take(point: string, mayLose = true): Fault | null {
    const faults = this.open.get(point) ?? [];
    const index = faults.findIndex((fault) => mayLose || !isLost(fault));
    const [fault = null] = index < 0 ? [] : faults.splice(index, 1);
    if (fault !== null) this.struck += 1;
    return fault;
  }

  /** Calls of the undisturbed run. */
  get calls(): number {
    return this.open.size;
  }

  /** Faults that were dealt so far. */
  get strikes(): number {
    return this.struck;
  }

  /** Calls that hardly any struck run made: what else they could meet is not asked for. */
  get rare(): string[] {
    return [...this.open.keys()].filter((point) => !this.isOften(point));
  }

  /** What was dealt to nobody yet. */
  get left(): string[] {
    return [...this.open]
      .filter(([point]) => this.isOften(point))
      .flatMap(([point, faults]) => faults.map((fault) => `${fault} at ${point}`));
  }

  private isOften(point: string): boolean {
    return this.metBy.size === 0 || (this.metBy.get(point)?.size ?? 0) >= OFTEN;
  }
}

/** Whether the write is done and only its answer is lost. */
export function isLost(fault: Fault): boolean {
  return fault === 'answer-lost' || fault === 'answer-lost-in-progress';
}

/** One run under a plan: names its calls, and is struck where the plan says. */
export class FaultRun {
  private readonly plan: FaultPlan;
  private readonly isCalm: boolean;
  private step = '';
  private counts = new Map<string, number>();
  private readonly strikes = new Map<string, number>();

  /** `isCalm`: the undisturbed run, from which the plan learns the calls. */
  constructor(plan: FaultPlan, isCalm: boolean) {
    this.plan = plan;
    this.isCalm = isCalm;
  }

  /** Begins a try of a step: its calls are counted anew. */
  begin(step: string): void {
    this.step = step;
    this.counts = new Map();
  }

  /** What the next call of the present step meets. */
  judge(call: StoreCall): Fault | null {
    const { command } = call;
    const number = (this.counts.get(command) ?? 0) + 1;
    this.counts.set(command, number);
    const point = `${this.step}/${command} ${number}`;
    if (this.isCalm) {
      this.plan.note(point, call);
      return null;
    }
    const strikes = this.strikes.get(this.step) ?? 0;
    if (strikes >= STRIKES_PER_STEP) return null;
    const fault = this.plan.take(point);
    if (fault !== null) this.strikes.set(this.step, strikes + 1);
    return fault;
  }
}
