import { describe, expect, test } from 'vitest';
import type { Family, RungId } from '../violation.ts';
import { type GateInput, type GateVerdict, judge } from './gate.ts';
import { rungOf, windowMs } from './pin.ts';
import {
  aSource,
  DAY_MS,
  firing,
  HOUR_MS,
  lawOf,
  MINUTE_MS,
  resolved,
  T0,
} from './test-fixtures.ts';

/** A gate at P1 of performance: noticed at T0, asked a day and a minute later, one monitor and our own probe agreeing. */
function atGate(
  change: Partial<GateInput> = {},
  family: Family = 'performance',
  id: RungId = 'P1',
): GateInput {
  const law = lawOf(family);
  const rung = rungOf(law, id);
  const nowMs = T0 + windowMs(rung) + MINUTE_MS;
  return {
    nowMs,
    law,
    rung,
    heads: [firing('s1', 'node-1', T0 - HOUR_MS, nowMs)],
    sources: [aSource('s1'), aSource('s2'), aSource('own', { ownerControlGroup: 'group-p-1' })],
    controlGroup: 'group-p-1',
    probes: [{ resourceId: 'node-1', group: 'network-probe', healthy: false }],
    oldestUndeliveredMs: null,
    named: { resourceIds: ['node-1'], servedAtMs: T0, requiredMs: windowMs(rung) },
    ...change,
  };
}

/** A gate at W: confirming, nothing served yet. */
function confirming(change: Partial<GateInput> = {}): GateInput {
  const nowMs = T0 + 5 * MINUTE_MS;
  return {
    ...atGate({}, 'performance', 'W'),
    nowMs,
    heads: [firing('s1', 'node-1', T0, nowMs)],
    probes: [],
    named: null,
    ...change,
  };
}

const brief = (verdict: GateVerdict): string =>
  verdict.verdict === 'hold' ? `hold ${verdict.cause}` : verdict.verdict;

describe('confirming (rules A3, B3)', () => {
  test('a warning needs one group and the whole allowance', () => {
    expect(judge(confirming())).toEqual({
      verdict: 'pass',
      groups: ['group-s1'],
      earning: ['node-1'],
      evidence: [{ alertKey: 's1/node-1', startsAtMs: T0, lastSeenAtMs: T0 + 5 * MINUTE_MS }],
      occurredAtMs: T0,
    });
  });

  test('within the allowance it waits until the allowance is over', () => {
    const nowMs = T0 + MINUTE_MS;
    expect(judge(confirming({ nowMs, heads: [firing('s1', 'node-1', T0, nowMs)] }))).toMatchObject({
      verdict: 'wait',
      dueAtMs: T0 + 5 * MINUTE_MS,
    });
  });

  test('an earlier episode of the same alert does not shorten the allowance', () => {
    const nowMs = T0 + MINUTE_MS;
    const head = firing('s1', 'node-1', T0, nowMs, {
      intervals: [
        { fromMs: T0 - 2 * HOUR_MS, toMs: T0 - HOUR_MS },
        { fromMs: T0, toMs: null },
      ],
    });
    expect(judge(confirming({ nowMs, heads: [head] }))).toMatchObject({
      verdict: 'wait',
      dueAtMs: T0 + 5 * MINUTE_MS,
    });
  });

  test('a gap shorter than the hold-down pauses the allowance, it does not reset it (rule A10)', () => {
    const nowMs = T0 + 6 * MINUTE_MS;
    const head = firing('s1', 'node-1', T0 + 5 * MINUTE_MS, nowMs, {
      intervals: [
        { fromMs: T0, toMs: T0 + 3 * MINUTE_MS },
        { fromMs: T0 + 5 * MINUTE_MS, toMs: null },
      ],
    });
    expect(judge(confirming({ nowMs, heads: [head] }))).toMatchObject({
      verdict: 'wait',
      dueAtMs: T0 + 7 * MINUTE_MS,
    });
  });

  test.each<[string, number, number]>([
    ['a recent start', T0 + 3 * MINUTE_MS, T0 + 3 * MINUTE_MS],
    ['a start older than the source may lag', T0 - DAY_MS, T0 + 4 * MINUTE_MS - 10 * MINUTE_MS],
    ['a start after its own arrival', T0 + HOUR_MS, T0 + 4 * MINUTE_MS],
  ])('occurredAt is clamped by arrival and lag: %s (rule B4)', (_name, startsAtMs, expected) => {
    const nowMs = T0 + DAY_MS;
    const head = firing('s1', 'node-1', T0, nowMs, {
      startsAtMs,
      firstReceivedAtMs: T0 + 4 * MINUTE_MS,
    });
    expect(judge(confirming({ nowMs, heads: [head] }))).toMatchObject({ occurredAtMs: expected });
  });
});

