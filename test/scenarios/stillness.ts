import type { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  caseWorkflowId,
  readmissionWorkflowId,
  settlementWorkflowId,
} from '../../contracts/temporal.ts';

type History = temporal.api.history.v1.IHistoryEvent[];

/**
 * Knows from the server itself when a case stands still: no workflow task is open and no activity waits for a worker or runs.
 * A retry that waits for its time is standing still.
 */
export class Stillness {
  private readonly environment: TestWorkflowEnvironment;
  /** Histories that were seen whole and still, by their length: a length that has not changed needs no second look. */
  private readonly stillAt = new Map<string, number>();
  private readonly unlockedFor = new Set<string>();
  private readonly watched = new Set<string>();

  constructor(environment: TestWorkflowEnvironment) {
    this.environment = environment;
  }

  /** Whether nothing is under way in the case, its settlement and readmission included. */
  async isStill(caseId: string): Promise<boolean> {
    this.watched.add(caseId);
    const episode = await this.look(caseWorkflowId('main', caseId));
    if (episode !== 'closed') return episode !== 'busy';
    const settlement = await this.look(settlementWorkflowId('main', caseId));
    if (settlement === 'closed') await this.giveTimeBack(caseId);
    if (settlement === 'busy') return false;
    return (await this.look(readmissionWorkflowId('main', caseId))) !== 'busy';
  }

  /** Gives back the time of every settlement that has completed meanwhile. */
  async giveBackAll(): Promise<void> {
    for (const caseId of this.watched)
      if (!this.unlockedFor.has(caseId)) await this.isStill(caseId);
  }

  /** Ends what still runs of a case, so that it does not disturb what comes later in the same world. */
  async end(caseId: string): Promise<void> {
    for (const workflowId of [
      caseWorkflowId('main', caseId),
      settlementWorkflowId('main', caseId),
      readmissionWorkflowId('main', caseId),
    ]) {
      const isOver = (await this.look(workflowId)) === 'closed';
      if (!isOver)
        await this.handle(workflowId)
          .terminate('the test is over')
          .catch(() => {});
    }
    this.watched.delete(caseId);
  }

  /** The history of a workflow, null when there is none. */
  async historyOf(workflowId: string): Promise<History | null> {
    const history = await this.handle(workflowId)
      .fetchHistory()
      .catch(() => null);
    return history?.events ?? null;
  }

  /**
   * The test server stops its time for the word of a finished child to its parent, and never starts it again when the parent has
   * finished before. Every settlement outlives its case, so for each of them time is started again here, once.
   */
  private async giveTimeBack(caseId: string): Promise<void> {
    if (this.unlockedFor.has(caseId)) return;
    this.unlockedFor.add(caseId);
    await this.environment.connection.testService?.unlockTimeSkipping({});
  }

  private async look(workflowId: string): Promise<'none' | 'busy' | 'still' | 'closed'> {
    const seen = await this.handle(workflowId)
      .describe()
      .catch(() => null);
    if (seen === null) return 'none';
    if (seen.status.name !== 'RUNNING') return 'closed';
    // The server calls a retry that waits for its time "started"; from the second attempt on only the worker knows better.
    const isUnderWay = (seen.raw.pendingActivities ?? []).some(
      (activity) => (activity.attempt ?? 1) <= 1,
    );
    if (isUnderWay) return 'busy';
    if (this.stillAt.get(workflowId) === seen.historyLength) return 'still';
    const history = await this.historyOf(workflowId);
    if (history === null || hasOpenTask(history)) return 'busy';
    if (history.length === seen.historyLength) this.stillAt.set(workflowId, seen.historyLength);
    return history.length === seen.historyLength ? 'still' : 'busy';
  }

  private handle(workflowId: string) {
    return this.environment.client.workflow.getHandle(workflowId);
  }
}

function hasOpenTask(history: History): boolean {
  for (const event of history.toReversed()) {
    if (event.workflowTaskCompletedEventAttributes) return false;
    if (event.workflowTaskScheduledEventAttributes || event.workflowTaskStartedEventAttributes)
      return true;
  }
  return true;
}
