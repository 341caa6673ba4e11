import { describe, expect, it } from 'vitest';
import type { AlertHead, Observation } from '../observation.ts';
import { type Acceptance, acceptObservation } from './accept.ts';
import type { AcceptingSource } from './evidence-of.ts';

const source: AcceptingSource = { repeatIntervalMs: 1_000, maxLagMs: 600, freshMinMs: 0 };

const base: Observation = {
  alertKey: 'prometheus/f1',
  sourceId: 'prometheus',
  state: 'firing',
  participantId: 'p1',
  resourceId: 'node-1',
  violationType: 'downtime',
  severity: 'minor',
  startsAtMs: 0,
  endsAtMs: null,
  receivedAtMs: 0,
  mappingVersion: '1',
  summary: '',
  evidenceUrl: null,
};

function fire(startsAtMs: number, receivedAtMs: number, more: Partial<Observation> = {}) {
  return { ...base, startsAtMs, receivedAtMs, ...more };
}

function resolve(startsAtMs: number, endsAtMs: number | null, receivedAtMs: number) {
  return { ...base, state: 'resolved' as const, startsAtMs, endsAtMs, receivedAtMs };
}

function run(observations: readonly Observation[], from: AlertHead | null = null) {
  let head = from;
  const steps: Acceptance[] = [];
  for (const observation of observations) {
    const step = acceptObservation(head, observation, source);
    steps.push(step);
    if (step.write !== 'none') head = step.nextHead;
  }
  const last = steps.at(-1);
  if (head === null || last === undefined) throw new Error('nothing was accepted');
  return { head, last, steps };
}

const written = (steps: readonly Acceptance[]) => steps.map((step) => step.write);

