import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import { REPUTATION_TO_ZERO } from '../domain/policy.ts';
import type { RungId } from '../domain/violation.ts';
import { parsePolicy } from './policy.ts';

// biome-ignore lint/suspicious/noExplicitAny: a file is edited at will here
type Draft = Record<string, any>;
const DAY_MS = 86_400_000;

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

function file(name: 'default' | 'demo'): Draft {
  return JSON.parse(readFileSync(new URL(`../policies/${name}.json`, import.meta.url), 'utf8'));
}

function faultsOf(edit: (draft: Draft) => void): string[] {
  const draft = file('default');
  edit(draft);
  try {
    parsePolicy(draft, sha256Hex);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'policy-invalid')
      return error.details['faults'] as string[];
    throw error;
  }
  return [];
}

test('the default policy has the rates, windows and suspensions of rules §G', () => {
  const policy = parsePolicy(file('default'), sha256Hex);
  const ladder = (family: 'performance' | 'operational' | 'security') =>
    policy.families[family].rungs.map((rung) => [
      rung.id,
      rung.slashBps,
      rung.graceBeforeMs / DAY_MS,
      rung.answerWindowMs / DAY_MS,
      rung.probationMs / DAY_MS,
      rung.approvals,
      rung.auditors,
    ]);
  expect(ladder('performance')).toEqual([
    ['W', 0, 0, 0, 0, 0, 0],
    ['P1', 1, 1, 1, 7, 0, 0],
    ['P2', 10, 1, 3, 28, 0, 0],
    ['S1', 100, 3, 7, 37, 1, 1],
    ['S2', 250, 30, 7, 0, 2, 0],
  ]);
  expect(ladder('operational')).toEqual([
    ['W', 0, 0, 0, 0, 0, 0],
    ['P1', 10, 7, 1, 14, 0, 0],
    ['P2', 50, 3, 3, 28, 0, 0],
    ['S1', 250, 3, 7, 56, 1, 1],
    ['S2', 850, 30, 7, 0, 2, 0],
  ]);
  expect(ladder('security')).toEqual([
    ['W', 0, 0, 0, 0, 0, 0],
    ['P1', 50, 1, 1, 28, 0, 0],
    ['P2', 200, 1, 3, 56, 0, 0],
    ['S1', 500, 1, 7, 84, 1, 2],
    ['S2', 1_000, 1, 7, 0, 2, 0],
  ]);
  expect(policy.families.performance.rungs[1]?.suspension).toEqual({
    kind: 'until-corrected',
    minMs: 600_000,
  });
  expect(policy.families.security.rungs[3]?.suspension).toEqual({
    kind: 'min',
    minMs: 28 * DAY_MS,
  });
  expect(policy.families.security.rungs[4]).toMatchObject({
    suspension: { kind: 'exclusion' },
    reputationWeight: REPUTATION_TO_ZERO,
  });
  expect(policy).toMatchObject({
    holdDownMs: 900_000,
    reopenMs: DAY_MS,
    disputeWindowMs: { warning: 14 * DAY_MS, penalty: 14 * DAY_MS, severe: 30 * DAY_MS },
    stakeHoldLapseMs: 28 * DAY_MS,
    pendingHardStopMs: 56 * DAY_MS,
    noticeFallbackMs: 2 * DAY_MS,
    vetoReviewMs: 8 * DAY_MS,
    dismissedSilenceMs: 7 * DAY_MS,
    governorAskMs: 30 * DAY_MS,
    staleSourceLimitMs: 3 * DAY_MS,
  });
});

test('the demo policy is the default in seconds: 2 s for a day and no window under 5 s', () => {
  const demo = parsePolicy(file('demo'), sha256Hex);
  const real = parsePolicy(file('default'), sha256Hex);
  const scaled = (ms: number): number =>
    ms === 0 ? 0 : Math.max(5_000, Math.ceil((ms / DAY_MS) * 2) * 1_000);
  for (const family of ['performance', 'operational', 'security'] as const) {
    demo.families[family].rungs.forEach((rung, index) => {
      const model = real.families[family].rungs[index]!;
      expect(rung).toEqual({
        ...model,
        graceBeforeMs: scaled(model.graceBeforeMs),
        answerWindowMs: scaled(model.answerWindowMs),
        probationMs: scaled(model.probationMs),
        rewardCutForMs: scaled(model.rewardCutForMs),
        suspension:
          'minMs' in model.suspension
            ? { ...model.suspension, minMs: scaled(model.suspension.minMs) }
            : model.suspension,
      });
    });
    expect(demo.families[family].start).toEqual(real.families[family].start);
  }
  expect(demo).toMatchObject({
    holdDownMs: 3_000,
    freshMinMs: 5_000,
    latenessMs: 3_000,
    reopenMs: 5_000,
  });
});

