import fc from 'fast-check';
import type { CaseAction } from '../../domain/case/actions.ts';
import type { IncidentScope } from '../../domain/incident/incident.ts';
import type { Severity } from '../../domain/violation.ts';
import type { Word } from './test-acts.ts';
import type { AlertNo } from './test-alerts.ts';
import type { Command } from './test-commands.ts';
import {
  exit,
  flight,
  kinOf,
  ladder,
  passing,
  relapse,
  return180,
  severity,
  storm,
  units,
  wages,
  who,
} from './test-plots.ts';
import { type PolicyShape, type Scene, TYPES } from './test-scene.ts';

const bit = fc.integer({ min: 0, max: 1 });
const caseNo = fc.constantFrom(0, 0, 0, 1, 2);
const alert: fc.Arbitrary<AlertNo> = fc.record({
  source: bit,
  who,
  type: fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 4),
  node: bit,
});

const word: fc.Arbitrary<Word> = fc.record({
  result: fc.constantFrom('upheld', 'reduced', 'overturned', 'overturned'),
  toRung: fc.constantFrom('W', 'P1', 'P2', 'S1', 'S2'),
  reasonCode: fc.constantFrom('evidence', 'platform-fault', 'law', 'amount', 'procedure'),
});

const KINDS: readonly CaseAction['kind'][] = [
  'acknowledge',
  'answer',
  'submitRemediation',
  'confirmRemediation',
  'requestChecks',
  'appeal',
  'recordFinding',
  'propose',
  'approve',
  'approve',
  'veto',
  'openDispute',
  'decideDispute',
  'decideDispute',
  'addNote',
];

const scope: fc.Arbitrary<IncidentScope> = fc.oneof(
  fc.constant<IncidentScope>({ kind: 'network' }),
  fc.constantFrom<IncidentScope>(
    { kind: 'family', family: 'performance' },
    { kind: 'source', sourceId: 's0' },
    { kind: 'control-group', controlGroup: 'group-1' },
    { kind: 'violation-type', violationType: 'node-compromise' },
  ),
);

/** A policy within the bounds of the project's lint. */
export const policyShape: fc.Arbitrary<PolicyShape> = fc.record({
  slash: fc.constantFrom(100, 100, 150, 400),
  cut: fc.constantFrom(100, 100, 60, 180),
  windows: fc.constantFrom(100, 100, 75, 60),
  rebate: fc.constantFrom(5_000, 5_000, 0, 3_333),
  atLeast: fc.constantFrom(3, 3, 3, 1),
  breakerHours: fc.constantFrom(72, 168),
  minimumStake: fc.constantFrom(10_000, 10_000, 50_000),
});

/** What is so before the first command. */
export const scene: fc.Arbitrary<Scene> = fc.record({
  policy: policyShape,
  shadow: fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.constantFrom<number[]>([0], [1, 2], [2]) },
  ),
  stakes: fc.array(
    fc.oneof(
      { weight: 1, arbitrary: fc.bigInt(1n, 30_000n) },
      { weight: 3, arbitrary: fc.bigInt(10n ** 5n, 10n ** 9n) },
    ),
    { minLength: 2, maxLength: 5 },
  ),
  capacities: fc.constantFrom<number[]>([1, 1], [1, 3], [7, 93], [2, 1, 4]),
  isNew: fc.constantFrom(false, false, false, true),
  unreachable: fc.constantFrom<number[]>([], [], [0], [2]),
  rests: fc.constantFrom(false, false, false, false, true),
  fates: fc.array(fc.nat(13), { minLength: 1, maxLength: 20 }),
});

const one = (command: fc.Arbitrary<Command>) => command.map((only) => [only]);
const always = <T>(value: T) => fc.constant(value);

