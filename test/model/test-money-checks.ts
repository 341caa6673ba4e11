import { isLive } from '../../domain/law/slashable.ts';
import type { CaseEntry, ChargePart, Posting } from '../../domain/ledger/accounts.ts';
import { caseFaults, conservationFaults } from '../../domain/ledger/conservation.ts';
import { isBarring } from '../../domain/sanction.ts';
import { type Check, must } from './test-broken.ts';
import { blockedByHand, chargeByHand, goneSince, ownedAt } from './test-by-hand.ts';
import { chargesOf } from './test-decisions.ts';

/** H1: what came in is somewhere, nothing is negative, every transfer sums to zero, and held and pending are the sums over cases. */
export const booksConserve: Check = {
  invariant: 'H1',
  after(network, written, looked) {
    const moved = new Set(written.flatMap(({ step }) => step.ledger?.participantId ?? []));
    for (const id of moved) {
      const snapshot = network.store.tables.alone(id);
      const faults = [...conservationFaults(snapshot.balances), ...caseFaults(snapshot)];
      must('H1', faults.length === 0, () => `${id}: ${faults.join('; ')}`);
      looked();
    }
    for (const { step } of written)
      for (const { transferId, postings } of step.ledger?.transfers ?? [])
        must('H1', sumOf(postings) === 0n, () => `${transferId} does not sum to zero`);
  },
  end(network, looked) {
    let cameIn = 0n;
    let isHere = 0n;
    let reserve = 0n;
    for (const { balances, transfers } of network.store.tables.books.values()) {
      const { deposited, rewardsCredited, rebates, ...accounts } = balances;
      cameIn += deposited + rewardsCredited + rebates;
      for (const units of Object.values(accounts)) isHere += units;
      for (const { account, deltaUnits } of transfers.flatMap(({ postings }) => postings))
        if (account === 'reserve') reserve += deltaUnits;
    }
    must('H1', cameIn === isHere, () => `${cameIn} came into the network, ${isHere} are there`);
    must('H1', reserve >= 0n, () => `the reserve has ${reserve}`);
    looked();
  },
};

/** H3: a case charges the most that one of its rungs is worth within cap and slashable, never a sum; one charge per decision. */
export const chargesTheMaximum: Check = {
  invariant: 'H3',
  after(network, written, looked) {
    for (const charge of chargesOf(written)) {
      const { decision } = charge;
      const byHand = chargeByHand(network, charge);
      const units = decision.amount?.units;
      must(
        'H3',
        units === byHand.toString(),
        () => `${decision.decisionId} takes ${units}, by hand it is ${byHand}`,
      );
      looked();
    }
  },
  end(network) {
    const seen = new Set<string>();
    for (const { transfers } of network.store.tables.books.values())
      for (const { kind, caseId, decisionId } of transfers) {
        if (kind !== 'charge' && kind !== 'impose') continue;
        const name = `${caseId}/${decisionId}`;
        must('H3', !seen.has(name), () => `${name} was charged twice`);
        seen.add(name);
      }
  },
};

/** H7: what leaves leaves enough for every block; a case takes nothing but stake of its own time that has not left. */
export const nothingEvades: Check = {
  invariant: 'H7',
  after(network, written, looked) {
    for (const { step, before, states } of written) {
      const leaves = step.ledger?.transfers.some(({ kind }) => kind === 'leave');
      if (!leaves || !step.ledger || !before.snapshot) continue;
      const { available, exiting } = step.ledger.balances;
      const blocked = blockedByHand(network, before.snapshot, states);
      must(
        'H7',
        available + exiting >= blocked,
        () => `${available + exiting} stay, ${blocked} are needed`,
      );
      looked();
    }
    for (const { decision, written: one } of chargesOf(written)) {
      const { entry } = one.step.ledger ?? {};
      if (!entry || !one.before.snapshot) continue;
      const most =
        ownedAt(one.before.snapshot, entry.occurredAtMs) -
        goneSince(one.before.snapshot, entry.occurredAtMs);
      const taken = entry.parts.filter(isLive).reduce((sum, part) => sum + part.stakeUnits, 0n);
      must(
        'H7',
        taken === 0n || taken <= most,
        () => `${decision.decisionId} takes ${taken} of ${most} that were there at the fault`,
      );
      looked();
    }
  },
};

