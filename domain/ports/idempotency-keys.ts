/** A request of a person under its `Idempotency-Key` (design §7). */
export interface KeyedRequest {
  account: string;
  operation: string;
  key: string;
  /** Hash of path and body: the same key with another one is refused. */
  bodyHash: string;
}

/** What is known of a keyed request: nothing yet, its answer, or that its key was used for another request. */
export type KeyClaim =
  | { status: 'claimed' }
  | { status: 'answered'; answerJson: string }
  | { status: 'reused' };

/**
 * Remembers the keys of requests that do not go to a workflow. A claim without an answer may be claimed again: the work
 * behind it is idempotent by its own business key, so that a crash between the two loses nothing.
 */
export interface IdempotencyKeys {
  claim(request: KeyedRequest, atMs: number): Promise<KeyClaim>;
  /** Stores the answer; the first one stays. */
  answer(request: KeyedRequest, answerJson: string): Promise<void>;
}