describe('the whole window (rules A2, A10)', () => {
  test('passes with the resources that fired through it', () => {
    expect(judge(atGate())).toMatchObject({
      verdict: 'pass',
      earning: ['node-1'],
      groups: ['group-s1', 'network-probe'],
    });
  });

  test('a gap pauses the clock: due when the window has been fired in full', () => {
    const input = atGate();
    const head = firing('s1', 'node-1', T0 + HOUR_MS + 10 * MINUTE_MS, input.nowMs, {
      intervals: [
        { fromMs: T0 - HOUR_MS, toMs: T0 + HOUR_MS },
        { fromMs: T0 + HOUR_MS + 10 * MINUTE_MS, toMs: null },
      ],
    });
    expect(judge({ ...input, heads: [head] })).toMatchObject({
      verdict: 'wait',
      dueAtMs: T0 + DAY_MS + 10 * MINUTE_MS,
    });
  });

  test('of two resources only the one that fired through earns; a thousand short ones earn nothing', () => {
    const input = atGate();
    const late = Array.from({ length: 1_000 }, (_, index) =>
      firing('s1', `late-${index}`, input.nowMs - 5 * MINUTE_MS, input.nowMs),
    );
    const named = {
      resourceIds: ['node-1', ...late.map((head) => head.resourceId)],
      servedAtMs: T0,
      requiredMs: DAY_MS,
    };
    expect(judge({ ...input, heads: [...input.heads, ...late], named })).toMatchObject({
      earning: ['node-1'],
    });
    expect(judge({ ...input, heads: late, named })).toMatchObject({ verdict: 'wait' });
  });

  test('a resource that no notice named earns nothing, however old its firing is', () => {
    const input = atGate({
      named: { resourceIds: ['node-2'], servedAtMs: T0, requiredMs: DAY_MS },
    });
    expect(judge(input)).toMatchObject({
      verdict: 'wait',
      unnamed: ['node-1'],
      dueAtMs: input.nowMs + DAY_MS,
    });
  });

  test('a gap as long as the reopen window starts the clock anew (rule A4)', () => {
    const input = atGate({ nowMs: T0 + 10 * DAY_MS });
    const head = firing('s1', 'node-1', T0 + 9 * DAY_MS + HOUR_MS, input.nowMs, {
      intervals: [
        { fromMs: T0, toMs: T0 + 23 * HOUR_MS },
        { fromMs: T0 + 9 * DAY_MS + HOUR_MS, toMs: null },
      ],
    });
    expect(judge({ ...input, heads: [head] })).toMatchObject({
      verdict: 'wait',
      dueAtMs: T0 + 10 * DAY_MS + HOUR_MS,
    });
  });

  test('silence is not firing: a stale head counts up to its last evidence only', () => {
    const input = atGate();
    const silent = firing('s1', 'node-1', T0, T0 + HOUR_MS);
    const fresh = firing('s2', 'node-1', input.nowMs - HOUR_MS, input.nowMs);
    expect(judge({ ...input, heads: [silent, fresh] })).toMatchObject({
      verdict: 'wait',
      dueAtMs: input.nowMs + 22 * HOUR_MS,
    });
  });

  test('a head of the participant as a whole stands for itself', () => {
    const input = atGate();
    const whole = firing('s1', null, T0 - HOUR_MS, input.nowMs);
    const named = { resourceIds: [null], servedAtMs: T0, requiredMs: DAY_MS };
    const probes = [{ resourceId: null, group: 'network-probe', healthy: false }];
    expect(judge({ ...input, heads: [whole], named, probes })).toMatchObject({ earning: [null] });
    expect(brief(judge({ ...input, heads: [whole], named }))).toBe('hold insufficient-evidence');
  });
});

