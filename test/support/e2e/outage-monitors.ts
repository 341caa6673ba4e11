import type { Target } from '../../e2e/target.ts';
import { type RunningMonitor, startAlertmanager, startPrometheus } from '../parts/monitoring.ts';
import { OUTAGE } from './main-job.ts';

/** Prometheus that watches a node, and Alertmanager that posts what it sees. */
export interface OutageMonitors {
  readonly prometheus: RunningMonitor;
  readonly stop: () => Promise<void>;
}

/** Starts both, configured as the documentation says, to post to an API with the source's secret. */
export async function startOutageMonitors(options: {
  readonly folder: string;
  readonly target: Target;
  readonly apiUrl: string;
  readonly secret: string;
}): Promise<OutageMonitors> {
  const { folder, target, apiUrl, secret } = options;
  const alertmanager = await startAlertmanager({ folder, config: routes(apiUrl, secret) });
  const prometheus = await startPrometheus({
    folder,
    config: scrape(target),
    rules: [nodeDown],
    alertmanager,
  });
  return {
    prometheus,
    async stop() {
      await prometheus.process.stop();
      await alertmanager.process.stop();
    },
  };
}

const nodeDown = {
  name: 'nodes',
  interval: '1s',
  rules: [
    {
      alert: 'NodeDown',
      expr: 'up == 0',
      labels: { severity: 'warning', violation_type: 'downtime' },
      annotations: { summary: 'The node does not answer scrapes.' },
    },
  ],
};

function scrape(node: Target): Record<string, unknown> {
  const labels = { participant_id: OUTAGE.participantId, resource_id: OUTAGE.resourceId };
  const static_configs = [{ targets: [new URL(node.url).host], labels }];
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'nodes', static_configs }],
  };
}

function routes(apiUrl: string, secret: string): Record<string, unknown> {
  const webhook = {
    url: `${apiUrl}/v1/alerts/alertmanager`,
    send_resolved: true,
    max_alerts: 0,
    http_config: {
      follow_redirects: false,
      authorization: { type: 'Bearer', credentials: secret },
    },
  };
  return {
    route: {
      receiver: 'swarm-slashing',
      group_by: ['alertname', 'participant_id'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1s',
    },
    receivers: [{ name: 'swarm-slashing', webhook_configs: [webhook] }],
  };
}
