import type { CheckSpec, Policy, ViolationTypeLaw } from '../../policy.ts';
import { FAMILIES, type Family } from '../../violation.ts';
import { failing, lasting } from './words.ts';

/** The violations that the network's terms name, and where they belong (design §2). */
const NAMED: Readonly<Record<string, Family>> = {
  downtime: 'performance',
  'subpar-delivery': 'performance',
  unobservable: 'performance',
  'node-compromise': 'security',
  'unauthorized-access': 'security',
  'stake-shortfall': 'operational',
  'resource-hoarding': 'operational',
};

/** Types that the system itself opens cases of: for flapping and for a stake that is short. */
const OPENED_BY_US: Readonly<Record<string, string>> = {
  'subpar-delivery': 'A10',
  'stake-shortfall': 'C10',
};

/**
 * Every family has violations, those that the law itself speaks of are there and in their family, and the checks of each can prove a
 * correction with evidence that is recent enough (rules A3, A9, A10, A11, B1). Returns a sentence per fault; needs whole ladders.
 */
export function lintTypes(policy: Policy): string[] {
  const types = Object.values(policy.violationTypes);
  return [
    ...FAMILIES.filter((family) => !types.some((type) => type.family === family)).map(
      (family) =>
        `families.${family} has no violation type: nobody could ever come under its ladder`,
    ),
    ...Object.entries(OPENED_BY_US)
      .filter(([type]) => policy.violationTypes[type] === undefined)
      .map(
        ([type, rule]) => `violationTypes.${type} is missing: the system opens it (rule ${rule})`,
      ),
    ...types.flatMap((type) => lintType(policy, type)),
  ];
}

function lintType(policy: Policy, law: ViolationTypeLaw): string[] {
  const place = `violationTypes.${law.type}`;
  const named = NAMED[law.type];
  return [
    ...failing([
      [
        named === undefined || law.family === named,
        `${place} belongs to ${named}, not to ${law.family} (design §2)`,
      ],
      [
        law.allowanceMs < policy.evidenceAgeMs,
        `${place}.allowance of ${lasting(law.allowanceMs)} is not shorter than evidenceAge of ${lasting(policy.evidenceAgeMs)}: its evidence would be too old before it counts (rules A3, A9)`,
      ],
      [
        law.checks.some(({ kind }) => kind === 'head'),
        `${place}.checks lack "head": whether the alerts are clear must be part of a cure (rule A10)`,
      ],
    ]),
    ...law.checks.flatMap((check, index) =>
      lintCheck(policy, law, `${place}.checks.${index}`, check),
    ),
    ...lintWatch(policy, law),
  ];
}

function lintCheck(
  policy: Policy,
  law: ViolationTypeLaw,
  place: string,
  check: CheckSpec,
): string[] {
  if (check.kind !== 'http' && check.kind !== 'promql') return [];
  const { timeoutMs } = check;
  return [
    ...failing([
      [
        timeoutMs > 0 && timeoutMs < policy.freshMinMs,
        `${place}.timeout of ${lasting(timeoutMs)} must be above zero and below freshMin of ${lasting(policy.freshMinMs)}: a look that takes longer is no longer fresh (rule B1)`,
      ],
    ]),
    ...(check.kind === 'promql' ? lintQuery(policy, law, `${place}.query`, check.query) : []),
  ];
}

/** How the network itself watches for the violation: its books only for stakes, its queries in time and without a long memory. */
function lintWatch(policy: Policy, law: ViolationTypeLaw): string[] {
  const place = `violationTypes.${law.type}.watch`;
  const { watch } = law;
  if (watch === undefined) return [];
  if (watch.kind === 'stake') {
    return failing([
      [
        law.type === 'stake-shortfall',
        `${place} looks at stakes, which say nothing about ${law.type} (rule C10)`,
      ],
    ]);
  }
  const { timeoutMs } = watch;
  return [
    ...failing([
      [
        timeoutMs > 0 && timeoutMs < policy.watchEveryMs,
        `${place}.timeout of ${lasting(timeoutMs)} must be above zero and below watchEvery of ${lasting(policy.watchEveryMs)}: one look would run into the next (rule B1)`,
      ],
    ]),
    ...lintQuery(policy, law, `${place}.query`, watch.query),
  ];
}

function lintQuery(
  policy: Policy,
  { family }: ViolationTypeLaw,
  place: string,
  query: string,
): string[] {
  const graces = policy.families[family].rungs.map(({ graceBeforeMs }) => graceBeforeMs);
  const mostMs = Math.min(...graces.filter((graceMs) => graceMs > 0)) / 2;
  const backMs = lookBackMs(query);
  return failing([
    [
      backMs <= mostMs,
      `${place} looks back ${lasting(backMs)}, more than half the shortest grace of ${family}, ${lasting(mostMs)}: it would still see the fault when it is mended (rule A10)`,
    ],
  ]);
}

/** The monitoring servers that a policy asks, by name: in its checks, and to watch. */
export function promqlServersOf(policy: Policy): string[] {
  const asked = Object.values(policy.violationTypes).flatMap(({ checks, watch }) =>
    [...checks, watch].flatMap((asks) => (asks?.kind === 'promql' ? [asks.server] : [])),
  );
  return [...new Set(asked)].sort();
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const RANGE = /\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*(?::[^\]]*)?\]/g;
const OFFSET = /\boffset\s+((?:\d+(?:ms|[smhdwy]))+)/g;

/** Units of a PromQL duration, in ms. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/**
 * How far into the past a PromQL query looks, such as 600,000 for `rate(errors[10m])`: its longest range and its longest offset; 0 for
 * one that looks at the present only.
 */
export function lookBackMs(query: string): number {
  const bare = query.replaceAll(QUOTED, '""');
  const longestMs = (pattern: RegExp) =>
    Math.max(0, ...[...bare.matchAll(pattern)].map(([, span = '']) => spanMs(span)));
  return longestMs(RANGE) + longestMs(OFFSET);
}

/** The length of a PromQL duration such as `1h30m`. */
function spanMs(span: string): number {
  const parts = [...span.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
}
