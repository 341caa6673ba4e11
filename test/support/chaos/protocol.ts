/** What the test tells a worker process and what that one answers, over the channel of `fork`. */

/** Asks the test at a point of a write; the worker goes on only when it is let, and may be killed instead. */
export interface WritePoint {
  readonly kind: 'write';
  readonly id: number;
  readonly side: 'before' | 'after';
  /** Which write it is: command, table, key and what is set. The same write tried again has the same words. */
  readonly what: string;
}

/** From the worker to the test. */
export type FromWorker =
  /** Everything is loaded; it waits to be told what to serve. */
  { readonly kind: 'loaded' } | { readonly kind: 'serving' } | WritePoint;

/** From the test to the worker. */
export type ToWorker =
  | { readonly kind: 'serve'; readonly env: Record<string, string> }
  | { readonly kind: 'go'; readonly id: number };