const single: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: always('fire' as const),
      alerts: fc.array(alert, { minLength: 1, maxLength: 2 }),
      severity,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: always('clear' as const),
      alerts: fc.array(alert, { minLength: 1, maxLength: 2 }),
      lateHours: fc.constantFrom(0, 0, 5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('no-data' as const), alert }) },
  { weight: 1, arbitrary: fc.record({ do: always('copy' as const), nth: fc.nat(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: always('wait' as const),
      hours: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(24, 72, 400)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: always('pass' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: always('outage' as const),
      hours: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: always('relay' as const), isHalted: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('relay-dies' as const), after: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: always('silence' as const),
      source: bit,
      isSilent: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: always('probe' as const),
      mode: fc.constantFrom('honest', 'honest', 'blind', 'healthy'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: always('notices' as const), who, isReachable: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('deposit' as const), who, units }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: always('reward' as const),
      who,
      units,
      lateHours: fc.constantFrom(0, 0, 30, 300),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('withdraw' as const, 'pay-out' as const),
      who,
      parts: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('stay' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: always('hold' as const), person: fc.nat(16), scope }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('release' as const), person: fc.nat(16) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: always('act' as const),
      person: fc.nat(17),
      case: caseNo,
      kind: fc.constantFrom(...KINDS),
      word,
      isYes: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: always('raise' as const),
      case: caseNo,
      rung: fc.constantFrom('S1' as const, 'S2' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('dismiss' as const), case: caseNo }) },
);

/** How an episode goes on once its rung is announced. */
type Turn =
  | 'agree'
  | 'anybody'
  | 'confirm'
  | 'lift'
  | 'veto'
  | 'leave'
  | 'dispute'
  | 'earn'
  | 'fund';

interface Episode {
  who: number;
  type: number;
  nodes: number[];
  severity: Severity;
  times: number;
  turns: { turn: Turn; from: number; word: Word; isRuled: boolean; times: number }[];
  earns: boolean;
  returns: boolean;
  audits: 'pass' | 'fail' | 'none';
}

const episode: fc.Arbitrary<Episode> = fc.record({
  who,
  type: fc.constantFrom(0, 0, 1, 1, 2, 3, 4),
  nodes: fc.constantFrom([0], [1], [0, 1]),
  severity,
  times: fc.integer({ min: 3, max: 6 }),
  turns: fc.array(
    fc.record({
      turn: fc.constantFrom<Turn>(
        ...(['agree', 'agree', 'anybody', 'confirm', 'lift', 'veto', 'leave'] as const),
        ...(['dispute', 'dispute', 'dispute', 'earn', 'fund', 'leave'] as const),
      ),
      from: fc.nat(16),
      word,
      isRuled: fc.constantFrom(true, true, true, false),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 4 },
  ),
  earns: fc.boolean(),
  returns: fc.constantFrom(true, true, false),
  audits: fc.constantFrom('pass', 'pass', 'pass', 'none', 'fail'),
});

/** A resource fails before both monitors; people do this and that; in the end it may be mended, and the participant goes the way back. */
const told = episode.map((one): Command[] => {
  const { who, type, nodes, severity, times, turns, earns, returns, audits } = one;
  const alerts = nodes.flatMap((node) => [0, 1].map((source) => ({ source, who, type, node })));
  const last = turns[0]?.from ?? 0;
  return [
    ...(earns ? [{ do: 'reward' as const, who, units: 7_777n, lateHours: 0 }] : []),
    { do: 'fire', alerts, severity },
    { do: 'pass', times },
    ...(earns ? [{ do: 'pay-out' as const, who, parts: 2 }] : []),
    ...turns.flatMap((turn) => [...commandsOf(who, turn), passing(turn.times)]),
    ...(returns
      ? ([
          { do: 'clear-all', who },
          { do: 'wait', hours: 1 },
          { do: 'return', case: 0, from: last, audits },
          passing(2),
        ] satisfies Command[])
      : []),
  ];
});

function commandsOf(
  who: number,
  { turn, from, word, isRuled }: Episode['turns'][number],
): Command[] {
  switch (turn) {
    case 'agree':
    case 'anybody':
      return [{ do: 'agree', case: 0, from, anybody: turn === 'anybody' }];
    case 'confirm':
    case 'lift':
      return [
        { do: 'veto', case: 0, stance: turn },
        { do: 'agree', case: 0, from, anybody: false },
      ];
    case 'veto':
      return [{ do: 'veto', case: 0, stance: null }];
    case 'leave':
      return [{ do: 'withdraw', who, parts: (from % 3) + 1 }];
    case 'dispute':
      return [
        ...(from % 2 === 0 ? earned(kinOf(who), from) : []),
        { do: 'dispute', case: 0, decision: from % 3, word, isRuled },
      ];
    case 'fund':
      return [{ do: 'deposit', who, units: BigInt(from + 1) * 10n ** 7n }];
    case 'earn':
      return [...earned([who], from), { do: 'pay-out', who, parts: 1 }];
  }
}

function earned(everybody: number[], from: number): Command[] {
  const units = BigInt(from + 1) * 1_000n;
  return everybody.map((who) => ({ do: 'reward', who, units, lateHours: 0 }));
}

/** A story: episodes with anything between them. */
export const story: fc.Arbitrary<Command[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: one(single) },
      { weight: 12, arbitrary: told },
      { weight: 2, arbitrary: exit },
      { weight: 2, arbitrary: wages },
      { weight: 1, arbitrary: storm },
      { weight: 1, arbitrary: return180 },
      { weight: 2, arbitrary: ladder },
      { weight: 2, arbitrary: flight },
      { weight: 1, arbitrary: relapse },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.flat());

/** How many violation types the stories know. */
export const TYPE_COUNT = TYPES.length;
