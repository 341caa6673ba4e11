import { describe, expect, it } from 'vitest';
import { announce, announceToMore, noticeServed } from '../domain/case/announcing.ts';
import { proposalRefused } from '../domain/case/ending.ts';
import { newCaseState } from '../domain/case/open.ts';
import { nextDue } from '../domain/case/outlook.ts';
import type { CaseState } from '../domain/case/state.ts';
import {
  aLedger,
  anEntry,
  aParticipant,
  aSource,
  DAY_MS,
  firing,
  HOUR_MS,
  lawOf,
  MINUTE_MS,
  resolved,
  T0,
} from '../domain/law/test-fixtures.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { AlertHead } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import type { StepCommit } from '../domain/ports/case-store.ts';
import { createActivities } from './index.ts';
import type { ActivityPorts } from './ports.ts';
import type { StepOutcome } from './step.ts';
import { withoutBreaker } from './test-without-breaker.ts';

// What a review found and mended, each as the scenario that failed. Fakes only at the ports of the domain.

const BEGAN = T0 + DAY_MS;
const DUE = BEGAN + 24 * HOUR_MS;
const law = {
  ...lawOf('performance'),
  checks: [
    { kind: 'head' as const },
    { kind: 'http' as const, group: 'network-probe', path: '/healthz', timeoutMs: 1_000 },
  ],
};

/** The ports over memory: one participant of 1,000,000 units, two monitors, a probe. */
function world(heads: AlertHead[] = [], healthy: boolean | null = false) {
  const entry = anEntry('c', { servedRung: 'W', occurredAtMs: BEGAN, parts: [] });
  let ledger: LedgerSnapshot = aLedger(1_000_000n, [entry]);
  const steps = new Map<string, { inputHash: string; resultJson: string }>();
  const commits: StepCommit[] = [];
  const at = { nowMs: 0, heads, healthy };
  const ports: ActivityPorts = {
    clock: { nowMs: () => at.nowMs },
    ...withoutBreaker,
    cases: {
      readCase: async () => null,
      casesSince: async () => [],
      findStep: async (key) => steps.get(key) ?? null,
      snapshot: async () => ledger,
      sanctions: async () => [],
      commit: async (step) => {
        commits.push(step);
        steps.set(step.stepKey, step);
        if (step.ledger) {
          const cases = step.ledger.entry ? [step.ledger.entry] : ledger.cases;
          const { balances } = step.ledger;
          ledger = { ...ledger, version: ledger.version + 1, balances, cases };
        }
        return { status: 'committed' };
      },
      readNotice: async () => null,
      recordNoticeTry: async () => Promise.reject(new Error('no notice is served here')),
      showServed: async () => {},
    },
    evidence: {
      headsOfCase: async () => at.heads,
      oldestUndeliveredMs: async () => null,
      rearmHeads: async () => {},
      returnToInbox: async () => {},
    },
    directory: {
      participant: async () => aParticipant(10),
      source: async (sourceId) => aSource(sourceId),
      // Only the breaker asks for the law of the present, and this one is older than the breaker.
      policyAt: async () => ({}) as Policy,
      policy: async () => Promise.reject(new Error('the law is pinned')),
    },
    probes: { look: async ({ group }) => ({ group, healthy: at.healthy, detail: '' }) },
    notifier: { deliver: async () => ({ delivered: true, reason: '' }) },
  };
  return { at, commits, steps: createActivities(ports), balances: () => ledger.balances };
}

/** A warned case whose notice of P1 was served when it began. */
function warned(resourceIds: string[]): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: BEGAN,
    confirmAtMs: BEGAN,
  });
  const warning: CaseState = {
    ...fresh,
    law,
    stage: 'correcting',
    rung: 'W',
    occurredAtMs: BEGAN,
    recurrence: { counted: 0, onlyWarnings: false, probation: false },
    startRung: 'W',
  };
  const next = { rung: 'P1' as const, resourceIds, byPerson: null, nowMs: BEGAN };
  return noticeServed(announce(warning, next), 'c-n1', BEGAN);
}

