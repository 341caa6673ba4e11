import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import { invocation } from './invocation.ts';
import { SILENT_METER } from './metrics.ts';
import * as tracing from './tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const OTHER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const project = path.join(import.meta.dirname, '../..');

afterEach(() => {
  trace.disable();
  delete process.env['_X_AMZN_TRACE_ID'];
  delete process.env['AWS_LAMBDA_FUNCTION_NAME'];
});

/** What a layer or the local stack does: registers a provider with its own copy of the API. */
function register(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  return exporter;
}

const seen = (plan: Partial<tracing.SpanPlan> = {}) =>
  tracing.inSpan({ name: 'x', kind: 'server', ...plan }, async () => tracing.currentTraceparent());

it('carries the trace of the caller on where nobody records', async () => {
  expect(await seen({ parent: PARENT })).toBe(PARENT);
  expect(await seen({ parent: 'garbage' })).toBeUndefined();
  expect(await seen()).toBeUndefined();
  expect(tracing.currentTraceparent()).toBeUndefined();
});

it('takes the trace that Lambda has begun, unless the caller brings one', async () => {
  process.env['_X_AMZN_TRACE_ID'] =
    'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  expect(await seen()).toBe('00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01');
  expect(await seen({ parent: PARENT })).toBe(PARENT);
});

it('records a span under the caller, linked to what else led to it and to the platform’s own', async () => {
  const exporter = register();
  process.env['_X_AMZN_TRACE_ID'] = `Root=1-5759e988-${'b'.repeat(24)};Parent=${'c'.repeat(16)}`;
  const own = await seen({ parent: PARENT, links: [OTHER, 'garbage'], attributes: { a: 1 } });
  const [span] = exporter.getFinishedSpans();
  expect(own).toBe(`00-${TRACE}-${span?.spanContext().spanId}-01`);
  expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(span?.links.map(({ context }) => context.traceId)).toEqual([
    '4bf92f3577b34da6a3ce929d0e0e4736',
    `5759e988${'b'.repeat(24)}`,
  ]);
  expect(span?.attributes).toEqual({ a: 1 });
});

it.each([
  ['records what the platform records, though the caller does not', '-00', ';Sampled=1', '-01'],
  [
    'records nothing that the platform does not, though the caller does',
    '-01',
    ';Sampled=0',
    '-00',
  ],
  ['records what the platform left open', '-00', '', '-01'],
])('%s', async (_name, flag, judged, own) => {
  const exporter = register();
  process.env['_X_AMZN_TRACE_ID'] =
    `Root=1-5759e988-${'b'.repeat(24)};Parent=${'c'.repeat(16)}${judged}`;
  const parent = PARENT.replace(/-01$/, flag);
  expect(await seen({ parent })).toMatch(new RegExp(`^00-${TRACE}-.*${own}$`));
  expect(exporter.getFinishedSpans()).toHaveLength(own === '-01' ? 1 : 0);
});

it('records a caller’s request where no platform judges, and goes on as judged when it is relayed', async () => {
  const exporter = register();
  const parent = PARENT.replace(/-01$/, '-00');
  expect(await seen({ parent })).toMatch(/-01$/);
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  expect(await seen({ parent, kind: 'consumer' })).toMatch(/-00$/);
  expect(exporter.getFinishedSpans()).toHaveLength(1);
});

it('says of a failure its code and never its words', async () => {
  const exporter = register();
  const failing = tracing.inSpan({ name: 'x', kind: 'consumer' }, async () => {
    tracing.annotate({ 'swarm.case_id': 'c' });
    throw new DomainError('store-unreachable', 'dependency', 'op-0001 cannot be read');
  });
  await expect(failing).rejects.toThrow('op-0001');
  const [span] = exporter.getFinishedSpans();
  expect(span?.attributes).toEqual({
    'swarm.case_id': 'c',
    'error.type': 'store-unreachable',
  });
  expect(span?.events).toEqual([]);
  expect(JSON.stringify(span?.status)).not.toContain('op-0001');
});

it('writes the trace id into each line of the log, also after an await', async () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const log = tracing.tracedLog({ info: write, warn: write, error: write });
  await tracing.inSpan({ name: 'x', kind: 'server', parent: PARENT }, async () => {
    await new Promise(setImmediate);
    log.warn('within', { a: 1 });
  });
  log.info('outside', { a: 1 });
  expect(lines).toEqual([
    ['within', { a: 1, traceId: TRACE }],
    ['outside', { a: 1 }],
  ]);
});

it('on Lambda sends the spans of an invocation before it is over, also when it fails', async () => {
  process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'swarm-receive-alert';
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new BatchSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  const failing = invocation(SILENT_METER, () =>
    tracing.inSpan({ name: 'x', kind: 'server' }, async () => {
      throw new Error('no answer');
    }),
  );
  await expect(failing).rejects.toThrow('no answer');
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['x']);
});

it('waits for no collector that does not answer, and fails with none that fails', async () => {
  process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'swarm-receive-alert';
  const silent = { getTracer: () => trace.getTracer('x'), forceFlush: () => new Promise(() => {}) };
  trace.setGlobalTracerProvider(silent);
  await tracing.flushTraces(1);
  trace.disable();
  const broken = { ...silent, forceFlush: () => Promise.reject(new Error('refused')) };
  trace.setGlobalTracerProvider(broken);
  await tracing.flushTraces();
});

it('as a bundle finds the provider that another copy of the API has registered', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-layer-'));
  try {
    const outfile = path.join(folder, 'index.mjs');
    await build({
      absWorkingDir: project,
      entryPoints: ['functions/shared/tracing.ts'],
      outfile,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      logLevel: 'silent',
    });
    const bundled: typeof tracing = await import(pathToFileURL(outfile).href);
    const exporter = register();
    await bundled.inSpan({ name: 'in the bundle', kind: 'server' }, async () => undefined);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['in the bundle']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('uses an API no newer than that of the AWS layer: a newer one takes the layer’s provider for none', () => {
  const manifest = path.join(project, 'node_modules/@opentelemetry/api/package.json');
  const [major, minor] = JSON.parse(readFileSync(manifest, 'utf8')).version.split('.').map(Number);
  expect(major).toBe(1);
  expect(minor).toBeLessThanOrEqual(9);
});
