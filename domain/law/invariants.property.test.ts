import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { caseFaults, conservationFaults, foldBalances } from '../ledger/conservation.ts';
import { entryOf, replacePart, still } from '../ledger/move.ts';
import { maxUnits, minUnits } from '../money.ts';
import { STANDINGS } from '../sanction.ts';
import { rungOf, windowMs } from './pin.ts';
import { blocksByHand, reallyFiredMs, totalByHand } from './test-oracle.ts';
import { isBarred } from './test-sanctions.ts';
import { type Command, Simulation } from './test-simulation.ts';
import { setup, story } from './test-stories.ts';
import {
  type AccessReturn,
  type Decision,
  LAWS,
  type Laws,
  type Setup,
  type World,
} from './test-world.ts';

const RUNS = 1_000;

type Check = (world: World, before: Glimpse) => void;

/** What the checks compare the world with. */
interface Glimpse {
  exits: number;
  decisions: number;
  returns: number;
  sanctions: World['sanctions'];
}

function glimpse(world: World): Glimpse {
  return {
    exits: world.exits.length,
    decisions: world.decisions.length,
    returns: world.returns.length,
    sanctions: world.sanctions,
  };
}

function played(start: Setup, commands: Command[]): Simulation {
  const simulation = new Simulation(start);
  for (const one of commands) simulation.play(one);
  return simulation;
}

/** The property that a check holds after every command of every story. */
function holds(check: Check, laws: Partial<Laws> = {}) {
  return fc.property(setup, story, (start, commands) => {
    const simulation = new Simulation(start, laws);
    for (const one of commands) {
      const before = glimpse(simulation.world);
      simulation.play(one);
      check(simulation.world, before);
    }
  });
}

/** H1: the books conserve, nothing is negative, held and pending are the sums over cases, and the movements alone say the same. */
const booksConserve: Check = (world) => {
  expect(conservationFaults(world.ledger.balances)).toEqual([]);
  expect(caseFaults(world.ledger)).toEqual([]);
  expect(foldBalances(world.transfers)).toEqual(world.ledger.balances);
};

/** H3: a case charges the most that one of its rungs is worth within cap and slashable, never a sum; one charge per decision. */
const chargesTheMaximum: Check = (world, before) => {
  for (const decision of world.decisions.slice(before.decisions)) {
    const earlier =
      decision.before.cases.find(({ caseId }) => caseId === decision.caseId)?.parts ?? [];
    const already = earlier
      .filter(({ status }) => status === 'held' || status === 'pending' || status === 'final')
      .reduce((sum, part) => sum + part.stakeUnits + part.rewardUnits, 0n);
    const most = totalByHand(world, decision);
    const expected = maxUnits(most, already);
    // A draft may only fall (rule E2), so an imposition may stay below.
    if (decision.kind === 'impose') expect(decision.chargedUnits <= expected).toBe(true);
    else expect(decision.chargedUnits).toBe(expected);
  }
  const keys = world.decisions
    .filter(({ kind }) => kind !== 'hold')
    .map(({ decisionId }) => decisionId);
  expect(new Set(keys).size).toBe(keys.length);
};

/** H4: every posting of a decision rests on a gate, a served notice with its grace, what really fired, and its approvals. */
const chargesWithCause: Check = (world, before) => {
  for (const decision of world.decisions.slice(before.decisions)) rests(world, decision);
  const known = new Set(world.decisions.map(({ decisionId }) => decisionId));
  for (const { kind, decisionId } of world.transfers) {
    if (['hold', 'charge', 'impose', 'finalise'].includes(kind))
      expect(known).toContain(decisionId);
  }
};

function rests(world: World, decision: Decision): void {
  const { rung, atMs, earning, notices, kind } = decision;
  expect(atMs - decision.gateAtMs).toBeLessThanOrEqual(5 * 60_000);
  expect(earning.length).toBeGreaterThan(0);
  expect(decision.groups.length).toBeGreaterThanOrEqual(2);
  const requiredMs = kind === 'hold' ? rung.graceBeforeMs : windowMs(rung);
  for (const node of earning) {
    const notice = notices.find(({ resourceIds }) => resourceIds.includes(node));
    expect(notice).toBeDefined();
    const servedAtMs = notice?.servedAtMs ?? atMs;
    expect(atMs - servedAtMs).toBeGreaterThanOrEqual(rung.graceBeforeMs);
    const spells = world.truthOf(decision.violationType, node);
    expect(reallyFiredMs(spells, servedAtMs, atMs)).toBeGreaterThanOrEqual(requiredMs);
  }
  if (kind !== 'impose') return;
  const votes = decision.votes.filter(({ draftHash }) => draftHash === decision.draftHash);
  expect(new Set(votes.map(({ person }) => person)).size).toBeGreaterThanOrEqual(rung.approvals);
  expect(new Set(votes.map(({ organisation }) => organisation)).size).toBeGreaterThanOrEqual(
    rung.approvals,
  );
}

