/**
 * Which message leads to what a case does now, so that its steps are seen in the trace of that message. Handlers only buffer and one
 * loop acts, so no context flows by itself from a message to its steps: the loop says whose turn it is. All of it is
 * `traceparent`s, null for none; Temporal gives each workflow a module state of its own. Nothing here changes what a workflow asks for.
 */

let origin: string | null = null;
let arriving: string | null = null;
let present: string | null = null;

/** The workflow begins: what started it leads to its first steps, and every later step can be traced back to its origin. */
export function begin(startedBy: string | null, cameFrom: string | null): void {
  origin = startedBy ?? cameFrom;
  present = startedBy;
}

/** What the workflow goes back to, over all its runs: the alert that opened the case. */
export function originOfCase(): string | null {
  return origin;
}

/** Calls a handler of a message; what it asks by `arrivedWith` before its first await is this message's trace. */
export function handling<T>(traceparent: string | null, handle: () => T): T {
  arriving = traceparent;
  try {
    return handle();
  } finally {
    arriving = null;
  }
}

/** The trace of the message whose handler runs now. */
export function arrivedWith(): string | null {
  return arriving;
}

/** From now on the loop answers this message; null when it does what time alone asks for. */
export function because(traceparent: string | null): void {
  present = traceparent;
}

/** The trace that the next step belongs to. */
export function presentCause(): string | null {
  return present;
}
