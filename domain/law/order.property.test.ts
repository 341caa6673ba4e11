import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptObservation } from '../intake/accept.ts';
import type { AlertHead, Observation } from '../observation.ts';
import type { Family, RungId } from '../violation.ts';
import { calculateCharge } from './calculation.ts';
import { type GateVerdict, judge } from './gate.ts';
import { rungOf } from './pin.ts';
import { aLedger, aParticipant, aSource, HOUR_MS, lawOf, MINUTE_MS, T0 } from './test-fixtures.ts';

const REPEAT_MS = HOUR_MS;
const SOURCES = [0, 1].map((no) => aSource(`s${no}`, { repeatIntervalMs: REPEAT_MS }));
const NODES = ['node-1', 'node-2', 'node-3'];

/** What one alert really did: it fires and rests in turns, and its monitor repeats while it fires. */
interface Alert {
  source: number;
  node: number;
  /** Minutes of firing and of rest, in turns. */
  turnsMin: [fires: number, rests: number][];
}

const alertOf = (source: number, node: number): fc.Arbitrary<Alert> =>
  fc.record({
    source: fc.constant(source),
    node: fc.constant(node),
    turnsMin: fc.array(
      fc.tuple(fc.integer({ min: 90, max: 2_400 }), fc.integer({ min: 1, max: 300 })),
      { maxLength: 4 },
    ),
  });

/** Every monitor about every resource. */
const alerts = fc.tuple(
  ...[0, 1].flatMap((source) => [0, 1, 2].map((node) => alertOf(source, node))),
);

const scene = fc.record({
  family: fc.constantFrom<Family>('performance', 'operational', 'security'),
  rung: fc.constantFrom<RungId>('P1', 'S1'),
  alerts,
  /** Hours after the notice at which the gate is asked. */
  instants: fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
  requiredHours: fc.integer({ min: 1, max: 40 }),
  probes: fc.array(
    fc.record({
      resourceId: fc.constantFrom(...NODES),
      group: fc.constant('probe'),
      healthy: fc.constantFrom(true, false, null),
    }),
    { maxLength: 3 },
  ),
  /** How what arrived between two instants is mixed: a seed for the order, and which of it comes twice. */
  order: fc.infiniteStream(fc.nat()),
});

function observationsOf(alert: Alert): Observation[] {
  const sourceId = `s${alert.source}`;
  const resourceId = NODES[alert.node] ?? null;
  const base = {
    alertKey: `${sourceId}/${resourceId}`,
    sourceId,
    participantId: 'p-1',
    resourceId,
    violationType: 'downtime',
    severity: 'minor' as const,
    mappingVersion: 'm-1',
    summary: '',
    evidenceUrl: null,
  };
  const sent: Observation[] = [];
  let atMs = T0 + MINUTE_MS * (alert.node + 1);
  for (const [fires, rests] of alert.turnsMin) {
    const startsAtMs = atMs;
    const endsAtMs = startsAtMs + fires * MINUTE_MS;
    for (let seenAtMs = startsAtMs + 1; seenAtMs < endsAtMs; seenAtMs += REPEAT_MS) {
      sent.push({ ...base, state: 'firing', startsAtMs, endsAtMs: null, receivedAtMs: seenAtMs });
    }
    sent.push({ ...base, state: 'resolved', startsAtMs, endsAtMs, receivedAtMs: endsAtMs + 1 });
    atMs = endsAtMs + rests * MINUTE_MS;
  }
  return sent;
}

type Accept = typeof acceptObservation;
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

interface Ruling {
  verdict: GateVerdict;
  chargeUnits: bigint | null;
}

/** Asks the gate at every instant; what was received in between is accepted in the order that `mix` gives it. */
function rulings(
  one: Scene,
  accept: Accept,
  mix: (batch: Observation[]) => Observation[],
  turned: boolean,
): Ruling[] {
  const sent = one.alerts.flatMap(observationsOf).sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  const heads = new Map<string, AlertHead>();
  let fromMs = 0;
  return [...one.instants]
    .sort((a, b) => a - b)
    .map((hours) => {
      const nowMs = T0 + hours * HOUR_MS;
      const batch = sent.filter(
        ({ receivedAtMs }) => receivedAtMs > fromMs && receivedAtMs <= nowMs,
      );
      fromMs = nowMs;
      for (const observation of mix(batch)) {
        const source =
          SOURCES.find(({ sourceId }) => sourceId === observation.sourceId) ?? SOURCES[0];
        if (source === undefined) continue;
        const { nextHead } = accept(heads.get(observation.alertKey) ?? null, observation, {
          ...source,
          freshMinMs: 0,
        });
        if (nextHead !== null) heads.set(observation.alertKey, nextHead);
      }
      return rule(one, [...heads.values()], nowMs, turned);
    });
}

