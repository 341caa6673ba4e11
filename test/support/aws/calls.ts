import type { DynamoDBBatchResponse } from 'aws-lambda';
import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import type { Problem } from '../../../contracts/problem.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  type Receipt,
  type SeenAlert,
} from '../e2e/deliveries.ts';
import type { CaseView } from '../e2e/people.ts';
import { type HttpRequest, httpEvent } from './events.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { LambdaSite } from './lambda-site.ts';

/** An answer of an HTTP function with its body read. */
export interface HttpAnswer<T = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: T;
}

/** Calls a function and gives its result; throws with the function's own error if it failed. */
export async function resultOf<T>(it: LambdaFunction, event: unknown): Promise<T> {
  const outcome = await it.invoke(event);
  if (outcome.kind === 'response') return outcome.result as T;
  throw new Error(JSON.stringify(outcome.error));
}

/** Sends a request to a function as API Gateway does. */
export async function ask<T = unknown>(
  it: LambdaFunction,
  request: HttpRequest,
): Promise<HttpAnswer<T>> {
  const result = await resultOf<{
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  }>(it, httpEvent(request));
  const body = result.body === '' ? undefined : JSON.parse(result.body);
  return { status: result.statusCode, headers: result.headers, body };
}

/** A request that must be refused: the problem that says why. */
export async function askForProblem(it: LambdaFunction, request: HttpRequest): Promise<Problem> {
  const { status, headers, body } = await ask<Problem>(it, request);
  if (headers['content-type'] === 'application/problem+json' && body.status === status) return body;
  throw new Error(`no problem but ${status} ${JSON.stringify({ headers, body })}`);
}

/** The delivery of an Alertmanager about some alerts. */
export function alertDelivery(site: LambdaSite, alerts: readonly unknown[]): HttpRequest {
  return {
    method: 'POST',
    route: '/v1/alerts/{sourceId}',
    path: '/v1/alerts/alertmanager',
    headers: { authorization: `Bearer ${site.stack.secrets.alertmanager}` },
    text: alertmanagerBody(alerts),
  };
}

/** A node of a participant that is seen to hoard, since now. */
export function hoarding(participantId: string, resourceId = `${participantId}-node-1`): SeenAlert {
  return {
    participantId,
    resourceId,
    violationType: 'resource-hoarding',
    severity: 'minor',
    startsAtMs: Date.now(),
    endsAtMs: null,
  };
}

/** Has one alert accepted; it then waits for the relay. */
export async function accepted(
  site: LambdaSite,
  seen: SeenAlert,
  fingerprint?: string,
): Promise<Receipt> {
  const alert = { ...alertmanagerAlert(seen), ...(fingerprint !== undefined && { fingerprint }) };
  const { status, body } = await ask<Receipt>(
    await site.shared('receive-alert'),
    alertDelivery(site, [alert]),
  );
  if (status !== 202 || body.accepted !== 1) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}

/** As often as the deployed stream hands over a record: once and three times again. */
const OFFERS = 4;

/** Hands what waits for a participant to the relay, and what it could not relay again, as the stream does. */
export async function relayed(site: LambdaSite, participantId: string): Promise<void> {
  const relay = await site.shared('relay-observations');
  let failed: unknown[] = [];
  for (let offer = 0; offer < OFFERS; offer++) {
    const event = await site.undeliveredOf(participantId);
    const result = await resultOf<DynamoDBBatchResponse>(relay, event);
    failed = result.batchItemFailures;
    if (failed.length === 0) return;
  }
  throw new Error(`Not relayed: ${JSON.stringify(failed)}\n${relay.log().slice(-2_000)}`);
}

/** Opens a case by an alert through the bundles, and waits until the worker has written its record. */
export async function openCase(site: LambdaSite, participantId: string): Promise<CaseView> {
  await accepted(site, hoarding(participantId));
  await relayed(site, participantId);
  return onlyCaseOf(site, participantId);
}

/** The one case of a participant, as soon as it has a record. */
export async function onlyCaseOf(site: LambdaSite, participantId: string): Promise<CaseView> {
  const api = await site.shared('cases-api');
  let found: CaseView[] = [];
  await waitUntil(
    async () => {
      const path = `/v1/cases?participantId=${participantId}`;
      const token = tokenOf(site, 'vera');
      const answer = await ask<{ items: CaseView[] }>(api, {
        method: 'GET',
        route: '/v1/cases',
        path,
        token,
      });
      found = answer.body.items;
      return found.length > 0;
    },
    { what: `a case of ${participantId}`, withinMs: 30_000, everyMs: 100 },
  );
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) throw new Error(`${found.length} cases`);
  return only;
}

/** The token of an account of the demonstration. */
export function tokenOf({ stack }: LambdaSite, account: string): string {
  const token = stack.tokens[account];
  if (token === undefined) throw new Error(`No token for ${account}.`);
  return token;
}