/** H5: access returns only through the gate or an overturn, and for one case at a time. */
const accessReturnsByTheGate: Check = (world, before) => {
  const returns = world.returns.slice(before.returns);
  for (const old of before.sanctions) {
    const now = world.sanctionOf(old.caseId);
    const isSofter = now === null || STANDINGS.indexOf(now.access) < STANDINGS.indexOf(old.access);
    if (isBarred(old) && isSofter)
      expect(returns.map(({ caseId }) => caseId)).toContain(old.caseId);
  }
  for (const back of returns) if (back.cause === 'gate') wasEarned(world, back);
};

function wasEarned(world: World, { state, atMs, violationType }: AccessReturn): void {
  expect(state.stage).toBe('restoring');
  expect(state.remediation?.confirmedBy).toBeTruthy();
  expect(state.appeal).not.toBeNull();
  const passed = state.findings
    .filter(({ result }) => result === 'pass')
    .map(({ auditor }) => auditor);
  expect(new Set(passed).size).toBeGreaterThanOrEqual(
    rungOf(world.law, state.rung ?? 'W').auditors,
  );
  for (const step of state.imposed) {
    const { suspension } = rungOf(world.law, step.rung);
    expect(suspension.kind).not.toBe('exclusion');
    if ('minMs' in suspension)
      expect(atMs).toBeGreaterThanOrEqual(step.imposedAtMs + suspension.minMs);
  }
  // Nothing fired, and nothing had through the whole hold-down before the correction.
  const spells = world.truthOf(violationType, null);
  expect(
    spells.every(({ fromMs, toMs }) => (toMs !== null && toMs <= atMs) || fromMs >= atMs),
  ).toBe(true);
}

/** H7: what leaves leaves enough for every block; and a case charges nothing but stake of its own time that has not left. */
const nothingEvades: Check = (world, before) => {
  for (const { ledger, cases } of world.exits.slice(before.exits)) {
    const { available, exiting } = ledger.balances;
    expect(available + exiting >= blocksByHand({ law: world.law, ledger, cases })).toBe(true);
  }
  for (const decision of world.decisions.slice(before.decisions)) {
    if (decision.calculation.chargeUnits === 0n) continue;
    const { deposits, withdrawals } = decision.before;
    const owned = deposits.filter(({ atMs }) => atMs <= decision.occurredAtMs);
    const sum = (all: { units: bigint }[]) => all.reduce((total, one) => total + one.units, 0n);
    const rest = sum(owned) - sum(withdrawals.flatMap(({ left }) => left));
    expect(decision.chargedUnits <= maxUnits(rest, 0n)).toBe(true);
  }
};

/** Planted bugs, each with the invariant that must catch it. */
const bugs: [name: string, check: Check, laws: Partial<Laws>][] = [
  [
    'H1 catches a void that is forgotten in the books',
    booksConserve,
    {
      releaseHold: (snapshot, ref) => {
        const entry = entryOf(snapshot, ref.caseId);
        const part = entry.parts.find(({ decisionId }) => decisionId === ref.decisionId);
        return still(
          snapshot,
          part === undefined ? entry : replacePart(entry, { ...part, status: 'void' }),
        );
      },
    },
  ],
  [
    'H3 catches the sum of all rungs where the maximum is due',
    chargesTheMaximum,
    {
      calculate: (input) => {
        const right = LAWS.calculate(input);
        const sum = right.chargeUnits + right.alreadyChargedUnits;
        const units = minUnits(sum, input.snapshot.balances.available);
        return { ...right, chargeUnits: units, fromRewardsUnits: 0n, fromStakeUnits: units };
      },
    },
  ],
  [
    'H3 catches a charge on a later deposit',
    chargesTheMaximum,
    {
      calculate: (input) => {
        const deposits = input.snapshot.deposits.map((one) => ({ ...one, atMs: 0 }));
        return LAWS.calculate({ ...input, snapshot: { ...input.snapshot, deposits } });
      },
    },
  ],
  [
    'H4 catches a rung that does not wait for its window of firing',
    chargesWithCause,
    {
      judge: (input) =>
        LAWS.judge({ ...input, named: input.named && { ...input.named, requiredMs: 0 } }),
    },
  ],
  [
    'H4 catches a rung on the word of a single monitor',
    chargesWithCause,
    { judge: (input) => LAWS.judge({ ...input, rung: { ...input.rung, tier: 'warning' } }) },
  ],
  ['H4 catches an imposition without approvals', chargesWithCause, { mayBeImposed: () => true }],
  [
    'H5 catches access that returns without the gate',
    accessReturnsByTheGate,
    { mayReturn: () => true },
  ],
  [
    'H7 catches a withdrawal that waits for no case',
    nothingEvades,
    { mayLeaveUnits: ({ balances }) => balances.available + balances.exiting },
  ],
  [
    'H7 catches a block that forgets the rungs above the first',
    nothingEvades,
    {
      exposure: (input) =>
        LAWS.exposure({
          ...input,
          law: { ...input.law, rungs: input.law.rungs.filter(({ id }) => id <= 'P1') },
        }),
    },
  ],
  [
    'H5 catches a lift of another case’s sanction',
    accessReturnsByTheGate,
    { isLifted: () => true },
  ],
];

