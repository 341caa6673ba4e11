import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announce, noticeServed } from '../case/announcing.ts';
import { holdsAbout, withClockHolds } from '../case/incidents.ts';
import { newCaseState } from '../case/open.ts';
import type { CaseState } from '../case/state.ts';
import { lawOf, T0 } from '../law/test-fixtures.ts';
import { covers, type Incident, type IncidentScope, overlapMs, stands } from './incident.ts';

const HOUR_MS = 3_600_000;

const anIncident = (
  fromMs: number,
  closedAtMs: number | null,
  scope?: IncidentScope,
): Incident => ({
  v: 1,
  incidentId: `i-${fromMs}`,
  kind: 'clock-hold',
  scope: scope ?? { kind: 'network' },
  reason: 'a test',
  openedBy: 'gina',
  openedAtMs: fromMs,
  attentionAtMs: fromMs,
  endsAtMs: fromMs + 168 * HOUR_MS,
  longestUntilMs: null,
  terms: [],
  releases: [],
  outcome: null,
  closedAtMs,
  revision: 1,
});

/** A warned case whose window of P1 began at T0. */
function warned(): CaseState {
  const fresh = newCaseState({
    ...{ networkId: 'main', caseId: 'c', participantId: 'p', violationType: 'downtime' },
    ...{ controlGroup: 'g', severity: 'minor', openedAtMs: T0, confirmAtMs: T0 },
  });
  const state: CaseState = { ...fresh, law: lawOf('performance'), stage: 'correcting', rung: 'W' };
  const next = { rung: 'P1' as const, resourceIds: ['node-1'], byPerson: null, nowMs: T0 };
  return noticeServed(announce(state, next), 'c-n1', T0);
}

describe('the time under clock holds (rules A5, A6)', () => {
  const spans = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 6 });

  it('is counted once where several overlap, and never beyond the stretch that is asked for', () => {
    fc.assert(
      fc.property(spans, fc.nat(40), fc.nat(40), (all, from, length) => {
        const incidents = all.map(([begin, lasts]) => anIncident(begin, begin + lasts));
        const minutes = Array.from({ length }, (_, index) => from + index);
        const covered = minutes.filter((minute) =>
          all.some(([begin, lasts]) => begin <= minute && minute < begin + lasts),
        );
        expect(overlapMs(incidents, from, from + length)).toBe(covered.length);
      }),
    );
  });

  it('moves a window by the same whether the case looks once or often', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 48 * HOUR_MS }), { maxLength: 8 });
    fc.assert(
      fc.property(spans, instants, (all, looks) => {
        const incidents = all.map(([begin, lasts]) =>
          anIncident(T0 + begin * HOUR_MS, T0 + (begin + lasts) * HOUR_MS),
        );
        const endMs = T0 + 60 * HOUR_MS;
        const sorted = [...looks.map((atMs) => T0 + atMs).sort((a, b) => a - b), endMs];
        const often = sorted.reduce(
          (state, atMs) => withClockHolds(state, incidents, atMs),
          warned(),
        );
        const once = withClockHolds(warned(), incidents, endMs);
        expect(often).toEqual(once);
        const [notice] = once.announced?.notices ?? [];
        expect(notice?.dueAtMs).toBe(T0 + 24 * HOUR_MS + overlapMs(incidents, T0, endMs));
        expect(once.frozenMs).toBe(overlapMs(incidents, T0, endMs));
      }),
    );
  });

  it('ends with the term, whether or not somebody has written that down', () => {
    const open = anIncident(T0, null);
    const endsAtMs = T0 + 168 * HOUR_MS;
    expect([T0 - 1, T0, endsAtMs - 1, endsAtMs].map((atMs) => stands(open, atMs))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(overlapMs([open], T0, endsAtMs + HOUR_MS)).toBe(168 * HOUR_MS);
  });
});

describe('a scope', () => {
  const one = {
    ...{ participantId: 'p', controlGroup: 'g', violationType: 'downtime' },
    ...{ family: 'performance' as const, sourceIds: ['monitor-a'] },
  };
  it.each<[IncidentScope, boolean]>([
    [{ kind: 'network' }, true],
    [{ kind: 'family', family: 'performance' }, true],
    [{ kind: 'family', family: 'security' }, false],
    [{ kind: 'violation-type', violationType: 'downtime' }, true],
    [{ kind: 'violation-type', violationType: 'stake-shortfall' }, false],
    [{ kind: 'source', sourceId: 'monitor-a' }, true],
    [{ kind: 'source', sourceId: 'monitor-b' }, false],
    [{ kind: 'control-group', controlGroup: 'g' }, true],
    [{ kind: 'control-group', controlGroup: 'h' }, false],
    [{ kind: 'participant', participantId: 'p' }, true],
    [{ kind: 'participant', participantId: 'q' }, false],
  ])('%j has the case in it: %s', (scope, isIn) => {
    expect(covers(scope, one)).toBe(isIn);
  });

  it('of the breaker holds no clock', () => {
    const breaker: Incident = { ...anIncident(T0, null), kind: 'breaker' };
    expect(holdsAbout(warned(), [], [breaker])).toEqual([]);
  });
});
