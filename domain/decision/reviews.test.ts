import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Dispute, DisputeEnd, Ruling } from '../case/dispute.ts';
import { newCaseState } from '../case/open.ts';
import type { CaseState, ImposedStep, Proposal } from '../case/state.ts';
import { restated } from '../law/restating.ts';
import { aLedger, anEntry, DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import { fromPlain } from './exact.ts';
import { recompute, recurrenceOf } from './recompute.ts';
import type { Decision, DecisionRecord, ProposalEnd } from './record.ts';
import { droppedRecord, recountedRecord, reviewedRecord } from './reviews.ts';

/** Decisions about decisions: each comes out of its record again, and whoever changes what was said is found. */

const law = lawOf('performance');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function step(rung: ImposedStep['rung'], atDays: number): ImposedStep {
  const imposedAtMs = T0 + atDays * DAY_MS;
  const isWarning = rung === 'W';
  return {
    decisionId: `c-1-${rung}`,
    rung,
    imposedAtMs,
    chargedUnits: isWarning ? '0' : '10',
    finalDueAtMs: imposedAtMs + 14 * DAY_MS,
    money: isWarning ? 'none' : 'pending',
    basis: {
      numerator: '1000',
      denominator: '1',
      severity: 'moderate',
      byPerson: false,
      earning: [null],
    },
  };
}

function climbed(change: Partial<CaseState> = {}): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'moderate',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return {
    ...fresh,
    stage: 'correcting',
    law,
    rung: 'P2',
    startRung: 'W',
    occurredAtMs: T0,
    recurrence: { counted: 0, onlyWarnings: false, probation: false },
    imposed: [step('W', 0), step('P1', 1), step('P2', 4)],
    ...change,
  };
}

const says = (person: string, change: Partial<Ruling> = {}): Ruling => ({
  person,
  organisation: `org-of-${person}`,
  result: 'reduced',
  toRung: 'P1',
  reasonCode: 'amount',
  reason: 'too much',
  atMs: T0 + 6 * DAY_MS,
  ...change,
});

const disputeOf = (rulings: Ruling[]): Dispute => ({
  disputeId: 'c-1-x1',
  decisionId: 'c-1-P2',
  rung: 'P2',
  by: 'otto',
  grounds: 'the node was up',
  openedAtMs: T0 + 5 * DAY_MS,
  awaitedUntilMs: T0 + 13 * DAY_MS,
  dueAtMs: T0 + 13 * DAY_MS,
  panel: 1,
  escalatedAtMs: null,
  reviewersNeeded: 2,
  rulings,
  replaced: [],
  end: null,
});

function reviewed(
  rulings: Ruling[],
  end: Partial<DisputeEnd>,
  nowMs = T0 + 6 * DAY_MS,
): DecisionRecord {
  const dispute = disputeOf(rulings);
  const state = climbed({ disputes: [dispute] });
  const told: DisputeEnd = {
    result: 'reduced',
    standingRung: 'P1',
    reasonCode: 'amount',
    reason: 'too much',
    by: ['rita', 'rolf'],
    atMs: nowMs,
    returnedUnits: '10',
    ...end,
  };
  return reviewedRecord(
    { decisionId: dispute.disputeId, state, nowMs, sha256 },
    {
      dispute,
      end: told,
      fallen: { snapshot: aLedger(1_000n), imposed: state.imposed, sanction: null },
    },
  );
}

function faultsOf({ exact, ...plain }: DecisionRecord): string[] {
  return recompute(fromPlain<Decision>(plain as never, exact), law, sha256);
}

const both = [says('rita'), says('rolf')];

describe('a dispute that was decided (rule E5)', () => {
  test('says who concurred, what stands and what went back', () => {
    const record = reviewed(both, {});
    expect(record).toMatchObject({
      kind: 'reviewed',
      decisionId: 'c-1-x1',
      review: { by: ['rita', 'rolf'], standingRung: 'P1', returnedUnits: '10' },
    });
    expect(record.words.what).toBe('The dispute of P2 by otto is decided: reduced. P1 stands.');
    expect(record.words.impact.join(' ')).toContain('10 units of SWM went back');
    expect(faultsOf(record)).toEqual([]);
  });

  test.each<[string, Ruling[], Partial<DisputeEnd>, string]>([
    ['on one word alone', [says('rita')], { by: ['rita'] }, 'too few reviewers had said the same'],
    [
      'though the reviewers did not say the same',
      [says('rita'), says('rolf', { result: 'upheld', toRung: null })],
      {},
      'too few reviewers had said the same',
    ],
    ['otherwise than they said', both, { result: 'overturned' }, 'the result'],
    ['to another rung than they said', both, { standingRung: 'W' }, 'the rung that stands'],
    ['in the name of somebody else', both, { by: ['rita', 'mallory'] }, 'the reviewers, 1'],
  ])('is not decided %s', (_name, rulings, end, fault) => {
    expect(faultsOf(reviewed(rulings, end)).join()).toContain(fault);
  });

  test('lapses at its hard stop, and not before (rule D7)', () => {
    const end: Partial<DisputeEnd> = { result: 'lapsed', reasonCode: null, by: [] };
    const hardStopMs = T0 + 4 * DAY_MS + law.pendingHardStopMs;
    expect(faultsOf(reviewed([], end, hardStopMs))).toEqual([]);
    expect(faultsOf(reviewed([], end, hardStopMs - 1))).toEqual(['it lapsed before its hard stop']);
    expect(faultsOf(reviewed(both, end, hardStopMs)).join()).toContain('the result');
  });
});

