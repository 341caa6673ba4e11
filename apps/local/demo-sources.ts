import { parseSourceConfig, type SourceConfig } from '../../contracts/source-config.ts';
import { ADMIN_ACCOUNT } from './people.ts';

/** Ids of the secrets that the two sources prove themselves with. */
export const ALERTMANAGER_SECRET = 'source/alertmanager';
export const NATIVE_SECRET = 'source/native';

/** Alerts of one group may come minutes late without being old news. */
const MAX_LAG = '10m';

/**
 * The two configured senders: Alertmanager with a bearer token, and a signed native sender of another independence group, so that the
 * two confirm each other (rule B3). Labels become facts by name; what monitors usually say for severity is understood.
 */
export function demoSources(): SourceConfig[] {
  const common = {
    ownerControlGroup: 'swarm',
    setBy: [ADMIN_ACCOUNT],
    scope: {
      families: ['performance', 'security', 'operational'],
      highestSeverity: 'critical',
      mayContain: false,
    },
    // Senders to this stack repeat every second or two; its law lives in seconds.
    repeatInterval: '2s',
    maxLag: MAX_LAG,
  };
  return [
    parseSourceConfig({
      ...common,
      sourceId: 'alertmanager',
      kind: 'alertmanager',
      independenceGroup: 'prometheus-a',
      auth: { kind: 'bearer', secretId: ALERTMANAGER_SECRET },
      mapping: {
        version: 'alertmanager-1',
        participant: { labels: ['participant_id', 'participant', 'operator_id'] },
        resource: { labels: ['resource_id', 'resource'] },
        violationType: {
          labels: ['violation_type', 'slashing_rule', 'alertname'],
          values: {
            NodeDown: 'downtime',
            InstanceDown: 'downtime',
            SubparDelivery: 'subpar-delivery',
            NodeCompromise: 'node-compromise',
            UnauthorizedAccess: 'unauthorized-access',
            StakeShortfall: 'stake-shortfall',
            ResourceHoarding: 'resource-hoarding',
          },
        },
        severity: { labels: ['severity'], default: 'minor' },
      },
    }),
    parseSourceConfig({
      ...common,
      sourceId: 'native',
      kind: 'native',
      independenceGroup: 'guard-b',
      auth: { kind: 'standard-webhooks', secretId: NATIVE_SECRET },
      mapping: {
        version: 'native-1',
        participant: { labels: ['participant_id'] },
        resource: { labels: ['resource_id'] },
        violationType: { labels: ['violation_type'] },
        severity: { labels: ['severity'] },
      },
    }),
  ];
}