function following(before: CaseState, outcome: StepOutcome): CaseState {
  return { ...outcome.change, law: before.law, steps: before.steps + 1 };
}

/** A resource that fired, cleared, and fires again since `backMs`. */
function back(head: AlertHead, backMs: number, seenMs: number): AlertHead {
  const again = { startsAtMs: backMs, firstReceivedAtMs: backMs, lastSeenAtMs: seenMs };
  const intervals = [...head.intervals, { fromMs: backMs, toMs: null }];
  return { ...head, ...again, status: 'firing', endsAtMs: null, seq: head.seq + 1, intervals };
}

describe('a decision', () => {
  it('that was committed stands, however late its word arrives (rule B1, invariant H3)', async () => {
    const { at, steps, balances } = world([firing('a', 'node-1', BEGAN, DUE)]);
    const input = { state: warned(['node-1']), nowMs: DUE, dueAtMs: DUE };
    at.nowMs = DUE;
    const first = await steps.decideRung(input);
    expect(first.verdict).toBe('imposed');
    const { pending } = balances();
    at.nowMs = DUE + 6 * MINUTE_MS;
    expect(await steps.decideRung(input)).toEqual(first);
    expect(balances().pending).toBe(pending);
  });

  it('that comes too late and was not committed is made anew', async () => {
    const { at, steps, commits } = world([firing('a', 'node-1', BEGAN, DUE)]);
    at.nowMs = DUE + 6 * MINUTE_MS;
    const late = steps.decideRung({ state: warned(['node-1']), nowMs: DUE, dueAtMs: DUE });
    await expect(late).rejects.toMatchObject({ type: 'decision-expired' });
    expect(commits).toEqual([]);
  });

  it('gives a notice to what fires without one (rule A2)', async () => {
    const cleared = resolved(firing('a', 'node-1', BEGAN, BEGAN + HOUR_MS), BEGAN + HOUR_MS);
    const { at, steps } = world([cleared, firing('a', 'node-2', BEGAN + HOUR_MS, DUE)]);
    at.nowMs = DUE;
    const state = warned(['node-1']);
    const outcome = await steps.decideRung({ state, nowMs: DUE, dueAtMs: DUE });
    expect(outcome.verdict).toBe('wait');
    expect(outcome.serve).toEqual(['c-n2']);
    expect(following(state, outcome).announced?.notices[1]?.resourceIds).toEqual(['node-2']);
  });

  it('is held for a dead source though another notice has nothing to wait for (rule A6)', async () => {
    let state = announceToMore(warned(['node-1']), ['node-2'], BEGAN + HOUR_MS);
    state = noticeServed(state, 'c-n2', BEGAN + HOUR_MS);
    const gone = resolved(
      firing('a', 'node-2', BEGAN + HOUR_MS, BEGAN + 3 * HOUR_MS),
      BEGAN + 3 * HOUR_MS,
    );
    const { at, steps } = world([firing('a', 'node-1', BEGAN, BEGAN + 20 * HOUR_MS), gone]);
    at.nowMs = DUE;
    const outcome = await steps.decideRung({ state, nowMs: DUE, dueAtMs: DUE });
    expect(outcome.change.holds).toMatchObject([{ cause: 'stale-source' }]);
  });

  it('cuts by the severity of now, when it fell and the rung stands (rules A12, C3)', async () => {
    const { at, steps, commits } = world([
      firing('a', 'node-1', BEGAN, DUE, { severity: 'minor' }),
    ]);
    const state: CaseState = { ...warned(['node-1']), severity: 'moderate', startRung: 'P1' };
    at.nowMs = DUE;
    await steps.decideRung({ state, nowMs: DUE, dueAtMs: DUE });
    expect(commits[0]?.ledger?.sanction?.rewardCutBps).toBe(500);
  });

  it("raises no stake on one source's graver word (rules A12, B3)", async () => {
    const heads = (seenMs: number) => [
      firing('a', 'node-1', BEGAN, seenMs),
      firing('b', 'node-1', BEGAN + HOUR_MS, seenMs, { severity: 'major' }),
    ];
    const { at, steps } = world(heads(BEGAN + HOUR_MS), null);
    at.nowMs = BEGAN + HOUR_MS;
    const risen = await steps.reassess({ state: warned(['node-1']), nowMs: at.nowMs });
    expect(risen.change.announced?.rung).toBe('S1');
    const state = noticeServed(
      following(warned(['node-1']), risen),
      risen.serve[0] ?? '',
      at.nowMs,
    );
    const dueMs = nextDue(state)?.atMs ?? 0;
    at.nowMs = dueMs;
    at.heads = heads(dueMs);
    const outcome = await steps.decideRung({ state, nowMs: dueMs, dueAtMs: dueMs });
    expect(outcome.change).toMatchObject({
      stage: 'correcting',
      holds: [{ cause: 'insufficient-evidence' }],
    });
  });
});

