import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noticeServed } from '../domain/case/announcing.ts';
import { type Due, nextDue } from '../domain/case/outlook.ts';
import type { CaseState } from '../domain/case/state.ts';
import {
  aLedger,
  anEntry,
  aPart,
  aParticipant,
  aSource,
  DAY_MS,
  defaultPolicy,
  firing,
  T0,
} from '../domain/law/test-fixtures.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Policy } from '../domain/policy.ts';
import type { StepCommit } from '../domain/ports/case-store.ts';
import { reputationsOf } from '../domain/reputation/track.ts';
import type { Sanction } from '../domain/sanction.ts';
import type { RungId, Severity } from '../domain/violation.ts';
import { createActivities } from './index.ts';
import type { ActivityPorts } from './ports.ts';
import type { StepOutcome } from './step.ts';
import { withoutBreaker } from './test-without-breaker.ts';

const BEGAN = T0 + 100 * DAY_MS;

/** A participant with a past, and a violation that goes on for as long as the law lets it. */
const scene = fc.record({
  violationType: fc.constantFrom('downtime', 'node-compromise', 'resource-hoarding'),
  severity: fc.constantFrom<Severity>('minor', 'moderate', 'major', 'critical'),
  stakeUnits: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  rewards: fc.bigInt({ min: 0n, max: 1_000n }),
  nodes: fc.integer({ min: 1, max: 4 }),
  earlier: fc.array(fc.record({ agoDays: fc.integer({ min: 1, max: 80 }), units: fc.nat(50) }), {
    maxLength: 3,
  }),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function ledgerOf(one: Scene): LedgerSnapshot {
  const { family } = defaultPolicy.violationTypes[one.violationType] ?? { family: 'performance' };
  const cases = one.earlier.map(({ agoDays, units }, no) =>
    anEntry(`earlier-${no}`, {
      family,
      occurredAtMs: BEGAN - agoDays * DAY_MS,
      parts: [aPart(`earlier-${no}-P1`, { stakeUnits: BigInt(units) })],
    }),
  );
  const pending = one.earlier.reduce((sum, { units }) => sum + BigInt(units), 0n);
  const ledger = aLedger(one.stakeUnits + pending, cases);
  const { rewards } = one;
  return {
    ...ledger,
    balances: {
      ...ledger.balances,
      available: one.stakeUnits,
      pending,
      rewardsCredited: rewards,
      rewardsUnpaid: rewards,
    },
    unpaidRewards: rewards > 0n ? [{ earnedAtMs: T0, units: rewards }] : [],
  };
}

/** The ports over memory, under the policy with or without shadow. */
function world(one: Scene, shadow: boolean) {
  let ledger = ledgerOf(one);
  const sanctions = new Map<string, Sanction>();
  const steps = new Map<string, StepCommit>();
  const at = { nowMs: BEGAN };
  const known = defaultPolicy.violationTypes[one.violationType];
  if (!known) throw new Error('no such type');
  const types = { ...defaultPolicy.violationTypes, [one.violationType]: { ...known, shadow } };
  const { breaker: _none, ...law } = defaultPolicy;
  const policy = { ...law, violationTypes: types } as Policy;
  const heads = () =>
    ['a', 'b'].map((source) => {
      const { violationType, severity } = one;
      return firing(source, 'node-1', BEGAN, at.nowMs, { violationType, severity });
    });
  const ports: ActivityPorts = {
    clock: { nowMs: () => at.nowMs },
    ...withoutBreaker,
    cases: {
      readCase: async () => null,
      casesSince: async () => [],
      findStep: async (key) => steps.get(key) ?? null,
      snapshot: async () => ledger,
      sanctions: async () => [...sanctions.values()],
      commit: async (step) => {
        steps.set(step.stepKey, step);
        if (step.ledger) {
          const { entry, sanction, balances } = step.ledger;
          const others = ledger.cases.filter(({ caseId }) => caseId !== entry?.caseId);
          const cases = entry ? [...others, entry] : ledger.cases;
          // What live parts took of rewards is no longer unpaid, as the store reckons it.
          const left = balances.rewardsUnpaid;
          const unpaidRewards = left > 0n ? [{ earnedAtMs: T0, units: left }] : [];
          ledger = { ...ledger, version: ledger.version + 1, balances, cases, unpaidRewards };
          if (sanction) sanctions.set(sanction.caseId, sanction);
        }
        return { status: 'committed' };
      },
      readNotice: async () => null,
      recordNoticeTry: async () => Promise.reject(new Error('no notice is served here')),
      showServed: async () => {},
    },
    evidence: {
      headsOfCase: async () => heads(),
      oldestUndeliveredMs: async () => null,
      rearmHeads: async () => {},
      returnToInbox: async () => {},
    },
    directory: {
      participant: async () => aParticipant(one.nodes),
      source: async (sourceId) => aSource(sourceId),
      policyAt: async () => policy,
      policy: async () => policy,
    },
    probes: { look: async ({ group }) => ({ group, healthy: false, detail: '' }) },
    notifier: { deliver: async () => ({ delivered: true, reason: '' }) },
  };
  return {
    at,
    steps: createActivities(ports),
    ledger: () => ledger,
    sanctions: () => [...sanctions.values()],
    commits: () => [...steps.values()],
  };
}

/** The case at the end of each step; a real one's notices are served and its drafts approved at once, as shadow has it. */
function after(before: CaseState | null, outcome: StepOutcome, nowMs: number): CaseState {
  const law = outcome.law ?? before?.law ?? null;
  let state: CaseState = { ...outcome.change, law, steps: (before?.steps ?? 0) + 1 };
  if (law?.shadow) return state;
  for (const noticeId of outcome.serve) state = noticeServed(state, noticeId, nowMs);
  if (!state.proposal) return state;
  const ballots = ['ann', 'bob'].map((person) => ({
    person,
    organisation: person,
    atMs: nowMs,
    reason: 'seen',
  }));
  return { ...state, proposal: { ...state.proposal, approvals: ballots } };
}

/** Lives through the case until nothing but people could move it. */
async function lived(one: Scene, shadow: boolean) {
  const life = world(one, shadow);
  const { at, steps } = life;
  const opening = { v: 1 as const, networkId: 'main', caseId: 'c', participantId: 'p-1' };
  const { violationType } = one;
  let state = after(null, await steps.openCase({ ...opening, violationType, nowMs: BEGAN }), BEGAN);
  for (let step = 0; step < 20 && state.stage !== 'ended'; step++) {
    const due = nextDue(state);
    if (!due || due.act === 'ask-governors') break;
    at.nowMs = due.atMs;
    const input = { state, nowMs: due.atMs };
    const act = ({ act: what, atMs }: Due) => {
      if (what === 'confirm') return steps.confirmCase(input);
      if (what === 'settle') return steps.settleDue(input);
      return steps.decideRung({ ...input, dueAtMs: atMs });
    };
    const outcome = await act(due);
    state = after(state, outcome, due.atMs);
  }
  return { ...life, state };
}

/** What a case decided: rung, instant and amount. */
function decided(state: CaseState): [RungId, number, string][] {
  return state.imposed.map(({ rung, imposedAtMs, chargedUnits }) => [
    rung,
    imposedAtMs,
    chargedUnits,
  ]);
}

test('a case in shadow decides what a real one would, and writes no posting, no sanction and no notice (invariant H15)', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (one) => {
      const real = await lived(one, false);
      const shadow = await lived(one, true);
      // Money of a real case may become final while it climbs on; what is decided does not depend on it.
      expect(decided(shadow.state)).toEqual(decided(real.state));
      expect(shadow.state.outcome).toBe(real.state.outcome);

      expect(shadow.ledger()).toEqual(ledgerOf(one));
      expect(shadow.sanctions()).toEqual([]);
      expect(shadow.commits().length).toBeGreaterThan(1);
      for (const commit of shadow.commits()) {
        expect(commit).toMatchObject({ ledger: null, notices: [], record: { shadow: true } });
        expect(commit.record?.money).toMatchObject({ heldUnits: '0', pendingUnits: '0' });
      }
      const nowMs = shadow.at.nowMs;
      const law = defaultPolicy.reputation;
      expect(reputationsOf(shadow.ledger().cases, law, nowMs)).toEqual(
        reputationsOf(ledgerOf(one).cases, law, nowMs),
      );
    }),
    { numRuns: 60 },
  );
});
