import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertHead, FiringInterval, Observation } from '../observation.ts';
import { acceptObservation } from './accept.ts';
import type { AcceptingSource } from './evidence-of.ts';

const HOUR = 3_600_000;
const source: AcceptingSource = { repeatIntervalMs: 4 * HOUR, maxLagMs: HOUR, freshMinMs: 0 };

type Accept = typeof acceptObservation;

interface Spell {
  startsAtMs: number;
  endsAtMs: number | null;
  repeatsAtMs: number[];
}

const template: Omit<Observation, 'state' | 'startsAtMs' | 'endsAtMs' | 'receivedAtMs'> = {
  alertKey: 's/f',
  sourceId: 's',
  participantId: 'p',
  resourceId: null,
  violationType: 'downtime',
  severity: 'minor',
  mappingVersion: '1',
  summary: '',
  evidenceUrl: null,
};

/** What really happened: spells of firing with repeats inside, the last one perhaps still lasting. */
const truth = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 20, max: 900 }), fc.integer({ min: 2, max: 900 })), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([lengths, repeats, lasts]): Spell[] => {
    let atMs = 1_000_000;
    return lengths.map(([firesFor, restsFor], index) => {
      const startsAtMs = atMs;
      const endMs = startsAtMs + firesFor;
      atMs = endMs + restsFor;
      const isLast = index === lengths.length - 1;
      return {
        startsAtMs,
        endsAtMs: isLast && lasts ? null : endMs,
        repeatsAtMs: repeats.map((share) => startsAtMs + 1 + Math.floor(share * (firesFor - 2))),
      };
    });
  });

function deliveries(spells: readonly Spell[]): Observation[] {
  return spells.flatMap(({ startsAtMs, endsAtMs, repeatsAtMs }) => {
    const fires = [startsAtMs + 1, ...repeatsAtMs].map((receivedAtMs) => ({
      ...template,
      state: 'firing' as const,
      startsAtMs,
      endsAtMs: null,
      receivedAtMs,
    }));
    if (endsAtMs === null) return fires;
    const end = { ...template, state: 'resolved' as const, startsAtMs, endsAtMs };
    return [...fires, { ...end, receivedAtMs: endsAtMs + 1 }];
  });
}

function play(accept: Accept, observations: readonly Observation[]): AlertHead {
  let head: AlertHead | null = null;
  for (const observation of observations) {
    const step = accept(head, observation, source);
    if (step.write !== 'none') head = step.nextHead;
  }
  if (head === null) throw new Error('no head');
  return head;
}

/** In another order, some of it twice. */
const shuffled = truth.chain((spells) => {
  const sent = deliveries(spells);
  const extra = fc.subarray(sent);
  return extra.chain((copies) => {
    const all = [...sent, ...copies];
    return fc
      .shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
      .map((order) => ({ spells, sent, order }));
  });
});

function firingMs(intervals: readonly FiringInterval[], nowMs: number): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + ((toMs ?? nowMs) - fromMs), 0);
}

const verdict = (head: AlertHead) => ({
  status: head.status,
  startsAtMs: head.startsAtMs,
  endsAtMs: head.endsAtMs,
});

function orderDoesNotMatter(accept: Accept) {
  return fc.property(shuffled, ({ sent, order }) => {
    expect(verdict(play(accept, order))).toEqual(verdict(play(acceptObservation, sent)));
  });
}

/** A planted bug: whatever comes last is believed. */
const judgeByArrival: Accept = (head, observation, from) => {
  const isFire = observation.state === 'firing';
  if (head === null) return acceptObservation(head, observation, from);
  const nextHead: AlertHead = {
    ...head,
    status: isFire ? 'firing' : 'resolved',
    startsAtMs: observation.startsAtMs,
    endsAtMs: observation.endsAtMs,
  };
  return { fate: 'pending', nextHead, write: 'news', change: isFire ? 'fired' : 'resolved' };
};

describe('acceptance, whatever the order', () => {
  it('gives the same head for any order and duplication (invariant H2, first half)', () => {
    fc.assert(orderDoesNotMatter(acceptObservation), { numRuns: 2_000 });
  });

  it('is caught when it judges by arrival', () => {
    expect(fc.check(orderDoesNotMatter(judgeByArrival), { numRuns: 1_000 }).failed).toBe(true);
  });

  it('never shows more firing than there was, in well-formed spells', () => {
    fc.assert(
      fc.property(shuffled, ({ spells, order }) => {
        const head = play(acceptObservation, order);
        const nowMs = 2_000_000;
        const trueMs = spells.reduce(
          (sum, { startsAtMs, endsAtMs }) => sum + ((endsAtMs ?? nowMs) - startsAtMs),
          0,
        );
        expect(firingMs(head.intervals, nowMs)).toBeLessThanOrEqual(trueMs);
        let atMs = 0;
        for (const [index, { fromMs, toMs }] of head.intervals.entries()) {
          const isLast = index === head.intervals.length - 1;
          expect(fromMs).toBeGreaterThanOrEqual(atMs);
          expect(toMs === null).toBe(isLast && head.status === 'firing');
          if (toMs !== null) expect(toMs).toBeGreaterThanOrEqual(fromMs);
          atMs = toMs ?? fromMs;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same clocks when one spell, its end and the next spell overtake each other', () => {
    const three = truth
      .filter((spells) => spells.length > 1)
      .map((spells) => {
        const [first, second] = deliveries(
          spells.map((spell) => ({ ...spell, repeatsAtMs: [] })),
        ).filter((one) => one.state === 'firing');
        const end = deliveries(spells).find((one) => one.state === 'resolved');
        return [first, end, second] as Observation[];
      });
    const run = three.chain((sent) =>
      fc
        .shuffledSubarray([...sent, ...sent], { minLength: 6, maxLength: 6 })
        .map((order) => ({ sent, order })),
    );
    fc.assert(
      fc.property(run, ({ sent, order }) => {
        const head = play(acceptObservation, order);
        expect(head.intervals).toEqual(play(acceptObservation, sent).intervals);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives every observation exactly one fate, and writes exactly what the sequence says (invariant H9)', () => {
    fc.assert(
      fc.property(shuffled, ({ order }) => {
        const fates = new Map<string, number>();
        let head: AlertHead | null = null;
        let writes = 0;
        for (const observation of order) {
          const step = acceptObservation(head, observation, source);
          fates.set(step.fate, (fates.get(step.fate) ?? 0) + 1);
          expect(step.write === 'news').toBe(step.fate === 'pending');
          expect(step.write === 'news').toBe(step.change !== null);
          if (step.write === 'none') continue;
          writes += 1;
          head = step.nextHead;
        }
        const total = [...fates.values()].reduce((sum, count) => sum + count, 0);
        expect(total).toBe(order.length);
        expect(head?.seq).toBe(writes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes nothing for copies of what it has: one history, however often it is posted', () => {
    fc.assert(
      fc.property(shuffled, ({ sent, order }) => {
        const head = play(acceptObservation, sent);
        const laterMs = (head.endsAtMs ?? head.lastSeenAtMs) + 1;
        const copies = order.map((one) => ({ ...one, receivedAtMs: laterMs }));
        let now = head;
        for (const copy of copies) {
          const step = acceptObservation(now, copy, source);
          expect(step.write).not.toBe('news');
          if (step.nextHead !== null) now = step.nextHead;
        }
        expect(verdict(now)).toEqual(verdict(head));
        expect(now.intervals).toEqual(head.intervals);
      }),
      { numRuns: 1_000 },
    );
  });
});