describe('whatever monitors, people and time do', () => {
  const checks: [name: string, check: Check][] = [
    ['the books conserve (invariant H1)', booksConserve],
    [
      'a case charges the maximum of its rungs, once per decision (invariant H3)',
      chargesTheMaximum,
    ],
    [
      'every posting rests on evidence, notice, grace and approvals (invariant H4)',
      chargesWithCause,
    ],
    ['access returns only through the gate or an overturn (invariant H5)', accessReturnsByTheGate],
    ['nothing evades a case by leaving (invariant H7)', nothingEvades],
  ];
  const broken = new Set<Check>();
  let seed: number;
  let played = 0;

  // The stories are lived once for all checks: living them costs far more than looking at them.
  beforeAll(() => {
    const all: Check = (world, before) => {
      for (const [, check] of checks) {
        if (broken.has(check)) continue;
        try {
          check(world, before);
        } catch {
          broken.add(check);
        }
      }
    };
    ({ seed, numRuns: played } = fc.check(holds(all), { numRuns: RUNS }));
  });

  test.each(checks)('%s', (_name, check) => {
    expect(played).toBe(RUNS);
    // The same stories again, to find the shortest that breaks it.
    if (broken.has(check)) fc.assert(holds(check), { numRuns: RUNS, seed });
  });
});

test('the stories go everywhere: every rung, every family, the way back, overturned, lapsed and final money', () => {
  const seen = new Map<string, number>();
  const count = (what: string): void => {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  };
  fc.assert(
    fc.property(setup, story, (start, commands) => {
      const { world } = played(start, commands);
      for (const { kind, rung } of world.decisions) count(`${start.family} ${kind} ${rung.id}`);
      for (const { cause } of world.returns) count(cause);
      for (const { outcome } of world.cases) count(String(outcome));
      for (const { parts } of world.ledger.cases) for (const { status } of parts) count(status);
      for (const { kind } of world.transfers) count(kind);
      for (const { left } of world.ledger.withdrawals) if (left.length > 1) count('leave in part');
      for (const { exitTranches } of world.ledger.cases.flatMap(({ parts }) => parts))
        if (exitTranches) count('charge from the exit');
    }),
    { numRuns: RUNS, seed: 1 },
  );
  const atLeast = (least: number, ...what: string[]): void => {
    for (const one of what) expect([one, (seen.get(one) ?? 0) >= least]).toEqual([one, true]);
  };
  for (const family of ['performance', 'operational', 'security']) {
    atLeast(10, `${family} charge P1`, `${family} impose S1`, `${family} hold S2`);
    atLeast(1, `${family} impose S2`);
  }
  atLeast(20, 'gate', 'overturn', 'reinstated', 'corrected', 'unconfirmed', 'dismissed');
  atLeast(2, 'excluded');
  atLeast(10, 'void', 'final', 'pending', 'held', 'lapsed');
  atLeast(10, 'begin-exit', 'leave', 'cancel-exit', 'payout', 'reward', 'return-cut');
  atLeast(5, 'leave in part', 'charge from the exit');
});

describe('the properties can fail', () => {
  test.each(bugs)('%s', (_name, check, laws) => {
    const run = fc.check(holds(check, laws), { numRuns: RUNS, endOnFailure: true });
    // Caught by the invariant itself, not by a model that fell over.
    expect(run.errorInstance).toMatchObject({ name: 'AssertionError' });
  });
});
