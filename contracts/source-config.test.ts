import { expect, it } from 'vitest';
import { parseSourceConfig, type SourceConfigInput } from './source-config.ts';

const input: SourceConfigInput = {
  sourceId: 'prometheus-eu',
  kind: 'alertmanager',
  ownerControlGroup: 'network',
  independenceGroup: 'monitors',
  setBy: ['ada'],
  scope: { families: ['performance'], highestSeverity: 'major' },
  repeatInterval: '4h',
  maxLag: '10m',
  auth: { kind: 'bearer', secretId: 'prometheus-eu' },
  mapping: {
    version: '1',
    participant: { labels: ['participant_id'] },
    violationType: { labels: ['violation_type'] },
    severity: { labels: ['severity'], default: 'minor' },
  },
};

it('reads durations and fills in what may be left out', () => {
  expect(parseSourceConfig(input)).toMatchObject({
    enabled: true,
    repeatIntervalMs: 14_400_000,
    maxLagMs: 600_000,
    scope: { mayContain: false },
    mapping: { participant: { labels: ['participant_id'], values: {} } },
  });
});

it.each([
  ['sourceId', { sourceId: 'Prometheus EU' }],
  ['kind', { kind: 'pager' }],
  ['repeatInterval', { repeatInterval: 'often' }],
  ['scope.families', { scope: { ...input.scope, families: [] } }],
  ['setBy', { setBy: [] }],
  ['auth', { auth: { kind: 'none' } }],
  ['', { repeat: '4h' }],
])('refuses a wrong %s and says so', (path, more) => {
  expect(() => parseSourceConfig({ ...input, ...more })).toThrow(
    expect.objectContaining({
      code: 'source-config-invalid',
      fault: 'caller',
      message: expect.stringContaining(`${path}`),
    }),
  );
});
