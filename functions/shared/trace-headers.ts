import type { Headers, WorkflowClientInterceptor } from '@temporalio/client';
import { TRACE_HEADER } from '../../contracts/temporal.ts';
import { currentTraceparent } from './tracing.ts';

/**
 * Sends the trace of the work that is being done along with each message to a workflow, as a header: the message itself, its id and the
 * hash of its body stay what they are, whoever traces.
 */
export const traceHeaders: WorkflowClientInterceptor = {
  signalWithStart: (input, next) => next(traced(input)),
  signal: (input, next) => next(traced(input)),
  startUpdate: (input, next) => next(traced(input)),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      workflowStartHeaders: traced({ headers: input.workflowStartHeaders }).headers,
      updateHeaders: traced({ headers: input.updateHeaders }).headers,
    }),
};

function traced<T extends { readonly headers: Headers }>(input: T): T {
  const traceparent = currentTraceparent();
  if (traceparent === undefined) return input;
  return { ...input, headers: { ...input.headers, [TRACE_HEADER]: jsonPayload(traceparent) } };
}

/** A text as Temporal's own converter writes it; that converter comes with the client, which is loaded late. */
function jsonPayload(text: string): Headers[string] {
  const bytes = new TextEncoder();
  return {
    metadata: { encoding: bytes.encode('json/plain') },
    data: bytes.encode(JSON.stringify(text)),
  };
}
