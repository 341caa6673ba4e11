import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { ask, peopleOf } from '../support/e2e/people.ts';
import { openTestStack, type TestStack } from '../support/e2e/test-stack.ts';
import { post, requestFor } from '../support/local-stack.ts';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../support/telemetry/otlp-receiver.ts';

const MONITOR = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const ALERTS = 'POST /v1/alerts/{sourceId}';

let collector: OtlpReceiver;
let open: TestStack;
let people: ReturnType<typeof peopleOf>;

beforeAll(async () => {
  collector = await startOtlpReceiver();
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  open = await openTestStack('traces', { env });
  people = peopleOf(open.stack);
});
afterAll(async () => {
  await open?.close();
  await collector?.close();
});

/** Waits for a span; both processes send theirs in their own time. */
async function span(what: string, isIt: (one: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
  await waitUntil(() => collector.spans().some(isIt), { what, withinMs: 20_000, everyMs: 200 });
  return collector.spans().find(isIt) as ReceivedSpan;
}

const under = (parent: ReceivedSpan, name: string) =>
  span(
    `${name} under ${parent.name}`,
    (one) =>
      one.name === name && one.traceId === parent.traceId && one.parentSpanId === parent.spanId,
  );

async function alert(participantId: string, traceparent: string) {
  const request = requestFor(open.stack.firstRequest, participantId);
  const answer = await post({ ...request, headers: { ...request.headers, traceparent } });
  expect(answer.status).toBe(202);
  return people.reach(participantId, 'its warning', ({ rung }) => rung === 'W', 60_000);
}

it('one alert is one trace, from the monitor to the steps of the case', async () => {
  const [{ caseId, workflowId }] = await Promise.all([
    alert('op-0001', `00-${MONITOR.traceId}-${MONITOR.spanId}-01`),
    alert('op-0002', 'what is this'),
  ]);
  const received = await span(
    'the request of the monitor',
    ({ name, parentSpanId }) => name === ALERTS && parentSpanId === MONITOR.spanId,
  );
  expect(received).toMatchObject({ traceId: MONITOR.traceId, service: 'swarm-functions' });
  const relayed = await under(received, 'relay observations');
  expect(relayed.attributes).toMatchObject({ 'swarm.case_id': caseId });
  const started = await under(relayed, 'workflow start violationCase');
  await under(relayed, 'workflow signal observationsReceived');
  const opened = await under(started, 'step openCase');
  expect(opened).toMatchObject({
    service: 'swarm-worker',
    attributes: { 'swarm.case_id': caseId, 'temporal.workflow_id': workflowId },
  });

  // What time alone led to has a trace of its own, and leads back to the alert.
  const confirmed = await span(
    'the confirmation, linked to the alert',
    ({ name, attributes }) => name === 'step confirmCase' && attributes['swarm.case_id'] === caseId,
  );
  expect(confirmed.traceId).not.toBe(MONITOR.traceId);
  expect(confirmed.links).toMatchObject([{ traceId: MONITOR.traceId, spanId: started.spanId }]);
});

it('a traceparent that is none is ignored, and another case has another trace', async () => {
  const [{ caseId } = { caseId: '' }] = await people.cases('op-0002');
  const opened = await span(
    'the opening of the other case',
    ({ name, attributes }) => name === 'step openCase' && attributes['swarm.case_id'] === caseId,
  );
  const received = await span(
    'the other request',
    ({ name, traceId }) => name === ALERTS && traceId === opened.traceId,
  );
  expect(received.parentSpanId).toBe('');
  expect(received.traceId).not.toBe(MONITOR.traceId);
  await under(await under(received, 'relay observations'), 'workflow start violationCase');
});

it('an action of a person is one trace, from its request to the step that records it', async () => {
  const [{ caseId } = { caseId: '' }] = await people.cases('op-0001');
  const path = `/v1/cases/${caseId}/acknowledge`;
  const json = { note: 'a private remark' };
  const answer = await ask(open.stack, { path, json, token: people.tokenOf('olga') });
  expect(answer.status).toBe(200);
  const request = await span(
    'the request of a person',
    ({ name }) => name === 'POST /v1/cases/{caseId}/acknowledge',
  );
  expect(request).toMatchObject({ parentSpanId: '', attributes: { 'swarm.case_id': caseId } });
  expect(request.traceId).not.toBe(MONITOR.traceId);
  const update = await under(request, 'workflow update acknowledge');
  await under(update, 'step recordAction');
});

it('no span says whose case it is, who acted, or what was written', () => {
  const attributes = new Set(collector.spans().flatMap((one) => Object.keys(one.attributes)));
  expect([...attributes].sort()).toEqual([
    'http.request.method',
    'http.response.status_code',
    'http.route',
    'swarm.alerts',
    'swarm.case_id',
    'swarm.observations',
    'temporal.attempt',
    'temporal.workflow_id',
  ]);
  const said = collector.text();
  expect(said).toContain(MONITOR.traceId);
  for (const secret of ['op-0001', 'op-0002', 'node-1', 'olga', 'private remark', 'downtime/']) {
    expect(said).not.toContain(secret);
  }
});
