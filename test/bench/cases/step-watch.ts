import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** A step that a worker of this process has done. */
export interface DoneStep {
  /** Id of the workflow that asked for it. */
  readonly workflowId: string;
  readonly result: unknown;
}

/** Tells what the workers of this process have done, by the last part of the workflow's id, so that nobody has to ask the store. */
export class StepWatch {
  private readonly listeners = new Map<string, (done: DoneStep) => void>();

  /** Goes around each step of a worker. */
  readonly around: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const result = await next(input);
        const { workflowId } = info.workflowExecution ?? { workflowId: '' };
        this.listeners.get(nameOf(workflowId))?.({ workflowId, result });
        return result;
      },
    },
  });

  /** Follows the steps of one name. */
  follow<T>(name: string, read: (done: DoneStep) => T | null): Followed<T> {
    const followed = new Followed<T>(() => this.listeners.delete(name));
    this.listeners.set(name, (done) => {
      const value = read(done);
      if (value !== null) followed.tell(value);
    });
    return followed;
  }
}

function nameOf(workflowId: string): string {
  return workflowId.slice(workflowId.lastIndexOf('/') + 1);
}

/** The latest that was told, and a way to wait for more. */
export class Followed<T> {
  private readonly end: () => void;
  private latest: T | null = null;
  private waiting: { isThere: (value: T) => boolean; resolve: (value: T) => void } | null = null;

  constructor(end: () => void) {
    this.end = end;
  }

  tell(value: T): void {
    this.latest = value;
    if (!this.waiting?.isThere(value)) return;
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve(value);
  }

  /** The latest if it is as described, else the first that is. One may wait at a time. */
  until(isThere: (value: T) => boolean): Promise<T> {
    if (this.latest !== null && isThere(this.latest)) return Promise.resolve(this.latest);
    return new Promise((resolve) => {
      this.waiting = { isThere, resolve };
    });
  }

  close(): void {
    this.end();
  }
}
