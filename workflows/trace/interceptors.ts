import { defaultPayloadConverter } from '@temporalio/common';
import {
  type Headers,
  proxySinks,
  type Sinks,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { TRACE_HEADER, TRACE_ORIGIN_HEADER } from '../../contracts/temporal.ts';
import { formatTraceparent, parseTraceparent } from '../../domain/traceparent.ts';
import { begin, handling, originOfCase, presentCause } from './causes.ts';
import { spanIdOf } from './span-id.ts';

/** A message as the workflow has handled it: a span that the worker writes. Instants are the workflow's own. */
export interface MessageSpan {
  name: string;
  kind: 'start' | 'signal' | 'update';
  /** `traceparent` of whoever sent it. */
  parent: string;
  spanId: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Where workflows say which messages they handled; the worker turns them into spans, once and not in replays. */
export interface TraceSinks extends Sinks {
  traces: { messageHandled(span: MessageSpan): void };
}

/**
 * Carries traces through a workflow: from a message to the steps that it leads to. Only headers are added, which replay does not compare,
 * and no random number is drawn: a workflow asks for the same with and without traces.
 */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [messageSpans()],
  outbound: [stepHeaders],
});

function messageSpans(): WorkflowInboundCallsInterceptor {
  const { traces } = proxySinks<TraceSinks>();
  let messages = 0;
  /** The trace of a message and of what it leads to, and what to do when it is answered. */
  function open(name: string, kind: MessageSpan['kind'], headers: Headers) {
    const parent = read(headers, TRACE_HEADER);
    const sender = parseTraceparent(parent);
    if (parent === null || sender === null) return { own: null, close: () => {} };
    messages += 1;
    const spanId = spanIdOf(workflowInfo().runId, messages);
    const startedAtMs = Date.now();
    const close = () =>
      traces.messageHandled({ name, kind, parent, spanId, startedAtMs, endedAtMs: Date.now() });
    return { own: formatTraceparent({ ...sender, spanId }), close };
  }
  return {
    execute(input, next) {
      const { own, close } = open(workflowInfo().workflowType, 'start', input.headers);
      begin(own, read(input.headers, TRACE_ORIGIN_HEADER));
      close();
      return next(input);
    },
    handleSignal(input, next) {
      const { own, close } = open(input.signalName, 'signal', input.headers);
      close();
      return handling(own, () => next(input));
    },
    handleUpdate(input, next) {
      const { own, close } = open(input.name, 'update', input.headers);
      const answer = handling(own, () => next(input));
      answer.then(close, close);
      return answer;
    },
  };
}

const stepHeaders: WorkflowOutboundCallsInterceptor = {
  scheduleActivity(input, next) {
    const cause = presentCause();
    return next({
      ...input,
      headers:
        cause === null
          ? fromOrigin(input.headers)
          : { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(cause) },
    });
  },
  startChildWorkflowExecution: (input, next) =>
    next({ ...input, headers: fromOrigin(input.headers) }),
  continueAsNew: (input, next) => next({ ...input, headers: fromOrigin(input.headers) }),
};

function fromOrigin(headers: Headers): Headers {
  const origin = originOfCase();
  if (origin === null) return headers;
  return { ...headers, [TRACE_ORIGIN_HEADER]: defaultPayloadConverter.toPayload(origin) };
}

/** A header that is no trace is none: whatever somebody sent, the workflow goes on. */
function read(headers: Headers, name: string): string | null {
  const payload = headers[name];
  if (!payload) return null;
  try {
    const text = defaultPayloadConverter.fromPayload<unknown>(payload);
    return typeof text === 'string' && parseTraceparent(text) ? text : null;
  } catch {
    return null;
  }
}
