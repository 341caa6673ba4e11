/** A request that anybody can repeat with curl. */
export interface CurlRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whose alert the first request brings, and about what. */
const LABELS = {
  alertname: 'NodeDown',
  participant_id: 'op-0001',
  resource_id: 'op-0001-node-1',
  violation_type: 'downtime',
  severity: 'warning',
};

/** The request that opens a case: one firing alert as Alertmanager posts it (webhook version 4). */
export function firstRequest(apiUrl: string, bearer: string, nowMs: number): CurlRequest {
  const alert = {
    status: 'firing',
    labels: LABELS,
    annotations: { summary: 'op-0001-node-1 does not answer' },
    startsAt: new Date(nowMs).toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://127.0.0.1:9090/graph',
    fingerprint: '5f3a0c1d9b7e2468',
  };
  const body = {
    version: '4',
    receiver: 'swarm-slashing',
    status: 'firing',
    groupKey: '{}:{alertname="NodeDown"}',
    groupLabels: { alertname: LABELS.alertname },
    commonLabels: LABELS,
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    truncatedAlerts: 0,
    alerts: [alert],
  };
  return {
    url: `${apiUrl}/v1/alerts/alertmanager`,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** The request as one line for a shell. */
export function asCurl({ url, headers, body }: CurlRequest): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  return ['curl -sS -X POST', url, ...lines, '-d', quoted(body)].join(' ');
}
