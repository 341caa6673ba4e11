import type { WritePoint } from './protocol.ts';

/** A point of a write, named alike in every run of the same story. */
export interface NamedPoint {
  readonly write: string;
  readonly side: WritePoint['side'];
}

/** The run that nobody disturbs. */
export const CALM = -1;

/** The second or a later write that reads like an earlier one. */
const AGAIN = / \(\d+\)$/;

/**
 * Who is killed at which write. Every write of the story that any run reaches is known from then on; its two points are dealt
 * to the runs in turn, so that a few runs side by side cover all of them, each killed many times in one case.
 */
export class KillPlan {
  private readonly runs: number;
  private readonly known = new Map<string, number>();
  private readonly calm = new Set<string>();
  private readonly done = new Set<string>();
  private readonly passed = new Set<string>();

  /** `runs`: how many runs are killed; they are numbered from 0. */
  constructor(runs: number) {
    this.runs = runs;
  }

  /** Notes that a run reached a point, and whether it dies there. A run dies at most once at each of its points. */
  shallDie(run: number, { write, side }: NamedPoint): boolean {
    if (run === CALM) this.calm.add(write);
    // A step that only the kills made necessary is not killed in its turn, or there would be no end.
    if (AGAIN.test(write) && !this.calm.has(write)) {
      this.passed.add(`${run} ${side} ${write}`);
      return false;
    }
    const index = this.known.get(write) ?? this.known.size;
    this.known.set(write, index);
    const name = `${side} ${write}`;
    const owner = (2 * index + (side === 'before' ? 0 : 1)) % this.runs;
    // Whoever comes after an owner that got past unharmed, because nobody knew the point yet, takes its turn.
    const isItsTurn = run === owner || this.passed.has(`${owner} ${name}`);
    if (run === CALM || !isItsTurn || this.done.has(name)) return false;
    this.done.add(name);
    return true;
  }

  /** Points at which somebody was killed. */
  get deaths(): readonly string[] {
    return [...this.done];
  }
}

/**
 * Names the writes of one run: what differs between runs (ids, instants) is left out, and the second different write that reads
 * alike is called so. A write that is tried again keeps its name.
 */
export class WriteNames {
  private readonly names = new Map<string, string>();
  private readonly alike = new Map<string, number>();
  private readonly ids: () => readonly string[];

  /** `ids`: what to leave out of the names, such as the case's id. */
  constructor(ids: () => readonly string[]) {
    this.ids = ids;
  }

  /** The name of a write. */
  nameOf(what: string): string {
    const known = this.names.get(what);
    if (known !== undefined) return known;
    const plain = this.plain(what);
    const count = (this.alike.get(plain) ?? 0) + 1;
    this.alike.set(plain, count);
    const name = count === 1 ? plain : `${plain} (${count})`;
    this.names.set(what, name);
    return name;
  }

  /** All writes so far, in the order in which they were first begun. */
  get all(): readonly string[] {
    return [...this.names.values()];
  }

  private plain(what: string): string {
    const without = this.ids().reduce((text, id) => text.replaceAll(id, '…'), what);
    // An instant, with the number of the step before it where it is part of a step's key.
    return without.replaceAll(/(?:\d+-)?\d{13}/g, '…');
  }
}