describe('a proposal that ended without effect (rules D7, E3)', () => {
  const ballot = { person: 'gil', organisation: 'north', reason: 'no', atMs: T0 + 12 * DAY_MS };
  const proposal: Proposal = {
    proposalId: 'c-1-p1',
    kind: 'rung',
    rung: 'S1',
    draftHash: 'h',
    proposedAtMs: T0 + 11 * DAY_MS,
    proposedBy: null,
    reason: 'uncorrected',
    heldUnits: '40',
    resourceIds: [null],
    windowEndsAtMs: T0 + 18 * DAY_MS,
    lapsesAtMs: T0 + 46 * DAY_MS,
    approvals: [],
    veto: null,
  };
  const veto = {
    by: ballot,
    dueAtMs: T0 + 20 * DAY_MS,
    confirmedBy: [],
    liftedBy: [],
    lifted: false,
  };
  const dropped = (reason: ProposalEnd, atDays: number, change: Partial<Proposal> = {}) =>
    droppedRecord(
      {
        decisionId: 'c-1-p1-dropped',
        state: climbed({ stage: 'proposed', proposal: { ...proposal, ...change } }),
        nowMs: T0 + atDays * DAY_MS,
        sha256,
      },
      { reason, snapshot: aLedger(1_000n) },
    );

  test('says what goes back', () => {
    const record = dropped('lapsed', 46);
    expect(record).toMatchObject({ kind: 'dropped', dropped: 'lapsed', rung: null });
    expect(record.words.impact[0]).toBe('40 units of SWM that were held went back.');
    expect(faultsOf(record)).toEqual([]);
    expect(
      faultsOf(dropped('vetoed', 13, { veto: { ...veto, confirmedBy: [ballot, ballot] } })),
    ).toEqual([]);
    expect(faultsOf(dropped('veto-not-lifted', 20, { veto }))).toEqual([]);
  });

  test.each<[string, DecisionRecord, string]>([
    ['before its term', dropped('lapsed', 45), 'it lapsed before its term'],
    ['by a veto that nobody gave', dropped('vetoed', 13), 'nobody had vetoed it'],
    [
      'by a veto that nobody confirmed',
      dropped('vetoed', 13, { veto }),
      'fewer than two reviewers had confirmed the veto',
    ],
    [
      'while the veto may still be lifted',
      dropped('veto-not-lifted', 19, { veto }),
      'the time to lift the veto was not over',
    ],
  ])('does not end %s', (_name, record, fault) => {
    expect(faultsOf(record)).toEqual([fault]);
  });
});

describe('a case that is reckoned anew (rule D10)', () => {
  function recounted(change: (parts: NonNullable<Decision['recount']>['parts']) => void) {
    const entries = [anEntry('c-0', { counts: false }), anEntry('c-1')];
    const state = climbed({
      startRung: 'P2',
      multiplierBps: 10_000,
      recurrence: { counted: 1, onlyWarnings: false, probation: false },
    });
    const nowMs = T0 + 6 * DAY_MS;
    const { family } = law;
    const input = { entries, caseId: 'c-1', family, occurredAtMs: T0, sanctions: [], nowMs };
    const now = restated(state, recurrenceOf(law, input));
    if (!now) throw new Error('It starts lower than it did.');
    const parts = structuredClone(now.parts);
    change(parts);
    return recountedRecord(
      { decisionId: 'c-1-after', state, nowMs, sha256 },
      {
        now: { ...now, parts },
        recurrence: { input, severity: state.severity, found: now.recurrence, start: now.start },
        causes: ['c-0'],
        fallen: { snapshot: aLedger(1_000n), imposed: state.imposed, sanction: null },
      },
    );
  }

  test('keeps what the earlier cases that are left lead to', () => {
    const record = recounted(() => {});
    expect(record).toMatchObject({ kind: 'recounted', recount: { fallen: ['c-0'] } });
    expect(record.words.why).toContain('now 0 earlier ones count, and the case starts at P1');
    expect(faultsOf(record)).toEqual([]);
  });

  test('keeps no unit more', () => {
    const record = recounted((parts) => {
      const [first] = parts;
      if (first) first.keepUnits += 1n;
    });
    expect(faultsOf(record).join()).toContain('what the case keeps, 0/keepUnits');
  });
});
