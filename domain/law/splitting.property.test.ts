import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { applyMove, type LedgerMove } from '../ledger/move.ts';
import { chargeAutomatic, openCaseEntry, recordServed } from '../ledger/moves.ts';
import type { Participant } from '../participant.ts';
import type { Family, Severity } from '../violation.ts';
import { calculateCharge } from './calculation.ts';
import { casesOfGroup } from './group.ts';
import { firstAnnounced, multiplierBpsFor, startOf } from './ladder.ts';
import { rungOf } from './pin.ts';
import { countRecurrence } from './recurrence.ts';
import { liveUnits } from './slashable.ts';
import { aLedger, aParticipant, lawOf, T0 } from './test-fixtures.ts';

/** What one owner has: resources, and the id that each is registered under. */
interface Owner {
  family: Family;
  unitsPerCapacity: bigint;
  resources: { capacity: number; id: number }[];
}

/** One outage: some resources fail at the same time. */
interface Fault {
  afterHours: number;
  severity: Severity;
  hits: number[];
}

interface Account {
  participant: Participant;
  ledger: LedgerSnapshot;
}

/** The ids of an owner, each with its own share of stake and resources. */
function accountsOf(owner: Owner, idOf: (index: number) => number): Account[] {
  const ids = [...new Set(owner.resources.map((_, index) => idOf(index)))].sort();
  return ids.map((id) => {
    const own = owner.resources.flatMap(({ capacity }, index) =>
      idOf(index) === id ? [{ resourceId: `node-${index}`, capacity }] : [],
    );
    const whole = own.reduce((sum, { capacity }) => sum + capacity, 0);
    const participantId = `p-${id}`;
    return {
      participant: { ...aParticipant(0), participantId, resources: own },
      ledger: { ...aLedger(BigInt(whole) * owner.unitsPerCapacity), participantId },
    };
  });
}

/** Plays the faults over the ids of one owner and returns what all were charged together. Without `knowsGroup` the law looks at each id alone. */
function totalOf(
  owner: Owner,
  faults: readonly Fault[],
  idOf: (index: number) => number,
  knowsGroup = true,
): bigint {
  const accounts = accountsOf(owner, idOf);
  let atMs = T0;
  faults.forEach((fault, number) => {
    atMs += fault.afterHours * 3_600_000;
    const hit = new Set(fault.hits.map((index) => `node-${index % owner.resources.length}`));
    for (const account of accounts) {
      const earning = account.participant.resources
        .map(({ resourceId }) => resourceId)
        .filter((resourceId) => hit.has(resourceId));
      if (earning.length > 0)
        charge(owner, account, knowsGroup ? accounts : [], { fault, number, atMs, earning });
    }
  });
  return accounts.reduce((sum, { ledger }) => sum + ledger.cases.reduce(addLive, 0n), 0n);
}

function addLive(sum: bigint, entry: CaseEntry): bigint {
  return sum + liveUnits(entry);
}

function charge(
  { family }: Owner,
  account: Account,
  accounts: readonly Account[],
  {
    fault,
    number,
    atMs,
    earning,
  }: { fault: Fault; number: number; atMs: number; earning: string[] },
): void {
  const law = lawOf(family);
  const { participant } = account;
  const caseId = `case-${number}-${participant.participantId}`;
  const kin = accounts.filter((other) => other !== account).map((other) => other.ledger);
  const seen = (): LedgerSnapshot => ({
    ...account.ledger,
    group: { controlGroup: 'g', version: 1, firstRegisteredAtMs: 0, checksPassed: 100, kin },
  });
  const apply = (move: LedgerMove): void => {
    account.ledger = applyMove(account.ledger, move);
  };
  const recurrence = countRecurrence(law, casesOfGroup(seen()), caseId, family, atMs, [], atMs);
  const start = startOf(law, fault.severity, recurrence);
  const rung = rungOf(law, firstAnnounced(start));
  const { severity } = fault;
  const opening = { caseId, family, violationType: 'any', severity, occurredAtMs: atMs };
  apply(openCaseEntry(account.ledger, opening));
  apply(recordServed(account.ledger, caseId, 'W'));
  const amount = calculateCharge({
    law,
    rung,
    multiplierBps: multiplierBpsFor(start, rung.id),
    severity,
    participant,
    earning,
    snapshot: seen(),
    caseId,
    occurredAtMs: atMs,
    nowMs: atMs,
  });
  const decision = { caseId, decisionId: caseId, rung: rung.id, atMs, finalDueAtMs: atMs };
  apply(chargeAutomatic(account.ledger, { ...decision, amount }));
}

const owner: fc.Arbitrary<Owner> = fc.record({
  family: fc.constantFrom<Family[]>('performance', 'operational', 'security'),
  unitsPerCapacity: fc.bigInt(1n, 10n ** 9n),
  resources: fc.array(
    fc.record({ capacity: fc.integer({ min: 1, max: 50 }), id: fc.integer({ min: 0, max: 3 }) }),
    { minLength: 2, maxLength: 8 },
  ),
});

/** At most five faults, so that no id loses all it owns: beyond that there is no debt (rule D6). */
const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.record({
    afterHours: fc.integer({ min: 1, max: 40 * 24 }),
    severity: fc.constantFrom<Severity[]>('minor', 'moderate', 'major', 'critical'),
    hits: fc.array(fc.nat(7), { minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Each charge of each id is rounded by itself. */
const roundings = (one: Owner, played: readonly Fault[]): bigint =>
  BigInt(played.length * one.resources.length);

test('splitting a participant into several ids never lowers what it is charged, beyond rounding (invariant H16)', () => {
  fc.assert(
    fc.property(owner, faults, (one, played) => {
      const whole = totalOf(one, played, () => 0);
      const split = totalOf(one, played, (index) => one.resources[index]?.id ?? 0);
      expect(split + roundings(one, played) >= whole).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('the property can fail: a law that looks at each id alone is fooled by splitting', () => {
  const run = fc.check(
    fc.property(owner, faults, (one, played) => {
      const whole = totalOf(one, played, () => 0);
      const split = totalOf(one, played, (index) => one.resources[index]?.id ?? 0, false);
      expect(split + roundings(one, played) >= whole).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(run.failed).toBe(true);
});

test('a second id of the same hands climbs from where the first was', () => {
  const two: Owner = {
    family: 'performance',
    unitsPerCapacity: 1_000_000n,
    resources: [
      { capacity: 1, id: 0 },
      { capacity: 1, id: 1 },
    ],
  };
  const again: Fault[] = [
    { afterHours: 1, severity: 'moderate', hits: [0] },
    { afterHours: 24 * 10, severity: 'moderate', hits: [1] },
  ];
  const alone = totalOf(two, again, (index) => index, false);
  expect(alone).toBe(200n);
  expect(totalOf(two, again, (index) => index)).toBe(1_100n);
});
