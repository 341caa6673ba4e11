import { startOf } from '../domain/law/ladder.ts';
import { rewardMultiplier } from '../domain/law/reward-cut.ts';
import { DAY_MS } from '../domain/law/test-fixtures.ts';
import type { ChargePart } from '../domain/ledger/accounts.ts';
import { joined, withheldOf } from '../domain/ledger/rewards.ts';
import { parseUnits } from '../domain/money.ts';
import { standingOf } from '../domain/sanction.ts';
import { FAMILIES, SEVERITIES } from '../domain/violation.ts';
import type { TracedLife } from './test-traces.ts';

/** How long after it is looked at a next case may come: within every window, at its edges, and beyond. */
const NEXT_AFTER_DAYS = [0, 1, 30, 90, 180, 365];

/**
 * Ledger, reputation, recurrence and rewards of a life as bytes: in one order, amounts as decimal strings, movements netted per participant
 * and account. The one case is left out, as history; what it still did to the participant would show.
 */
export function exported(life: TracedLife, without: string): string {
  const all = {
    ledger: ledgerOf(life, without),
    rewards: rewardsOf(life),
    reputation: reputationOf(life),
    recurrence: recurrenceOf(life),
    access: accessOf(life, without),
  };
  return JSON.stringify(all, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}

function byKey<T>(entries: Iterable<[string, T]>): [string, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function ledgerOf({ ledger, transfers }: TracedLife, without: string) {
  const net = new Map<string, bigint>();
  for (const { participantId, postings } of transfers)
    for (const { account, deltaUnits } of postings) {
      const key = `${participantId}/${account}`;
      net.set(key, (net.get(key) ?? 0n) + deltaUnits);
    }
  const { balances, deposits, withdrawals, cases } = ledger;
  return {
    net: byKey([...net].filter(([, units]) => units !== 0n)),
    balances: byKey(Object.entries(balances)),
    deposits,
    withdrawals,
    cases: byKey(
      cases
        .filter(({ caseId }) => caseId !== without)
        .map((entry) => [entry.caseId, { ...entry, parts: entry.parts.map(byInstant) }]),
    ),
  };
}

/** A part with what it took of the rewards of one instant as one: what comes back is joined, what was credited is not. */
function byInstant(part: ChargePart) {
  const taken = (part.rewardTranches ?? []).map(({ earnedAtMs, units }) => ({
    earnedAtMs,
    units: parseUnits(units),
  }));
  return { ...part, rewardTranches: joined(taken) };
}

function rewardsOf({ ledger, nowMs, sanctions }: TracedLife) {
  const { rewards, unpaidRewards, cases, balances } = ledger;
  return {
    credited: byKey(
      rewards.map(({ rewardId, cuts, ...reward }) => [
        rewardId,
        { ...reward, withheld: withheldOf({ ...reward, cuts }, cases) },
      ]),
    ),
    unpaid: joined(unpaidRewards),
    paid: balances.rewardsPaid,
    withheld: balances.withheld,
    multiplier: rewardMultiplier([...sanctions.values()], nowMs),
  };
}

function reputationOf(life: TracedLife) {
  const { reputation } = life.lawFor('security');
  if (!reputation) throw new Error('The default policy has a reputation.');
  return NEXT_AFTER_DAYS.map((days) =>
    life.traceLaws.reputations(life.ledger.cases, reputation, life.nowMs + days * DAY_MS),
  );
}

/** Where a next case of each family and severity would start, and why. */
function recurrenceOf(life: TracedLife) {
  const { ledger, traceLaws, nowMs } = life;
  const sanctions = [...life.sanctions.values()];
  return FAMILIES.flatMap((family) => {
    const law = life.lawFor(family);
    return NEXT_AFTER_DAYS.map((days) => {
      const atMs = nowMs + days * DAY_MS;
      const counted = traceLaws.count(law, ledger.cases, 'next', family, atMs, sanctions, atMs);
      const starts = SEVERITIES.map((severity) => startOf(law, severity, counted));
      return { family, days, counted, starts };
    });
  });
}

function accessOf({ sanctions, cases }: TracedLife, without: string) {
  const others = <T>(map: ReadonlyMap<string, T>) =>
    byKey([...map].filter(([caseId]) => caseId !== without));
  return {
    standing: standingOf([...sanctions.values()]),
    sanctions: others(sanctions),
    // The law is the same in both runs, and long.
    cases: others(cases).map(([caseId, { law: _law, ...state }]) => [caseId, state]),
  };
}