describe('a hold-down', () => {
  it('begins anew when something fired and cleared within it (rule A10)', async () => {
    const clearMs = BEGAN + 2 * HOUR_MS;
    const head = resolved(firing('a', 'node-1', BEGAN, clearMs), clearMs);
    const { at, steps } = world([head], true);
    at.nowMs = clearMs;
    let state = warned(['node-1']);
    state = following(state, await steps.reassess({ state, nowMs: clearMs }));
    const againMs = clearMs + 14 * MINUTE_MS;
    at.heads = [resolved(back(head, clearMs + 5 * MINUTE_MS, againMs), againMs)];
    at.nowMs = againMs;
    const outcome = await steps.reassess({ state, nowMs: againMs });
    expect(outcome.change.holdDown?.endsAtMs).toBe(againMs + law.holdDownMs);
  });

  it('hides no outage of ours: what fell due in it is due since the alert came back (design §4)', async () => {
    const clearMs = DUE - 10 * MINUTE_MS;
    const head = resolved(firing('a', 'node-1', BEGAN, clearMs), clearMs);
    const { at, steps } = world([head], true);
    at.nowMs = clearMs;
    let state = warned(['node-1']);
    state = following(state, await steps.reassess({ state, nowMs: clearMs }));
    const backMs = DUE + HOUR_MS;
    at.nowMs = DUE + 10 * HOUR_MS;
    at.healthy = false;
    at.heads = [back(head, backMs, at.nowMs)];
    state = following(state, await steps.reassess({ state, nowMs: at.nowMs }));
    const due = nextDue(state);
    expect(due).toEqual({ act: 'decide-rung', atMs: backMs });
    const outcome = await steps.decideRung({ state, nowMs: at.nowMs, dueAtMs: backMs });
    expect(outcome).toMatchObject({ verdict: 'late', change: { rung: 'W' } });
  });
});

it('a lapsed proposal leaves a waiting cure check its next look (rule A10)', () => {
  const proposal = {
    kind: 'rung' as const,
    rung: 'S1' as const,
    proposalId: 'c-p1',
    draftHash: '',
    proposedAtMs: BEGAN,
    proposedBy: null,
    reason: '',
    heldUnits: '0',
    resourceIds: ['node-1'],
    windowEndsAtMs: BEGAN,
    lapsesAtMs: BEGAN,
    approvals: [],
    veto: null,
  };
  const recheck = { atMs: BEGAN + HOUR_MS, everyMs: HOUR_MS };
  const next = proposalRefused(
    { ...warned(['node-1']), stage: 'proposed', recheck, proposal },
    BEGAN,
  );
  expect(nextDue(next)).toEqual({ act: 'recheck-cure', atMs: recheck.atMs });
});
