import { describe, expect, it } from 'vitest';
import { parseSourceConfig, type SourceConfigInput } from '../contracts/source-config.ts';
import type { AlertHead } from '../domain/observation.ts';
import type { Participant } from '../domain/participant.ts';
import type { ViolationTypeLaw } from '../domain/policy.ts';
import type { RawAlert } from './alert.ts';
import { CLOCK_TOLERANCE_MS, claimOf, type MappingContext, mapAlert } from './mapping.ts';

const input: SourceConfigInput = {
  sourceId: 'prometheus',
  kind: 'alertmanager',
  ownerControlGroup: 'network',
  independenceGroup: 'monitors',
  setBy: ['ada'],
  scope: { families: ['performance'], highestSeverity: 'moderate', participants: ['p1', 'p2'] },
  repeatInterval: '1h',
  maxLag: '10m',
  auth: { kind: 'bearer', secretId: 'prometheus' },
  mapping: {
    version: 'm7',
    participant: { labels: ['participant', 'operator'], values: { legacy: 'p1' } },
    resource: { labels: ['instance'], values: { '10.0.0.1:9100': 'n1' } },
    violationType: {
      labels: ['violation', 'alertname'],
      values: { NodeDown: 'downtime' },
      default: 'downtime',
    },
    severity: { labels: ['severity'], values: { sev1: 'critical' } },
  },
};
const source = parseSourceConfig(input);

function participant(participantId: string): Participant {
  return {
    participantId,
    kind: 'hardware-provider',
    displayName: participantId,
    controlGroup: participantId,
    registeredAtMs: 0,
    checksPassed: 0,
    resources: [{ resourceId: 'n1', capacity: 1 }],
  };
}

const law = (type: string, family: ViolationTypeLaw['family']) => ({ type, family });

const context: MappingContext = {
  source,
  participants: new Map(['p1', 'p2', 'p3'].map((id) => [id, participant(id)])),
  violationTypes: {
    downtime: law('downtime', 'performance'),
    'node-compromise': law('node-compromise', 'security'),
  } as unknown as MappingContext['violationTypes'],
  receivedAtMs: 1_000_000,
};

function raw(labels: Record<string, string>, more: Partial<RawAlert> = {}): RawAlert {
  return {
    fingerprint: 'f',
    state: 'firing',
    labels: { participant: 'p1', severity: 'minor', ...labels },
    startsAtMs: 999_000,
    endsAtMs: null,
    summary: '',
    evidenceUrl: null,
    sample: '{}',
    ...more,
  };
}

describe('claimOf', () => {
  it.each([
    ['the first label that is there', { participant: '', operator: 'p2' }, { participantId: 'p2' }],
    ['a value of the table', { participant: 'legacy' }, { participantId: 'p1' }],
    ['a resource of the table', { instance: '10.0.0.1:9100' }, { resourceId: 'n1' }],
    ['a value that is in no table', { instance: 'n2' }, { resourceId: 'n2' }],
    ['no resource', {}, { resourceId: null }],
    ['the default', {}, { violationType: 'downtime' }],
    ['a severity of the table', { severity: 'sev1' }, { severity: 'critical' }],
    ['a common word for severity', { severity: 'Warning' }, { severity: 'minor' }],
    ['a severity of ours', { severity: 'CRITICAL' }, { severity: 'critical' }],
    ['no such severity', { severity: 'constructor' }, { severity: null }],
    ['no inherited value', { participant: 'toString' }, { participantId: 'toString' }],
  ])('takes %s', (_name, labels, expected) => {
    expect(claimOf(raw(labels), source)).toMatchObject(expected);
  });
});

describe('mapAlert', () => {
  it.each([
    ['participant-missing', { participant: '' }],
    ['participant-unknown', { participant: 'p9' }],
    ['resource-not-owned', { instance: 'n9' }],
    ['violation-type-unknown', { alertname: 'DiskFull' }],
    ['violation-type-unknown', { alertname: '__proto__' }],
    ['severity-unknown', { severity: 'loud' }],
    ['out-of-scope', { violation: 'node-compromise' }],
    ['out-of-scope', { participant: 'p3' }],
  ])('says %s for %o', (reason, labels) => {
    expect(mapAlert(raw(labels), null, context)).toEqual({ ok: false, reason });
  });

  it('asks whose the resource was when it began, as far back as the source may say (rules B4, B8)', () => {
    const gone = context.receivedAtMs - 1_000;
    const [known] = context.participants.values();
    if (known === undefined) throw new Error('nobody is known');
    const former = {
      ...known,
      resources: [],
      formerResources: known.resources.map(({ resourceId }) => ({ resourceId, untilMs: gone })),
    };
    const participants = new Map([[known.participantId, former]]);
    const begun = (startsAtMs: number) =>
      mapAlert({ ...raw({ instance: '10.0.0.1:9100' }), startsAtMs }, null, {
        ...context,
        participants,
      });
    expect(begun(gone - 1)).toMatchObject({ ok: true });
    expect(begun(gone)).toEqual({ ok: false, reason: 'resource-not-owned' });
  });

  it('makes an observation, believed up to the highest severity of its source (rule B2)', () => {
    const alert = raw({ instance: '10.0.0.1:9100', severity: 'sev1' });
    expect(mapAlert(alert, null, context)).toMatchObject({
      ok: true,
      observation: {
        alertKey: 'prometheus/f',
        participantId: 'p1',
        resourceId: 'n1',
        violationType: 'downtime',
        severity: 'moderate',
        mappingVersion: 'm7',
        receivedAtMs: 1_000_000,
      },
    });
  });

  it('puts aside what begins further ahead than clocks differ, but never a resolve', () => {
    const ahead = { startsAtMs: 1_000_000 + CLOCK_TOLERANCE_MS + 1 };
    const near = { startsAtMs: 1_000_000 + CLOCK_TOLERANCE_MS };
    expect(mapAlert(raw({}, ahead), null, context)).toMatchObject({ reason: 'from-the-future' });
    expect(mapAlert(raw({}, near), null, context).ok).toBe(true);
    const resolve = { ...ahead, state: 'resolved' as const, endsAtMs: 2_000_000 };
    expect(mapAlert(raw({}, resolve), null, context).ok).toBe(true);
  });

  it('follows the head while it fires, and the mapping again after that', () => {
    const head = {
      status: 'firing',
      participantId: 'p2',
      resourceId: 'n7',
      violationType: 'retired-type',
      severity: 'minor',
      mappingVersion: 'm1',
    } as AlertHead;
    const alert = raw({ participant: 'nobody', severity: 'loud' });
    expect(mapAlert(alert, head, context)).toMatchObject({
      ok: true,
      observation: {
        participantId: 'p2',
        resourceId: 'n7',
        violationType: 'retired-type',
        severity: 'minor',
        mappingVersion: 'm1',
      },
    });
    expect(mapAlert(alert, { ...head, status: 'resolved' }, context).ok).toBe(false);
  });
});