function rule(one: Scene, heads: AlertHead[], nowMs: number, turned: boolean): Ruling {
  const law = lawOf(one.family);
  const rung = rungOf(law, one.rung);
  const turn = <T>(list: T[]): T[] => (turned ? [...list].reverse() : list);
  const verdict = judge({
    nowMs,
    law,
    rung,
    heads: turn(heads),
    sources: turn(SOURCES),
    controlGroup: 'group-p-1',
    probes: turn(one.probes),
    oldestUndeliveredMs: null,
    named: { resourceIds: turn(NODES), servedAtMs: T0, requiredMs: one.requiredHours * HOUR_MS },
  });
  if (verdict.verdict !== 'pass') return { verdict, chargeUnits: null };
  const { earning, occurredAtMs } = verdict;
  const charge = calculateCharge({
    law,
    rung,
    multiplierBps: 10_000,
    severity: 'minor',
    participant: aParticipant(3),
    earning: turn(earning),
    snapshot: aLedger(1_000_003n),
    caseId: 'this',
    occurredAtMs,
    nowMs,
  });
  return { verdict, chargeUnits: charge.chargeUnits };
}

/**
 * In another order, some of it twice. Arrival is stamped where an observation is accepted, so what overtakes what lies within
 * one repeat of the monitor; the order inside such a stretch is free.
 */
function shuffled(numbers: Iterator<number>): (batch: Observation[]) => Observation[] {
  const draw = (): number => numbers.next().value ?? 0;
  return (batch) => {
    const stretches = Map.groupBy(batch, ({ receivedAtMs }) =>
      Math.floor(receivedAtMs / REPEAT_MS),
    );
    return [...stretches.values()].flatMap((stretch) =>
      [...stretch, ...stretch.filter(() => draw() % 3 === 0)]
        .map((one) => [draw(), one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one),
    );
  };
}

/** Invariant H2, first half: for the same instants, the order and number of copies in which things arrived before never matter. */
function orderDoesNotMatter(accept: Accept) {
  return fc.property(scene, (one) => {
    const straight = rulings(one, accept, (batch) => batch, false);
    const mixed = rulings(one, accept, shuffled(one.order[Symbol.iterator]()), true);
    expect(mixed).toEqual(straight);
  });
}

/** A planted bug: whatever arrives last is believed. */
const judgeByArrival: Accept = (head, observation, source) => {
  const accepted = acceptObservation(head, observation, source);
  const base = accepted.nextHead ?? head;
  if (base === null) return accepted;
  const isFiring = observation.state === 'firing';
  return {
    ...accepted,
    nextHead: {
      ...base,
      status: isFiring ? 'firing' : 'resolved',
      startsAtMs: observation.startsAtMs,
      endsAtMs: observation.endsAtMs,
      lastSeenAtMs: observation.receivedAtMs,
    },
  };
};

describe('verdicts and amounts at given instants (invariant H2, first half)', () => {
  test('are the same for any order and duplication of what was received before', () => {
    fc.assert(orderDoesNotMatter(acceptObservation), { numRuns: 1_000 });
  });

  test('differ when the last arrival is believed', () => {
    const run = fc.check(orderDoesNotMatter(judgeByArrival), {
      numRuns: 1_000,
      endOnFailure: true,
    });
    expect(run.errorInstance).toMatchObject({ name: 'AssertionError' });
  });

  test('a repeat and a resolve that the next firing overtakes still tell how long the first one lasted', () => {
    // 0:00 to 2:01, heard at 0:00, 1:00 and 2:00; then again from 2:02. What is left is accepted in every order.
    const sent = observationsOf({
      source: 0,
      node: 0,
      turnsMin: [
        [121, 1],
        [90, 1],
      ],
    });
    const [fire, second, repeat, resolve, next] = sent;
    for (const order of [
      [repeat, resolve, next],
      [next, repeat, resolve],
      [next, resolve, repeat],
      [resolve, next, repeat],
    ]) {
      let head: AlertHead | null = null;
      for (const observation of [fire, second, ...order]) {
        const source = { ...aSource('s0', { repeatIntervalMs: REPEAT_MS }), freshMinMs: 0 };
        head = acceptObservation(head, observation!, source).nextHead;
      }
      const startMs = T0 + MINUTE_MS;
      expect(head?.intervals).toEqual([
        { fromMs: startMs, toMs: startMs + 121 * MINUTE_MS },
        { fromMs: startMs + 122 * MINUTE_MS, toMs: null },
      ]);
    }
  });

  test('are not all the same: every verdict is met', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(scene, (one) => {
        for (const { verdict } of rulings(one, acceptObservation, (batch) => batch, false))
          met.add(verdict.verdict);
      }),
      { numRuns: 500, seed: 1 },
    );
    expect([...met].sort()).toEqual(['clear', 'hold', 'pass', 'wait']);
  });
});