describe('confirmations (rule B3)', () => {
  const seen = T0 + 40 * DAY_MS;
  const from = T0 - HOUR_MS;
  const one = firing('s1', 'node-1', from, seen);
  const other = firing('s2', 'node-1', from, seen);
  const sameGroup = [
    aSource('s1', { independenceGroup: 'g' }),
    aSource('s2', { independenceGroup: 'g' }),
  ];
  const agrees = { resourceId: 'node-1', group: 'network-probe', healthy: false };

  test.each<[string, Family, RungId, Partial<GateInput>, string]>([
    [
      'P1 with a probe that agrees',
      'performance',
      'P1',
      { heads: [one], probes: [agrees] },
      'pass',
    ],
    ['P1 with two groups', 'performance', 'P1', { heads: [one, other], probes: [] }, 'pass'],
    [
      'P1 with one group',
      'performance',
      'P1',
      { heads: [one], probes: [] },
      'hold insufficient-evidence',
    ],
    [
      'the same monitor twice',
      'performance',
      'P1',
      { heads: [one, other], probes: [], sources: sameGroup },
      'hold insufficient-evidence',
    ],
    [
      'a probe of the monitor’s own group',
      'performance',
      'P1',
      { heads: [one], probes: [{ ...agrees, group: 'group-s1' }] },
      'hold insufficient-evidence',
    ],
    [
      'a probe that could not look',
      'performance',
      'P1',
      { heads: [one], probes: [{ ...agrees, healthy: null }] },
      'hold insufficient-evidence',
    ],
    [
      'a probe of another resource',
      'performance',
      'P1',
      { heads: [one], probes: [{ ...agrees, resourceId: 'node-2' }] },
      'hold insufficient-evidence',
    ],
    [
      'a probe that finds it healthy',
      'performance',
      'P1',
      { heads: [one, other], probes: [{ ...agrees, healthy: true }] },
      'hold insufficient-evidence',
    ],
    [
      'operational P2 with a probe',
      'operational',
      'P2',
      { heads: [one], probes: [agrees] },
      'pass',
    ],
    [
      'S1 with one group',
      'performance',
      'S1',
      { heads: [one], probes: [] },
      'hold insufficient-evidence',
    ],
    ['S1 with two groups', 'performance', 'S1', { heads: [one, other], probes: [] }, 'pass'],
    [
      'security P1 with one group',
      'security',
      'P1',
      { heads: [one], probes: [] },
      'hold insufficient-evidence',
    ],
    ['security P1 with two groups', 'security', 'P1', { heads: [one, other], probes: [] }, 'pass'],
  ])('%s', (_name, family, id, change, expected) => {
    expect(brief(judge(atGate({ ...change, nowMs: seen }, family, id)))).toBe(expected);
  });

  test('confirmations of different resources do not add up', () => {
    const elsewhere = firing('s2', 'node-2', from, seen);
    const named = { resourceIds: ['node-1', 'node-2'], servedAtMs: T0, requiredMs: DAY_MS };
    expect(brief(judge(atGate({ heads: [one, elsewhere], probes: [], named, nowMs: seen })))).toBe(
      'hold insufficient-evidence',
    );
  });
});

