import { createHash, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Answer } from './people.ts';

/** Where a network takes alerts, and what its two sources prove themselves with: a local stack, or a deployed installation. */
export interface Reception {
  readonly urls: { readonly api: string };
  readonly secrets: { readonly alertmanager: string; readonly native: string };
}

/** A request as a sender makes it. */
export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What one monitor sees of one resource; instants in epoch ms, `endsAtMs` null while it fires. */
export interface SeenAlert {
  readonly participantId: string;
  readonly resourceId: string;
  readonly violationType: string;
  readonly severity: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number | null;
}

const NEVER = '0001-01-01T00:00:00Z';

/** One alert as Alertmanager writes it; `fingerprint` stays the same over its episodes. */
export function alertmanagerAlert(seen: SeenAlert) {
  const { participantId, resourceId, violationType, severity, startsAtMs, endsAtMs } = seen;
  return {
    status: endsAtMs === null ? 'firing' : 'resolved',
    labels: {
      alertname: violationType,
      participant_id: participantId,
      resource_id: resourceId,
      violation_type: violationType,
      severity,
    },
    annotations: { summary: `${resourceId}: ${violationType}` },
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: endsAtMs === null ? NEVER : new Date(endsAtMs).toISOString(),
    generatorURL: 'http://127.0.0.1:9090/graph',
    fingerprint: fingerprintOf(seen),
  };
}

function fingerprintOf({ participantId, resourceId, violationType }: SeenAlert): string {
  const name = [participantId, resourceId, violationType].join('/');
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

/** The body of Alertmanager's webhook (version 4) for one group. */
export function alertmanagerBody(alerts: readonly unknown[], groupKey = '{}:{}'): string {
  return JSON.stringify({
    version: '4',
    receiver: 'swarm-slashing',
    status: 'firing',
    groupKey,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    truncatedAlerts: 0,
    alerts,
  });
}

/** A delivery of the configured Alertmanager. */
export function fromAlertmanager(stack: Reception, body: string): Delivery {
  return {
    url: `${stack.urls.api}/v1/alerts/alertmanager`,
    headers: {
      authorization: `Bearer ${stack.secrets.alertmanager}`,
      'content-type': 'application/json',
    },
    body,
  };
}

/** The body of a native delivery. */
export function nativeBody(alerts: readonly SeenAlert[]): string {
  return JSON.stringify({
    type: 'alert',
    timestamp: new Date().toISOString(),
    data: alerts.map(({ startsAtMs, endsAtMs, ...facts }) => ({
      ...facts,
      state: endsAtMs === null ? 'firing' : 'resolved',
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: endsAtMs === null ? null : new Date(endsAtMs).toISOString(),
    })),
  });
}

/** A delivery of the native sender, signed as Standard Webhooks say. */
export function fromNative(
  stack: Reception,
  body: string,
  signed: { id?: string; atMs?: number; secret?: string } = {},
): Delivery {
  const { id = randomUUID(), atMs = Date.now(), secret = stack.secrets.native } = signed;
  const at = new Date(Math.floor(atMs / 1_000) * 1_000);
  return {
    url: `${stack.urls.api}/v1/alerts/native`,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(at.getTime() / 1_000),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    body,
  };
}

/** What the sender of a delivery is told. */
export interface Receipt {
  receiptId: string;
  received: number;
  accepted: number;
  duplicate: number;
  quarantined: number;
}

/** Posts a delivery once, and reads the answer, so that the connection serves the next one. */
export async function deliver({ url, headers, body }: Delivery): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Posts a delivery that must be taken. */
export async function delivered(delivery: Delivery): Promise<Receipt> {
  const { status, body } = await deliver(delivery);
  if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as Receipt;
}
