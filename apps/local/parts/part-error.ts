/** A part of the stack that could not be found or started: which, why, and what a person can do. */
export class PartError extends Error {
  override readonly name = 'PartError';
  readonly part: string;
  readonly why: string;
  readonly whatToDo: readonly string[];

  constructor(options: {
    /** The part, as a person calls it: `Temporal server`, `store`. */
    readonly part: string;
    readonly why: string;
    /** One line per way out, most likely first. */
    readonly whatToDo: readonly string[];
    readonly cause?: unknown;
  }) {
    const { part, why, whatToDo, cause } = options;
    const ways = whatToDo.map((line) => `\n  - ${line}`).join('');
    super(`${part}: ${why}\nWhat to do:${ways}`, { cause });
    this.part = part;
    this.why = why;
    this.whatToDo = whatToDo;
  }
}

/** Takes one line of progress for a person to read. */
export type Say = (line: string) => void;
