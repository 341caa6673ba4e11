import { describe, expect, it, test } from 'vitest';
import { anEntry, aPart, DAY_MS, defaultPolicy, HOUR_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { CaseEntry, ReputationMark } from '../ledger/accounts.ts';
import { REPUTATION_TO_ZERO } from '../policy.ts';
import type { Family, RungId } from '../violation.ts';
import { withFinalMarks, withMark } from './marks.ts';
import { openedReview } from './review.ts';
import { priorityOf, reputationIn, reputationsOf } from './track.ts';

const law = defaultPolicy.reputation;
const HALF_LIFE_MS = law.halfLifeMs;
const WEIGHTS: Record<RungId, number> = {
  W: 0,
  P1: 5,
  P2: 15,
  S1: 80,
  S2: REPUTATION_TO_ZERO,
};

/** An entry whose rungs were imposed at the given instants, the last the highest. */
function climbed(caseId: string, rungs: [RungId, number][], changes: Partial<CaseEntry> = {}) {
  const marks: ReputationMark[] = rungs
    .filter(([rung]) => rung !== 'W')
    .map(([rung, imposedAtMs]) => ({ decisionId: `${caseId}-${rung}`, rung, imposedAtMs }));
  const servedRung = rungs.at(-1)?.[0] ?? null;
  return anEntry(caseId, { servedRung, reputation: { weights: WEIGHTS, marks }, ...changes });
}

const scoreOf = (entries: CaseEntry[], nowMs: number, family: Family = 'performance') =>
  reputationIn(family, entries, law, nowMs).score;

describe('the score right after one case', () => {
  test.each<[RungId, string, string]>([
    ['W', '1.0000', 'normal'],
    ['P1', '0.9950', 'normal'],
    ['P2', '0.9852', 'normal'],
    ['S1', '0.9259', 'review'],
    ['S2', '0.0000', 'review'],
  ])('%s: %s, %s', (rung, score, band) => {
    const entry = climbed('c', [[rung, T0]]);
    expect(reputationIn('performance', [entry], law, T0)).toMatchObject({ score, band });
  });

  it('counts the highest rung alone, since its own instant', () => {
    const at = T0 + 10 * DAY_MS;
    const entry = climbed('c', [
      ['P1', T0],
      ['P2', T0 + 3 * DAY_MS],
      ['S1', at],
    ]);
    expect(scoreOf([entry], at)).toBe('0.9259');
    expect(reputationIn('performance', [entry], law, at).causes).toMatchObject([
      { caseId: 'c', rung: 'S1', weight: 80, isFinal: false, imposedAtMs: at },
    ]);
  });
});

test('of the cases of one cause the gravest counts, also behind a lead that has ended (rule C9)', () => {
  const lead = climbed('lead', [['P1', T0]]);
  const behind = { counts: false, inert: 'cause' as const, behind: 'lead' };
  const weights = (...entries: CaseEntry[]) =>
    reputationIn('performance', entries, law, T0).causes.map(({ caseId, weight }) => [
      caseId,
      weight,
    ]);
  expect(weights(lead, climbed('b', [['P2', T0]], behind))).toEqual([['b', 15]]);
  expect(weights(lead, climbed('b', [['P1', T0 + 1]], behind))).toEqual([['lead', 5]]);
  expect(weights(climbed('lead', [['W', T0]]), climbed('b', [['P1', T0]], behind))).toEqual([
    ['b', 5],
  ]);
  expect(weights({ ...lead, counts: false }, climbed('b', [['P1', T0]], behind))).toEqual([
    ['b', 5],
  ]);
});

describe('the figures of ADR 0020', () => {
  test.each<[RungId, string[]]>([
    ['W', ['1.0000', '1.0000', '1.0000', '1.0000']],
    ['P1', ['0.9950', '0.9975', '0.9987', '0.9993']],
    ['P2', ['0.9852', '0.9925', '0.9962', '0.9981']],
    ['S1', ['0.9259', '0.9615', '0.9803', '0.9900']],
    ['S2', ['0.0000', '0.0009', '0.0029', '0.0069']],
  ])('%s at once and after one, two and three half-lives', (rung, scores) => {
    const entries = [climbed('c', [[rung, T0]])];
    const after = [0, 1, 2, 3].map((count) => scoreOf(entries, T0 + count * HALF_LIFE_MS));
    expect(after).toEqual(scores);
  });

  it('S2 leaves review after 422 days and is normal after 452', () => {
    const entries = [climbed('c', [['S2', T0]])];
    const bandAfter = (days: number) => priorityOf(entries, law, T0 + days * DAY_MS);
    expect([421, 422, 451, 452].map(bandAfter)).toEqual([
      'review',
      'lower-priority',
      'lower-priority',
      'normal',
    ]);
  });
});

describe('several cases', () => {
  it('add up: four P1 are normal, five come after others, two P2 too, three are looked at', () => {
    const many = (rung: RungId, count: number) =>
      Array.from({ length: count }, (_, no) => climbed(`c${no}`, [[rung, T0]]));
    expect(priorityOf(many('P1', 4), law, T0)).toBe('normal');
    expect(priorityOf(many('P1', 5), law, T0)).toBe('lower-priority');
    expect(priorityOf(many('P2', 2), law, T0)).toBe('lower-priority');
    expect(priorityOf(many('P2', 3), law, T0)).toBe('review');
  });

  it('stay in their family; the worst family says the priority', () => {
    const entries = [climbed('c', [['S1', T0]], { family: 'security' })];
    expect(scoreOf(entries, T0)).toBe('1.0000');
    expect(scoreOf(entries, T0, 'security')).toBe('0.9259');
    expect(priorityOf(entries, law, T0)).toBe('review');
    expect(reputationsOf(entries, law, T0).map(({ family }) => family)).toEqual([
      'performance',
      'security',
      'operational',
    ]);
  });

  it('are told newest first, ten at most', () => {
    const entries = Array.from({ length: 12 }, (_, no) =>
      climbed(`c${String(no).padStart(2, '0')}`, [['P1', T0 + no * HOUR_MS]]),
    );
    const { causes } = reputationIn('performance', entries, law, T0 + DAY_MS);
    expect(causes.map(({ caseId }) => caseId)).toEqual(
      ['11', '10', '09', '08', '07', '06', '05', '04', '03', '02'].map((no) => `c${no}`),
    );
  });
});

describe('time', () => {
  it('forgets half in 29 days, and takes S1 out of review in 28 and to normal in 58', () => {
    const entries = [climbed('c', [['S1', T0]])];
    expect(scoreOf(entries, T0 + HALF_LIFE_MS)).toBe('0.9615');
    const bandAfter = (days: number) => priorityOf(entries, law, T0 + days * DAY_MS);
    expect([27, 28, 57, 58].map(bandAfter)).toEqual([
      'review',
      'lower-priority',
      'lower-priority',
      'normal',
    ]);
    expect(scoreOf(entries, T0 + 70 * HALF_LIFE_MS)).toBe('1.0000');
  });

  it('changes a score at full ticks only', () => {
    const hour = Math.ceil(T0 / HOUR_MS) * HOUR_MS;
    const entries = [climbed('c', [['S1', hour]])];
    const fixedAt = (atMs: number) => reputationIn('performance', entries, law, atMs).scoreFixed;
    expect(fixedAt(hour + HOUR_MS - 1)).toBe(fixedAt(hour));
    expect(fixedAt(hour + HOUR_MS) > fixedAt(hour)).toBe(true);
  });

  it('brings back who was brought to nothing, but slowly: in review after 180 days, normal in the second year', () => {
    const entries = [climbed('c', [['S2', T0]])];
    expect(scoreOf(entries, T0 + 180 * DAY_MS)).toBe('0.0679');
    expect(priorityOf(entries, law, T0 + 400 * DAY_MS)).toBe('review');
    expect(priorityOf(entries, law, T0 + 460 * DAY_MS)).toBe('normal');
  });
});

describe('what is not final', () => {
  const p1Part = (status: 'pending' | 'final' | 'void' | 'lapsed') =>
    aPart('c-P1', { status, stakeUnits: 1n });

  it('counts at once and is told apart', () => {
    const entry = climbed('c', [['P1', T0]], { parts: [p1Part('pending')] });
    const late = T0 + 20 * DAY_MS;
    const pending = reputationIn('performance', [entry], law, late);
    expect(pending).toMatchObject({ finalScore: '1.0000', finalWeightFixed: 0n });
    expect(pending.provisionalWeightFixed > 0n).toBe(true);
    const settled = { ...entry, parts: [p1Part('final')] };
    const final = reputationIn('performance', [settled], law, late);
    expect(final).toMatchObject({ provisionalWeightFixed: 0n, finalScore: final.score });
    expect(final.score).toBe(pending.score);
  });

  it('is final where nothing was charged once its decision is', () => {
    const entry = climbed('c', [['P1', T0]]);
    const isFinal = (one: CaseEntry) =>
      reputationIn('performance', [one], law, T0 + 20 * DAY_MS).causes[0]?.isFinal;
    expect(isFinal(entry)).toBe(false);
    const settled = withFinalMarks(entry, ['c-P1'], T0 + 14 * DAY_MS);
    expect(isFinal(settled)).toBe(true);
    expect(withFinalMarks(settled, ['c-P1'], T0 + 15 * DAY_MS)).toBe(settled);
    expect(withFinalMarks(entry, ['c-S1'], T0)).toBe(entry);
  });

  it('weighs as the rung that it was reduced to, also where the case had never been at it', () => {
    const nowMs = T0 + 2 * DAY_MS;
    const both: [RungId, number][] = [
      ['P1', T0],
      ['S1', T0 + DAY_MS],
    ];
    const reduced = reputationIn(
      'performance',
      [climbed('c', both, { servedRung: 'P2' })],
      law,
      nowMs,
    );
    expect(reduced.causes).toMatchObject([
      { rung: 'P2', weight: 15, imposedAtMs: T0 + DAY_MS, decisionId: 'c-S1' },
    ]);
    const warned = climbed('c', [['S1', T0]], { servedRung: 'W' });
    expect(reputationIn('performance', [warned], law, nowMs)).toMatchObject({
      score: '1.0000',
      causes: [],
    });
  });

  it('leaves the rung below when the upper one falls, by void, lapse or reduction', () => {
    const both: [RungId, number][] = [
      ['P1', T0],
      ['S1', T0 + DAY_MS],
    ];
    const upper = (status: 'void' | 'lapsed') =>
      aPart('c-S1', { rung: 'S1', status, stakeUnits: 1n });
    const nowMs = T0 + 2 * DAY_MS;
    const only = scoreOf([climbed('c', [['P1', T0]])], nowMs);
    expect(scoreOf([climbed('c', both, { parts: [upper('void')] })], nowMs)).toBe(only);
    expect(scoreOf([climbed('c', both, { parts: [upper('lapsed')] })], nowMs)).toBe(only);
    expect(scoreOf([climbed('c', both, { servedRung: 'P1' })], nowMs)).toBe(only);
  });

  it('is nothing for a case that does not count, and for one from before reputation', () => {
    expect(scoreOf([climbed('c', [['S1', T0]], { counts: false })], T0)).toBe('1.0000');
    expect(scoreOf([anEntry('old', { servedRung: 'S1' })], T0)).toBe('1.0000');
  });
});

describe('a mark', () => {
  it('of a warning is none, and of one decision is one', () => {
    const ladder = lawOf('performance').rungs;
    const mark = { decisionId: 'd', rung: 'P1' as const, imposedAtMs: T0 };
    const entry = anEntry('c');
    expect(withMark(entry, { ...mark, rung: 'W' }, ladder)).toBe(entry);
    const once = withMark(entry, mark, ladder);
    expect(once.reputation).toEqual({ weights: WEIGHTS, marks: [mark] });
    expect(withMark(once, mark, ladder)).toEqual(once);
  });
});

describe('a review', () => {
  const step = { participantId: 'p-1', decisionId: 'c-S1', law, nowMs: T0 };

  it('opens with the decision that takes the score below the line, once', () => {
    const severe = climbed('c', [['S1', T0]]);
    expect(openedReview([anEntry('c')], severe, step)).toMatchObject({
      family: 'performance',
      caseId: 'c',
      openedAtMs: T0,
      score: '0.9259',
    });
    const other = climbed('d', [['S1', T0 - DAY_MS]]);
    expect(openedReview([other], severe, step)).toBeNull();
    expect(openedReview([], climbed('c', [['P2', T0]]), step)).toBeNull();
  });

  it('knows since when the score has been below the line', () => {
    const sinceOf = (entries: CaseEntry[], nowMs: number) =>
      reputationIn('performance', entries, law, nowMs).reviewOpenedAtMs;
    const first = climbed('a', [['S1', T0]]);
    expect(sinceOf([first], T0 + DAY_MS)).toBe(T0);
    expect(sinceOf([first, climbed('b', [['S1', T0 + DAY_MS]])], T0 + 2 * DAY_MS)).toBe(T0);
    expect(sinceOf([first], T0 + 40 * DAY_MS)).toBeNull();
    const again = climbed('b', [['S1', T0 + 40 * DAY_MS]]);
    expect(sinceOf([again, first], T0 + 41 * DAY_MS)).toBe(T0 + 40 * DAY_MS);
  });
});