/** H14: final money changes only by a rebate, once, and by at most the half. */
export const finalStays: Check = {
  invariant: 'H14',
  after(_network, written, looked) {
    for (const { step, before } of written) {
      const { entry, transfers = [] } = step.ledger ?? {};
      if (!entry || !before.entry) continue;
      for (const old of before.entry.parts.filter(({ status }) => status === 'final')) {
        const now = entry.parts.find(({ decisionId }) => decisionId === old.decisionId);
        must('H14', now !== undefined && same(now, old), () => `${old.decisionId} was final`);
        looked();
      }
      const { rebate } = before.entry;
      must(
        'H14',
        rebate === undefined || entry.rebate?.units === rebate.units,
        () => `the rebate of ${entry.caseId} changed`,
      );
      const paid = transfers
        .filter(({ kind }) => kind === 'rebate')
        .reduce((sum, { postings }) => sum - unitsOf(postings, 'reserve'), 0n);
      const final = finalUnits(entry);
      must('H14', paid * 2n <= final, () => `${entry.caseId} got ${paid} of ${final} back`);
      for (const { kind, postings, transferId } of transfers)
        must(
          'H14',
          kind === 'rebate' || unitsOf(postings, 'reserve') >= 0n,
          () => `${transferId} takes from the reserve`,
        );
    }
  },
};

/** Rule D11, of H14's kind: whoever got a rebate, and its kin, did not offend in the probation by what was known when it was paid. */
export const rebatesAreEarned: Check = {
  invariant: 'H14',
  end(network, looked) {
    const { books, groups, records } = network.store.tables;
    for (const { participant, cases, sanctions } of books.values())
      for (const { caseId, family, rebate } of cases.values()) {
        const endedAtMs = records.get(caseId)?.endedAtMs ?? 0;
        const overAtMs = sanctions.get(caseId)?.probationUntilMs ?? 0;
        if (rebate === undefined) continue;
        looked();
        const members = groups.get(participant.controlGroup)?.members.keys() ?? [];
        for (const other of [...members].flatMap((id) => [
          ...(books.get(id)?.cases.values() ?? []),
        ])) {
          const isPenalty = other.counts && (other.servedRung ?? 'W') !== 'W';
          const wasKnown = (records.get(other.caseId)?.openedAtMs ?? 0) <= rebate.atMs;
          const isIn = other.occurredAtMs >= endedAtMs && other.occurredAtMs < overAtMs;
          must(
            'H14',
            other.caseId === caseId || other.family !== family || !isPenalty || !wasKnown || !isIn,
            () => `${caseId} got a rebate, ${other.caseId} offended in its probation`,
          );
        }
      }
  },
};

/** Rule C3, of H4's kind: nobody is paid while barred. */
export const nobodyBarredIsPaid: Check = {
  invariant: 'H4',
  after(network, written, looked) {
    for (const { step, before } of written)
      for (const { kind, participantId } of step.ledger?.transfers ?? []) {
        if (kind !== 'payout') continue;
        looked();
        const barred = [...before.others, ...(before.sanction ? [before.sanction] : [])];
        const isBarred = barred.some(isBarring);
        must('H4', !isBarred, () => `${participantId} is paid while barred`);
      }
    void network;
  },
};

function same(a: ChargePart, b: ChargePart): boolean {
  return a.status === b.status && a.stakeUnits === b.stakeUnits && a.rewardUnits === b.rewardUnits;
}

function finalUnits({ parts }: CaseEntry): bigint {
  return parts
    .filter(({ status }) => status === 'final')
    .reduce((sum, part) => sum + part.stakeUnits + part.rewardUnits, 0n);
}

function unitsOf(postings: readonly Posting[], account: Posting['account']): bigint {
  return postings.reduce((sum, leg) => (leg.account === account ? sum + leg.deltaUnits : sum), 0n);
}

function sumOf(postings: readonly Posting[]): bigint {
  return postings.reduce((sum, { deltaUnits }) => sum + deltaUnits, 0n);
}
