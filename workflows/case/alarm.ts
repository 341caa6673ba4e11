import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One timer at an absolute instant. Setting it to the same instant again changes nothing; another instant replaces the timer. */
export class Alarm {
  private atMs: number | null = null;
  private scope: CancellationScope | null = null;
  private hasRung = false;

  /** Whether the instant that was set has come. */
  get rang(): boolean {
    return this.hasRung;
  }

  /** Sets the alarm; null switches it off. An instant in the past rings at once. */
  setFor(atMs: number | null): void {
    if (atMs === this.atMs && !this.hasRung) return;
    this.scope?.cancel();
    this.atMs = atMs;
    this.hasRung = false;
    this.scope = atMs === null ? null : this.start(atMs);
  }

  private start(atMs: number): CancellationScope {
    const scope = new CancellationScope();
    scope
      .run(() => sleep(Math.max(1, atMs - Date.now())))
      .then(() => {
        if (this.scope !== scope) return;
        this.hasRung = true;
        this.scope = null;
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    return scope;
  }
}
