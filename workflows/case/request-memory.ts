import type { ActionRequest, ActionResult } from '../../domain/case/actions.ts';

/** A request that a case has seen: the hash of its body, and what it was answered. */
export interface RememberedRequest {
  bodyHash: string;
  result: ActionResult | null;
}

/** How many requests a case remembers; beyond that the oldest go, long after anybody would retry them. */
const REMEMBERED = 200;

/**
 * The idempotency keys of a case (design §5). Temporal knows an update id only within one run; this memory travels into the next run and
 * into the settlement, so that a retry gets its first answer wherever the case has gone on.
 */
export class RequestMemory {
  private readonly requests = new Map<string, RememberedRequest>();

  /** Whether the key was used with another body: `idempotency-key-reused`. */
  isReused(request: ActionRequest): boolean {
    const known = this.requests.get(keyOf(request));
    return known !== undefined && known.bodyHash !== request.bodyHash;
  }

  /** The first answer to this very request, null when it has none. */
  answerTo(request: ActionRequest): ActionResult | null {
    const known = this.requests.get(keyOf(request));
    return known?.bodyHash === request.bodyHash ? known.result : null;
  }

  remember(request: ActionRequest, result: ActionResult | null): void {
    this.requests.set(keyOf(request), { bodyHash: request.bodyHash, result });
    const oldest = this.requests.keys().next();
    if (this.requests.size > REMEMBERED && !oldest.done) this.requests.delete(oldest.value);
  }

  pack(): [string, RememberedRequest][] {
    return [...this.requests];
  }

  unpack(packed: [string, RememberedRequest][]): void {
    for (const [key, request] of packed) this.requests.set(key, request);
  }
}

function keyOf(request: ActionRequest): string {
  return JSON.stringify([request.principal.account, request.action.kind, request.key]);
}