test('on paper the demo reaches S1 after about 35 s and ends its probation after 135 s (rules §G)', () => {
  const demo = parsePolicy(file('demo'), sha256Hex);
  const { rungs } = demo.families.performance;
  const window = (id: RungId): number => {
    const rung = rungs.find((candidate) => candidate.id === id)!;
    return Math.max(rung.graceBeforeMs, rung.answerWindowMs);
  };
  const allowance = demo.violationTypes['downtime']!.allowanceMs;
  const s1AtMs = allowance + window('P1') + window('P2') + window('S1');
  expect(s1AtMs).toBeGreaterThanOrEqual(25_000);
  expect(s1AtMs).toBeLessThanOrEqual(35_000);
  expect(35_000 + demo.disputeWindowMs.severe).toBe(95_000);
  expect(60_000 + rungs[3]!.probationMs).toBeGreaterThanOrEqual(134_000);
});

test('every violation type tells the participant what to do and what will be checked', () => {
  const policy = parsePolicy(file('default'), sha256Hex);
  expect(Object.keys(policy.violationTypes).sort()).toEqual([
    'downtime',
    'node-compromise',
    'resource-hoarding',
    'stake-shortfall',
    'subpar-delivery',
    'unauthorized-access',
  ]);
  for (const law of Object.values(policy.violationTypes)) {
    expect(law.guidance.steps.length).toBeGreaterThanOrEqual(3);
    expect(law.guidance.impact.length).toBeGreaterThan(40);
    expect(law.checks[0]).toEqual({ kind: 'head' });
    expect(law.allowanceMs).toBe(300_000);
  }
  expect(policy.violationTypes['downtime']?.checks[1]).toMatchObject({
    kind: 'http',
    group: 'network-probe',
  });
});

test('the hash is that of the canonical file: key order does not change it, a number does', () => {
  const draft = file('default');
  const reordered = Object.fromEntries(Object.entries(draft).reverse());
  const hash = parsePolicy(draft, sha256Hex).hash;
  expect(parsePolicy(reordered, sha256Hex).hash).toBe(hash);
  expect(parsePolicy({ ...draft, relayAttempts: 19 }, sha256Hex).hash).not.toBe(hash);
});

test('refuses unknown keys and wrong shapes, naming every fault with its place', () => {
  const faults = faultsOf((draft) => {
    draft['holdDwn'] = '15m';
    draft['reopen'] = 'tomorrow';
    draft['minimumStakeUnits'] = '-5';
    draft['families']['performance']['rungs'][1]['slashBps'] = 10_001;
  });
  expect(faults).toHaveLength(4);
  expect(faults.join('\n')).toMatch(/holdDwn/);
  expect(faults.join('\n')).toMatch(/^reopen: A duration is/m);
  expect(faults.join('\n')).toMatch(/^minimumStakeUnits: /m);
  expect(faults.join('\n')).toMatch(/^families\.performance\.rungs\.1\.slashBps: /m);
});

test.each<[string, (draft: Draft) => void, RegExp]>([
  [
    'a missing rung',
    (d) => d['families']['security']['rungs'].pop(),
    /security\.rungs must be W, P1/,
  ],
  [
    'a warning that costs',
    (d) => {
      d['families']['performance']['rungs'][0]['slashBps'] = 1;
    },
    /rule C12/,
  ],
  [
    'a rung without grace',
    (d) => {
      d['families']['performance']['rungs'][1]['graceBefore'] = '0s';
    },
    /rule A8/,
  ],
  [
    'a milder higher rung',
    (d) => {
      d['families']['performance']['rungs'][3]['slashBps'] = 9;
    },
    /S1 slashes less/,
  ],
  [
    'a shorter suspension above',
    (d) => {
      d['families']['security']['rungs'][2]['suspension'] = { kind: 'none' };
    },
    /P2 suspends less/,
  ],
  [
    'an approval nobody gives',
    (d) => {
      d['families']['performance']['rungs'][3]['approvals'] = 0;
    },
    /rule E2/,
  ],
  [
    'recurrence that starts lower',
    (d) => {
      d['families']['performance']['start']['minor'][2] = 'W';
    },
    /start\.minor\.3 starts lower/,
  ],
  [
    'severity that starts lower',
    (d) => {
      d['families']['performance']['start']['major'] = ['W', 'W', 'W', 'W'];
    },
    /start\.major\.1 starts lower/,
  ],
  [
    'a stake too small to feel a rate',
    (d) => {
      d['minimumStakeUnits'] = '9999';
    },
    /rule D3/,
  ],
  [
    'a hard stop before finality',
    (d) => {
      d['pendingHardStop'] = '30d';
    },
    /disputeWindow\.severe/,
  ],
  [
    'a wrong tier',
    (d) => {
      d['families']['performance']['rungs'][3]['tier'] = 'penalty';
    },
    /must be of tier severe/,
  ],
])('lints %s', (_name, edit, message) => {
  expect(faultsOf(edit).join('\n')).toMatch(message);
});
