import type { Clock } from '../domain/ports/clock.ts';

interface Entry<T> {
  readonly value: Promise<T>;
  readonly atMs: number;
}

/** Remembers what was used last: at most `size` values, each for at most `forMs`. A question that failed is not remembered. */
export class RecentlyUsed<T> {
  private readonly clock: Clock;
  private readonly size: number;
  private readonly forMs: number;
  /** In order of use, the oldest first. */
  private readonly entries = new Map<string, Entry<T>>();

  constructor(clock: Clock, size: number, forMs: number) {
    this.clock = clock;
    this.size = size;
    this.forMs = forMs;
  }

  /** The remembered value; undefined when there is none or it is too old. */
  peek(name: string): Promise<T> | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    this.entries.delete(name);
    if (this.isOld(entry)) return undefined;
    this.entries.set(name, entry);
    return entry.value;
  }

  put(name: string, value: Promise<T>): void {
    this.entries.delete(name);
    this.dropOld();
    this.entries.set(name, { value, atMs: this.clock.nowMs() });
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.size && !oldest.done) this.entries.delete(oldest.value);
  }

  /** The remembered value, or what `find` finds; those who ask at the same time share one search. */
  async get(name: string, find: () => Promise<T>): Promise<T> {
    const known = this.peek(name);
    if (known !== undefined) return known;
    const value = find();
    this.put(name, value);
    try {
      return await value;
    } catch (error) {
      if (this.entries.get(name)?.value === value) this.entries.delete(name);
      throw error;
    }
  }

  forget(name: string): void {
    this.entries.delete(name);
  }

  /** What nobody asks for any more does not stay in memory either. */
  private dropOld(): void {
    for (const [name, entry] of this.entries) if (this.isOld(entry)) this.entries.delete(name);
  }

  /** A clock that was set back makes an entry look young; it counts as old. */
  private isOld({ atMs }: Entry<T>): boolean {
    const ageMs = this.clock.nowMs() - atMs;
    return ageMs < 0 || ageMs >= this.forMs;
  }
}
