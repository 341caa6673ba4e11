import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { DomainError } from '../../domain/errors.ts';
import {
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
} from '../../domain/traceparent.ts';

/** What a span is about and what it follows from. */
export interface SpanPlan {
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  /** `traceparent` of what led to this; without it the invocation's own trace is taken, or a new one is begun. */
  readonly parent?: string | undefined;
  /** `traceparent`s of what also led to this. */
  readonly links?: readonly string[];
  /** No participant's data: spans leave the installation. */
  readonly attributes?: Attributes;
}

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;

/** The span that is being worked in. Our own storage: without a provider the API's context is lost with the first await. */
const present = new AsyncLocalStorage<Span>();

/**
 * Does some work in a span. Whoever runs the function decides whether spans go anywhere: without a registered provider nothing is
 * recorded, and the trace of the caller is still carried on.
 */
export async function inSpan<T>(plan: SpanPlan, work: (span: Span) => Promise<T>): Promise<T> {
  const { parent, links } = surroundings(plan);
  const span = trace
    .getTracer('swarm-slashing')
    .startSpan(
      plan.name,
      { kind: KINDS[plan.kind], links, ...(plan.attributes && { attributes: plan.attributes }) },
      parent,
    );
  try {
    return await context.with(trace.setSpan(parent, span), () =>
      present.run(span, () => work(span)),
    );
  } catch (error) {
    // Its message may hold what participants wrote; the code says enough.
    failed(span, error instanceof DomainError ? error.code : nameOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed, with a code or name and never with a message. */
export function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Adds to the span that is being worked in, if any. */
export function annotate(attributes: Attributes): void {
  present.getStore()?.setAttributes(attributes);
}

/** `traceparent` of the work that is being done; undefined outside of any trace. */
export function currentTraceparent(): string | undefined {
  const own = contextOf(present.getStore()?.spanContext());
  return own === null ? undefined : formatTraceparent(own);
}

/** What is added to a line of the log, so that it is found from its trace. */
function traceFields(): { traceId?: string } {
  const own = contextOf(present.getStore()?.spanContext());
  return own === null ? {} : { traceId: own.traceId };
}

/** A log, as far as functions use it. */
export interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** The same log with the trace id in each line that is written within a trace. */
export function tracedLog(log: Log): Log {
  return {
    info: (message, fields) => log.info(message, { ...fields, ...traceFields() }),
    warn: (message, fields) => log.warn(message, { ...fields, ...traceFields() }),
    error: (message, fields) => log.error(message, { ...fields, ...traceFields() }),
  };
}

/** Longer than a collector in the same place needs, shorter than a sender waits. */
const FLUSH_WITHIN_MS = 1_000;

/**
 * Sends the spans of an invocation before Lambda freezes the process, if a provider is registered that can. A collector that does not
 * answer holds nobody up for long, and a failure is nobody's error. Elsewhere spans are sent in their own time.
 */
export async function flushTraces(withinMs = FLUSH_WITHIN_MS): Promise<void> {
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) return;
  const provider = trace.getTracerProvider();
  // The API hands out a stand-in, of whichever copy of the API the provider was registered with.
  const behind: object =
    'getDelegate' in provider && typeof provider.getDelegate === 'function'
      ? provider.getDelegate()
      : provider;
  if (!('forceFlush' in behind) || typeof behind.forceFlush !== 'function') return;
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise((resolve) => {
    late = setTimeout(resolve, withinMs);
  });
  await Promise.race([behind.forceFlush(), tooLate]).catch(() => undefined);
  clearTimeout(late);
}

function surroundings({ kind, parent, links = [] }: SpanPlan): { parent: Context; links: Link[] } {
  const around = context.active();
  const invocation = trace.getSpanContext(around) ?? remote(lambdaTrace());
  const sent = remote(parseTraceparent(parent));
  const given = sent && kind === 'server' ? judgedHere(sent, invocation) : sent;
  const linked = links.flatMap((text) => remote(parseTraceparent(text)) ?? []);
  if (given === undefined) {
    const isInTrace = invocation !== undefined && isSpanContextValid(invocation);
    return {
      parent: isInTrace ? trace.setSpanContext(around, invocation) : around,
      links: linked.map((context) => ({ context })),
    };
  }
  // Two traces meet in one invocation: that of the sender or the alert goes on, that of the platform is linked.
  if (invocation !== undefined && invocation.traceId !== given.traceId) linked.push(invocation);
  return {
    parent: trace.setSpanContext(around, given),
    links: linked.map((context) => ({ context })),
  };
}

/**
 * The trace of whoever sends a request, with our own judgement of whether it is recorded: anybody may send us a `traceparent`, and none
 * of them decides what we export. The platform has judged the invocation, or left it to us; then it is recorded.
 */
function judgedHere(sent: SpanContext, invocation: SpanContext | undefined): SpanContext {
  return { ...sent, traceFlags: invocation?.traceFlags ?? TraceFlags.SAMPLED };
}

function remote(place: TraceContext | null): SpanContext | undefined {
  if (place === null) return undefined;
  const { traceId, spanId, isSampled } = place;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId, spanId, traceFlags, isRemote: true };
}

function contextOf(span: SpanContext | undefined): TraceContext | null {
  if (span === undefined || !isSpanContextValid(span)) return null;
  const { traceId, spanId, traceFlags } = span;
  return { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
}

const X_RAY = /Root=1-([0-9a-f]{8})-([0-9a-f]{24});Parent=([0-9a-f]{16})(?:;Sampled=([01]))?/;

/** The trace that Lambda itself has begun (active tracing), in W3C's words; not judged counts as recorded. With it even an installation without a layer has trace ids. */
function lambdaTrace(): TraceContext | null {
  const [, time, rest, spanId, sampled] = X_RAY.exec(process.env['_X_AMZN_TRACE_ID'] ?? '') ?? [];
  if (time === undefined || spanId === undefined) return null;
  return { traceId: `${time}${rest}`, spanId, isSampled: sampled !== '0' };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
