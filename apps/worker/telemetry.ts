import { randomBytes } from 'node:crypto';
import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { TRACE_HEADER, TRACE_ORIGIN_HEADER } from '../../contracts/temporal.ts';
import { parseTraceparent } from '../../domain/traceparent.ts';
import type { MessageSpan, TraceSinks } from '../../workflows/trace/interceptors.ts';

/** Traces that are being exported. */
export interface Tracing {
  /** Sends what is left and ends; a collector that does not answer holds nobody up for long. */
  stop(): Promise<void>;
}

/** Ids of spans: random, but for those that a workflow has given already to the steps that follow from them. */
const ids = {
  chosen: null as string | null,
  generateTraceId: () => randomBytes(16).toString('hex'),
  generateSpanId: () => ids.chosen ?? randomBytes(8).toString('hex'),
};

const TRACER = 'swarm-slashing';

const LAST_EXPORT_MS = 3_000;

/**
 * Sends the spans of this process to the collector of `OTEL_EXPORTER_OTLP_ENDPOINT` by OTLP over HTTP; null when there is none. The SDK
 * reads the other `OTEL_…` variables itself: headers, sampler, batches. It is loaded only when it is wanted.
 */
export async function startTracing(
  env: Readonly<Record<string, string | undefined>>,
  serviceName: string,
): Promise<Tracing | null> {
  if (!env['OTEL_EXPORTER_OTLP_ENDPOINT'] && !env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])
    return null;
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const provider = new BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': env['OTEL_SERVICE_NAME'] || serviceName,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    idGenerator: ids,
  });
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      const late = AbortSignal.timeout(LAST_EXPORT_MS);
      const tooLate = new Promise<void>((resolve) => {
        late.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([provider.shutdown().catch(() => undefined), tooLate]);
    },
  };
}

/**
 * A span per attempt of a step: in the trace of the message that led to it, or, where time alone did, in one of its own that is linked to
 * the alert which opened the case. Names of steps and ids of workflows only: what participants wrote stays here.
 */
export const traceSteps: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const origin = placeIn(input.headers[TRACE_ORIGIN_HEADER]);
      const { workflowId = '' } = info.workflowExecution ?? {};
      const span = trace.getTracer(TRACER).startSpan(
        `step ${info.activityType}`,
        {
          kind: SpanKind.CONSUMER,
          links: origin === null ? [] : [{ context: origin } satisfies Link],
          attributes: { ...caseAttributes(workflowId), 'temporal.attempt': info.attempt },
        },
        under(placeIn(input.headers[TRACE_HEADER])),
      );
      try {
        return await next(input);
      } catch (error) {
        span.setAttribute('error.type', typeOf(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  },
});

/** Writes the spans of the messages that workflows have handled. */
export const traceSinks: InjectedSinks<TraceSinks> = {
  traces: {
    messageHandled: {
      fn({ workflowId }, message) {
        ids.chosen = message.spanId;
        try {
          writeMessage(workflowId, message);
        } finally {
          ids.chosen = null;
        }
      },
      callDuringReplay: false,
    },
  },
};

function writeMessage(workflowId: string, message: MessageSpan): void {
  trace
    .getTracer(TRACER)
    .startSpan(
      `workflow ${message.kind} ${message.name}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: new Date(message.startedAtMs),
        attributes: caseAttributes(workflowId),
      },
      under(remote(message.parent)),
    )
    .end(new Date(message.endedAtMs));
}

function caseAttributes(workflowId: string): Record<string, string> {
  return {
    'temporal.workflow_id': workflowId,
    'swarm.case_id': workflowId.split('/').at(-1) ?? '',
  };
}

function under(parent: SpanContext | null): Context {
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

function placeIn(payload: Payload | undefined): SpanContext | null {
  return payload ? remote(defaultPayloadConverter.fromPayload<unknown>(payload)) : null;
}

function remote(traceparent: unknown): SpanContext | null {
  const place = parseTraceparent(traceparent);
  if (place === null) return null;
  const { traceId, spanId, isSampled } = place;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId, spanId, traceFlags, isRemote: true };
}

/** Code of a refusal, or name of an error; never its message. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
