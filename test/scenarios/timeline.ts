/** What happens when time moves: the world posts its repeats, and nothing is stepped over. */
export interface TimelineEvents {
  nowMs(): Promise<number>;
  /** Instant of the next thing that the world does by itself. */
  nextEventMs(): number;
  /** Moves the clock to an instant, or a little past it. */
  moveTo(atMs: number): Promise<void>;
  /** Does what the world does by itself at this instant. */
  happen(): Promise<void>;
}

interface Waiter {
  atMs: number;
  wake: () => void;
}

/**
 * One virtual time for many scripts. A script says until when it waits; time moves only when all of them wait, and then to the
 * earliest instant that any of them, or the world itself, asked for. So nobody is ever stepped over.
 */
export class Timeline {
  private readonly events: TimelineEvents;
  private readonly waiters = new Set<Waiter>();
  private running = 1;
  private failure: unknown = null;

  constructor(events: TimelineEvents) {
    this.events = events;
  }

  /** Waits until an instant has come. */
  async until(atMs: number): Promise<void> {
    while ((await this.events.nowMs()) < atMs) await this.wait(atMs);
  }

  /** Runs scripts side by side in the caller's place, each in its own steps. */
  async all<T>(scripts: (() => Promise<T>)[]): Promise<T[]> {
    this.running += scripts.length - 1;
    let left = scripts.length;
    const results = await Promise.allSettled(
      scripts.map((script) =>
        script().finally(() => {
          left -= 1;
          if (left > 0) this.rest();
        }),
      ),
    );
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  /** Takes the caller out of the count for good: from now on only scripts that run alongside hold time. */
  stepAside(): void {
    this.rest();
  }

  /** Runs one more script beside those that run. */
  async alongside<T>(script: () => Promise<T>): Promise<T> {
    this.running += 1;
    return await script().finally(() => this.rest());
  }

  private async wait(atMs: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.waiters.add({ atMs, wake: resolve });
    });
    this.rest();
    await woken;
    if (this.failure !== null) throw this.failure;
  }

  /** One script has nothing more to do now. When all have, time moves. */
  private rest(): void {
    this.running -= 1;
    if (this.running > 0 || this.waiters.size === 0) return;
    this.move().catch((error: unknown) => {
      this.failure = error;
      this.wakeAll(Number.POSITIVE_INFINITY);
    });
  }

  private async move(): Promise<void> {
    while (this.running === 0) {
      const wantedMs = Math.min(...[...this.waiters].map((waiter) => waiter.atMs));
      await this.events.moveTo(Math.min(wantedMs, this.events.nextEventMs()));
      await this.events.happen();
      this.wakeAll(await this.events.nowMs());
    }
  }

  private wakeAll(nowMs: number): void {
    for (const waiter of this.waiters) {
      if (waiter.atMs > nowMs) continue;
      this.waiters.delete(waiter);
      this.running += 1;
      waiter.wake();
    }
  }
}