describe('acceptObservation', () => {
  it('opens an episode with the first fire', () => {
    const { head, last } = run([fire(1_000, 1_050)]);
    expect(last).toMatchObject({ fate: 'pending', write: 'news', change: 'fired' });
    expect(head).toMatchObject({
      seq: 1,
      status: 'firing',
      startsAtMs: 1_000,
      firstReceivedAtMs: 1_050,
      lastSeenAtMs: 1_050,
      endsAtMs: null,
      intervals: [{ fromMs: 1_000, toMs: null }],
    });
  });

  it('counts firing no further back than the lag of the source (rule B4)', () => {
    const { head } = run([fire(1_000, 5_000)]);
    expect(head.intervals).toEqual([{ fromMs: 4_400, toMs: null }]);
    expect(head.startsAtMs).toBe(1_000);
  });

  it('writes a repeat only when the head is older than a quarter of the repeat interval', () => {
    const { steps, head } = run([fire(0, 0), fire(0, 250), fire(0, 251), fire(0, 400)]);
    expect(written(steps)).toEqual(['news', 'none', 'quiet', 'none']);
    expect(steps.map((step) => step.fate)).toEqual(['pending', 'repeat', 'repeat', 'repeat']);
    expect(head).toMatchObject({ seq: 2, lastSeenAtMs: 251 });
  });

  it('refreshes the head after a minute at the latest', () => {
    const slow = { ...source, repeatIntervalMs: 14_400_000 };
    const first = acceptObservation(null, fire(0, 0), slow).nextHead;
    expect(acceptObservation(first, fire(0, 60_000), slow).write).toBe('none');
    expect(acceptObservation(first, fire(0, 60_001), slow).write).toBe('quiet');
  });

  it('tells a graver severity at once, a milder one quietly (rule A12)', () => {
    const { steps, head } = run([
      fire(0, 0),
      fire(0, 10, { severity: 'major' }),
      fire(0, 20, { severity: 'minor' }),
    ]);
    expect(steps[1]).toMatchObject({ fate: 'pending', write: 'news', change: 'severity' });
    expect(steps[2]).toMatchObject({ fate: 'repeat', write: 'quiet' });
    expect(head.severity).toBe('minor');
  });

  it('does not let an older copy change the severity', () => {
    const { head } = run([fire(0, 100, { severity: 'minor' }), fire(0, 50, { severity: 'major' })]);
    expect(head.severity).toBe('minor');
  });

  it('pins participant, type and mapping from firing to resolved', () => {
    const other = { participantId: 'p2', violationType: 'subpar-delivery', mappingVersion: '2' };
    const { head } = run([fire(0, 0), fire(0, 900, other), { ...resolve(0, 950, 960), ...other }]);
    expect(head).toMatchObject({
      participantId: 'p1',
      violationType: 'downtime',
      mappingVersion: '1',
      status: 'resolved',
    });
    const again = run([fire(970, 970, other)], head).head;
    expect(again).toMatchObject({ participantId: 'p2', mappingVersion: '2' });
    // Nobody inherits the firing of another.
    expect(again.intervals).toEqual([{ fromMs: 970, toMs: null }]);
  });

  it('closes by endsAt, and keeps when the episode fired', () => {
    const { head, last } = run([fire(0, 0), resolve(0, 700, 720)]);
    expect(last).toMatchObject({ fate: 'pending', write: 'news', change: 'resolved' });
    expect(head).toMatchObject({ status: 'resolved', endsAtMs: 700 });
    expect(head.intervals).toEqual([{ fromMs: 0, toMs: 700 }]);
  });

  it.each([
    ['before the last evidence of firing', 300, 500],
    ['after its arrival', 9_000, 720],
    ['not at all', null, 720],
  ])('clamps an end that is named %s (rule B4)', (_name, endsAtMs, expected) => {
    const { head } = run([fire(0, 0), fire(0, 500), resolve(0, endsAtMs, 720)]);
    expect(head.endsAtMs).toBe(expected);
    expect(head.intervals).toEqual([{ fromMs: 0, toMs: expected }]);
  });

  it('records an orphan resolve, and knows the fire it overtook as a late copy', () => {
    const { steps, head } = run([resolve(0, 500, 510), fire(0, 20)]);
    expect(steps[0]).toMatchObject({ fate: 'orphan', write: 'quiet', change: null });
    expect(steps[1]).toMatchObject({ fate: 'recorded-only', change: null });
    expect(head).toMatchObject({ status: 'resolved', endsAtMs: 500, lastSeenAtMs: 20 });
    expect(head.intervals).toEqual([{ fromMs: 0, toMs: 500 }]);
    expect(head.lateCopyAtMs).toBeUndefined();
  });

  it('reopens nothing for late copies within half a repeat interval', () => {
    const { steps, head } = run([
      fire(0, 0),
      resolve(0, 100, 110),
      fire(0, 200),
      fire(100, 300),
      fire(0, 700),
    ]);
    expect(written(steps)).toEqual(['news', 'news', 'quiet', 'none', 'none']);
    expect(steps.slice(2).every((step) => step.fate === 'recorded-only')).toBe(true);
    expect(head.status).toBe('resolved');
    expect(head.intervals).toEqual([{ fromMs: 0, toMs: 100 }]);
  });

  it('believes a late copy that comes again more than half a repeat interval later', () => {
    const { last, head } = run([fire(0, 0), resolve(0, 100, 110), fire(0, 200), fire(0, 701)]);
    expect(last).toMatchObject({ fate: 'pending', write: 'news', change: 'fired' });
    expect(head).toMatchObject({ status: 'firing', startsAtMs: 200, firstReceivedAtMs: 200 });
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 100 },
      { fromMs: 200, toMs: null },
    ]);
    expect(head.lateCopyAtMs).toBeUndefined();
  });

  it('does not believe it when a resolve came between', () => {
    const { last, head } = run([
      fire(0, 0),
      resolve(0, 100, 110),
      fire(0, 200),
      resolve(0, 100, 500),
      fire(0, 701),
    ]);
    expect(last.fate).toBe('recorded-only');
    expect(head).toMatchObject({ status: 'resolved', lateCopyAtMs: 701 });
  });

  it('opens a new episode for a fire that began after the end', () => {
    const { last, head } = run([fire(0, 0), resolve(0, 100, 110), fire(150, 160)]);
    expect(last).toMatchObject({ write: 'news', change: 'fired' });
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 100 },
      { fromMs: 150, toMs: null },
    ]);
  });

  it('takes a later start while firing as a gap: no resolve came between', () => {
    const { last, head } = run([fire(0, 10), fire(150, 160)]);
    expect(last).toMatchObject({ fate: 'repeat', write: 'quiet' });
    expect(head).toMatchObject({ status: 'firing', startsAtMs: 150, lastSeenAtMs: 160 });
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 150, toMs: null },
    ]);
  });

  it('lets a start move backwards without changing the clock', () => {
    const { head } = run([fire(150, 160), fire(0, 500)]);
    expect(head).toMatchObject({ startsAtMs: 150, lastSeenAtMs: 500 });
    expect(head.intervals).toEqual([{ fromMs: 150, toMs: null }]);
  });

  it('gives no clock without evidence: a long silence splits the spell', () => {
    const { head, last } = run([fire(0, 10), fire(0, 2_011)]);
    expect(last.fate).toBe('repeat');
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 2_011, toMs: null },
    ]);
    expect(run([fire(0, 10), fire(0, 2_010)]).head.intervals).toEqual([{ fromMs: 0, toMs: null }]);
  });

  it('gives no clock for a silence that a resolve ends', () => {
    const { head } = run([fire(0, 10), resolve(0, 5_000, 5_010)]);
    expect(head.endsAtMs).toBe(5_000);
    expect(head.intervals).toEqual([{ fromMs: 0, toMs: 10 }]);
  });

  it('applies a resolve that was overtaken by the next fire to its own spell', () => {
    const { last, head } = run([fire(0, 10), fire(150, 160), resolve(0, 100, 170)]);
    expect(last).toMatchObject({ fate: 'recorded-only', change: null });
    expect(head.status).toBe('firing');
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 100 },
      { fromMs: 150, toMs: null },
    ]);
  });

  it('closes by the resolve of a later spell whose fire was lost', () => {
    const { head } = run([fire(0, 10), resolve(150, 200, 210)]);
    expect(head).toMatchObject({ status: 'resolved', endsAtMs: 200 });
    expect(head.intervals).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 150, toMs: 200 },
    ]);
  });

  it('takes the next repeat of a re-armed head as news (rule B6)', () => {
    const { head } = run([fire(0, 10)]);
    const armed = { ...head, rearmedByCaseId: 'downtime-1' };
    const { last, head: next } = run([fire(0, 20)], armed);
    expect(last).toMatchObject({ fate: 'pending', write: 'news', change: 'rearmed' });
    expect(next).toMatchObject({ rearmedByCaseId: null, firstReceivedAtMs: 20 });
  });

  it('stays silent after a dismissal, also about a graver severity, until its time (rule B6)', () => {
    const { head } = run([fire(0, 10)]);
    const armed = { ...head, rearmedByCaseId: 'downtime-1', rearmedFromMs: 1_000 };
    const graver = { severity: 'major' as const };
    const { steps, head: next } = run([fire(0, 500, graver), fire(0, 1_000, graver)], armed);
    expect(steps[0]).toMatchObject({ fate: 'repeat', write: 'quiet' });
    expect(steps[1]).toMatchObject({ write: 'news', change: 'rearmed' });
    expect(next.severity).toBe('major');
    const ended = run([fire(0, 500), resolve(0, 600, 610), fire(700, 710)], armed);
    expect(ended.last).toMatchObject({ write: 'news', change: 'fired' });
  });

  it('only notes that there was no data', () => {
    const { head } = run([fire(0, 10)]);
    const step = acceptObservation(head, { ...fire(0, 20), state: 'no-data' }, source);
    expect(step).toEqual({ fate: 'no-data', nextHead: head, write: 'none', change: null });
  });

  it('keeps 64 spells, and never shows more firing than there was', () => {
    const flaps = Array.from({ length: 200 }, (_, index) => [
      fire(index * 100, index * 100),
      resolve(index * 100, index * 100 + 30, index * 100 + 31),
    ]).flat();
    const { head } = run(flaps);
    expect(head.intervals).toHaveLength(64);
    expect(head.intervals.at(-1)).toEqual({ fromMs: 19_900, toMs: 19_930 });
    const total = head.intervals.reduce((sum, { fromMs, toMs }) => sum + ((toMs ?? 0) - fromMs), 0);
    expect(total).toBe(200 * 30);
  });
});
