import type { Network } from './test-network.ts';
import type { Written } from './test-store.ts';

/** The invariants of the law's section H. */
export type Invariant =
  | 'H1'
  | 'H2'
  | 'H3'
  | 'H4'
  | 'H5'
  | 'H6'
  | 'H7'
  | 'H8'
  | 'H9'
  | 'H10'
  | 'H11'
  | 'H12'
  | 'H13'
  | 'H14'
  | 'H15'
  | 'H16'
  | 'H17'
  | 'H18';

/** An invariant does not hold. */
export class Broken extends Error {
  override readonly name = 'AssertionError';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** Throws `Broken` unless the condition holds. */
export function must(invariant: Invariant, condition: boolean, message: () => string): void {
  if (!condition) throw new Broken(invariant, message());
}

/** What a check looks at after each command, and at the end of a story. */
export interface Check {
  readonly invariant: Invariant;
  /** What was written by the command; `looked` counts what was there to look at, so that no check is blind. */
  after?(network: Network, written: readonly Written[], looked: () => void): void;
  end?(network: Network, looked: () => void): void;
}
