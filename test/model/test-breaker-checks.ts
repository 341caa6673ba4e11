import { isBarring } from '../../domain/sanction.ts';
import { type Check, must } from './test-broken.ts';
import { decisionsOf } from './test-decisions.ts';
import type { Network } from './test-network.ts';

/** H13: in any window no more is imposed than the law lets through, and no more are suspended at the same time. */
export const breakerHolds: Check = {
  invariant: 'H13',
  end(network, looked) {
    const imposed = impositions(network);
    const { policy } = network.policies[0] ?? {};
    if (!policy) throw new Error('There is a law.');
    const { windowMs, shareBps, atLeast, suspendedBps } = policy.breaker;
    const most = network.store.tables.books.size;
    const stake = mostStake(network);
    for (const last of imposed) {
      const window = imposed.filter(({ atMs }) => atMs <= last.atMs && atMs > last.atMs - windowMs);
      looked();
      if (last.isReleased || window.length <= atLeast) continue;
      const counted = window.filter(({ isReleased }) => !isReleased);
      if (counted.length <= atLeast) continue;
      const units = counted.reduce((sum, one) => sum + one.units, 0n);
      const suspends = counted.filter((one) => one.suspends).length;
      must(
        'H13',
        units * 10_000n <= stake * BigInt(shareBps) && suspends * 10_000 <= most * shareBps,
        () => `${counted.length} impositions of ${units} units in one window, ${suspends} barred`,
      );
    }
    const atOnce = Math.max(atLeast, Math.floor((most * suspendedBps) / 10_000));
    for (const { barred, isReleased, caseId } of imposed)
      must(
        'H13',
        isReleased || barred <= atOnce,
        () => `${caseId} makes ${barred} suspended at once, ${atOnce} may be`,
      );
  },
};

interface Imposition {
  caseId: string;
  atMs: number;
  units: bigint;
  suspends: boolean;
  isReleased: boolean;
  /** How many are suspended once it is imposed, if it suspends. */
  barred: number;
}

/** What was imposed, by the transfers and sanctions of the steps, in the order of their decisions. */
function impositions(network: Network): Imposition[] {
  const sanctions = new Map<
    string,
    { participantId: string; isBarred: boolean; isExcluded: boolean }
  >();
  const imposed: Imposition[] = [];
  for (const one of network.store.written) {
    const { sanction, transfers = [] } = one.step.ledger ?? {};
    const decision = decisionsOf([one]).find(({ decision: { kind } }) => kind === 'imposed');
    // Sanctions are the group's, and count as the suspension of one (ADR 0021).
    const standings = () => {
      const groups = new Map<string, boolean>();
      for (const { participantId, isBarred, isExcluded } of sanctions.values()) {
        const group = network.store.tables.book(participantId).participant.controlGroup;
        if (isBarred) groups.set(group, isExcluded || groups.get(group) === true);
      }
      return [...groups.values()].filter((isExcluded) => !isExcluded).length;
    };
    const before = standings();
    if (sanction)
      sanctions.set(sanction.caseId, {
        participantId: sanction.participantId,
        isBarred: isBarring(sanction),
        isExcluded: sanction.access === 'excluded',
      });
    if (!decision || !one.step.record) continue;
    const units = transfers
      .filter(({ kind }) => kind === 'charge' || kind === 'impose')
      .flatMap(({ postings }) => postings)
      .reduce((sum, leg) => (leg.account === 'pending' ? sum + leg.deltaUnits : sum), 0n);
    const after = standings();
    const suspends = after > before;
    if (units === 0n && !suspends) continue;
    const told = decision.entry.data['breaker'] as { released: unknown } | null;
    imposed.push({
      caseId: one.step.record.caseId,
      atMs: decision.decision.decidedAtMs,
      units,
      suspends,
      isReleased: told?.released != null,
      barred: suspends ? after : 0,
    });
  }
  return imposed.sort((a, b) => a.atMs - b.atMs);
}

/** The most that was ever bonded: the breaker counts the network now and then, never more than there was. */
function mostStake(network: Network): bigint {
  let units = 0n;
  for (const { deposits } of network.store.tables.books.values())
    for (const one of deposits) units += one.units;
  for (const { balances } of network.store.tables.books.values()) units += balances.rebates;
  return units;
}