describe('what never confirms (rules B1, B2)', () => {
  test.each<[string, Partial<GateInput>, string]>([
    ['a stale head', { heads: [firing('s1', 'node-1', T0, T0)] }, 'hold stale-source'],
    ['a disabled source', { sources: [aSource('s1', { enabled: false })] }, 'hold stale-source'],
    [
      'a truncated delivery',
      { sources: [aSource('s1', { truncatedAtMs: T0 })] },
      'hold stale-source',
    ],
    ['an unknown source', { sources: [] }, 'hold stale-source'],
    [
      'a family outside its scope',
      {
        sources: [
          aSource('s1', {
            scope: { families: ['security'], highestSeverity: 'critical', mayContain: false },
          }),
        ],
      },
      'hold stale-source',
    ],
    [
      'the participant’s own source',
      { sources: [aSource('s1', { ownerControlGroup: 'group-p-1' })] },
      'clear',
    ],
    ['our own lateness', { oldestUndeliveredMs: T0 }, 'hold lateness'],
  ])('%s', (_name, change, expected) => {
    expect(brief(judge(atGate(change)))).toBe(expected);
  });

  test('evidence as old as it may be still counts, a millisecond more does not', () => {
    const input = atGate();
    const edge = input.nowMs - 5 * MINUTE_MS;
    expect(brief(judge({ ...input, heads: [firing('s1', 'node-1', T0, edge)] }))).toBe('pass');
    expect(brief(judge({ ...input, heads: [firing('s1', 'node-1', T0, edge - 1)] }))).toBe(
      'hold stale-source',
    );
  });

  test('lateness begins beyond the policy’s limit', () => {
    const input = atGate();
    expect(brief(judge({ ...input, oldestUndeliveredMs: input.nowMs - 60_000 }))).toBe('pass');
    expect(brief(judge({ ...input, oldestUndeliveredMs: input.nowMs - 60_001 }))).toBe(
      'hold lateness',
    );
  });
});

describe('clear', () => {
  test('is as of the latest end of the heads that count', () => {
    const input = atGate();
    const heads = [
      resolved(firing('s1', 'node-1', T0, T0), T0 + 3 * HOUR_MS),
      resolved(firing('s2', 'node-1', T0, T0), T0 + 5 * HOUR_MS),
      resolved(firing('own', 'node-1', T0, T0), T0 + 9 * HOUR_MS),
    ];
    expect(judge({ ...input, heads })).toEqual({ verdict: 'clear', clearedAtMs: T0 + 5 * HOUR_MS });
  });

  test('is never in the future and never before the firing it ends (rule B4)', () => {
    const input = atGate();
    const future = resolved(firing('s1', 'node-1', T0, T0), input.nowMs + DAY_MS);
    const past = { ...resolved(firing('s1', 'node-1', T0, T0), T0), endsAtMs: T0 - DAY_MS };
    expect(judge({ ...input, heads: [future] })).toEqual({
      verdict: 'clear',
      clearedAtMs: input.nowMs,
    });
    expect(judge({ ...input, heads: [past] })).toEqual({ verdict: 'clear', clearedAtMs: T0 });
  });

  test('the participant’s own source can not correct: its resolve leaves another head firing (rule B2)', () => {
    const input = atGate();
    const heads = [...input.heads, resolved(firing('own', 'node-1', T0, T0), T0 + HOUR_MS)];
    expect(brief(judge({ ...input, heads }))).toBe('pass');
  });

  test('without any head that counts it is clear now', () => {
    const input = atGate({ heads: [] });
    expect(judge(input)).toEqual({ verdict: 'clear', clearedAtMs: input.nowMs });
  });
});

test('of several copies of a head the newest counts', () => {
  const input = atGate();
  const [head] = input.heads;
  const older = { ...head!, seq: 1 };
  const newer = { ...resolved(head!, T0 + HOUR_MS), seq: 2 };
  expect(brief(judge({ ...input, heads: [newer, older] }))).toBe('clear');
  expect(brief(judge({ ...input, heads: [older, newer] }))).toBe('clear');
});
