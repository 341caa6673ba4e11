import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Clock } from '../../domain/ports/clock.ts';

/**
 * The one clock of a world: the server's skipped time. It is read anew before everything that asks for it, and runs on at the
 * real pace between, exactly as the server's own does while anything is under way.
 */
export class ServerClock implements Clock {
  private baseMs = 0;
  private readAtMs = 0;
  private readonly environment: TestWorkflowEnvironment;

  constructor(environment: TestWorkflowEnvironment) {
    this.environment = environment;
  }

  nowMs = (): number => Math.floor(this.baseMs + (performance.now() - this.readAtMs));

  /** Reads the server's time. */
  async follow(): Promise<number> {
    this.baseMs = await this.environment.currentTimeMs();
    this.readAtMs = performance.now();
    return this.nowMs();
  }
}
