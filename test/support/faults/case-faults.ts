import { activityInfo } from '@temporalio/activity';
import type { Fault, StoreCall } from '../../../adapters/dynamodb/test-faults.ts';
import { FaultPlan, isLost } from './fault-plan.ts';

/** Each strike costs an attempt, and an attempt a growing wait: more of them would be lateness, which changes the story (rule A5). */
const STRIKES_PER_STEP = 3;

/**
 * Deals faults to the calls that the activities of many like cases make. The first cases are undisturbed and show which calls there are. A
 * call is named by its activity, by the number of that activity among the like of its case, and by its own number in the attempt.
 */
export class CaseFaults {
  readonly plan = new FaultPlan();
  private isCalm = true;
  private readonly numbers = new Map<string, number>();
  private readonly counts = new Map<string, number>();
  /** What each step of each case has met; a second lost answer would find the step done. */
  private readonly met = new Map<string, Fault[]>();

  /** The undisturbed cases have lived: from here on calls are struck. */
  begin(): void {
    this.isCalm = false;
  }

  /** The fault that a call meets; to be asked inside an activity. */
  readonly faultOf = (call: StoreCall): Fault | null => {
    const { activityType, activityId, attempt, workflowExecution, workflowType } = activityInfo();
    const workflowId = workflowExecution?.workflowId ?? '';
    const step = `${workflowId}/${activityId}`;
    const number = this.numberOf(`${workflowId}/${activityType}`, step);
    const calls = this.count(this.counts, `${step}/${attempt}/${call.command}`);
    const name = `${workflowType}/${activityType} ${number}`;
    const point = `${name}/${call.command} ${calls}`;
    if (this.isCalm) {
      this.plan.note(point, call);
      return null;
    }
    this.plan.met(point, workflowId.slice(workflowId.lastIndexOf('/') + 1));
    const met = this.met.get(step) ?? [];
    if (met.length === STRIKES_PER_STEP) return null;
    const fault = this.plan.take(point, !met.some(isLost));
    if (fault !== null) this.met.set(step, [...met, fault]);
    return fault;
  };

  /** Which of its kind a step of a case is; a retry is the same one. */
  private numberOf(kind: string, step: string): number {
    const known = this.numbers.get(step);
    if (known !== undefined) return known;
    const number = this.count(this.numbers, kind);
    this.numbers.set(step, number);
    return number;
  }

  private count(counts: Map<string, number>, name: string): number {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  }
}
