import { nextDue } from '../../domain/case/outlook.ts';
import { longestBoundMs } from '../../domain/law/lint/bound.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Fate } from '../../domain/ports/intake.ts';
import { type Check, must } from './test-broken.ts';
import { nameOf } from './test-intake.ts';
import type { Network } from './test-network.ts';
import { LAWYER, RIVALS, SETTER } from './test-people.ts';
import { TYPES } from './test-scene.ts';

/** Fates that need nothing stored: the head says all of it already. */
const UNSTORED: readonly Fate[] = ['repeat', 'recorded-only', 'no-data'];

/** H9: every alert that was answered for is in exactly one place, under exactly one fate. */
export const nothingIsLost: Check = {
  invariant: 'H9',
  end({ intake }, looked) {
    const expected = new Set<string>();
    let kept = 0;
    for (const { alertKey, fate, seq } of intake.told) {
      if (seq === null) {
        must('H9', UNSTORED.includes(fate), () => `${alertKey} is ${fate} and nowhere`);
        continue;
      }
      kept += 1;
      expected.add(nameOf({ alertKey, seq }));
    }
    must('H9', expected.size === kept, () => 'two answers name one observation');
    must(
      'H9',
      intake.stored.size === expected.size && [...expected].every((one) => intake.stored.has(one)),
      () => `${expected.size} were answered for, ${intake.stored.size} are there`,
    );
    for (const [name, { fate, caseId }] of intake.stored) {
      const isWithCase = fate === 'case' || fate === 'resolve-applied';
      must('H9', (caseId !== null) === isWithCase, () => `${name} is ${fate} with ${caseId}`);
      looked();
    }
  },
};

/** H10: a case that has not ended says what it waits for, and until when; its messages go to somebody who is there. */
export const everyCaseWaitsForSomething: Check = {
  invariant: 'H10',
  after(network, written, looked) {
    const seen = new Set(written.flatMap(({ step }) => step.record?.caseId ?? []));
    for (const caseId of seen) {
      const record = network.store.tables.records.get(caseId);
      const loop = network.loops.get(caseId);
      if (!record || !loop) continue;
      looked();
      must('H10', record.waitsFor !== '' || loop.phase === 'gone', () => `${caseId} is mute`);
      if (record.stage === 'ended') continue;
      const { nextDeadlineMs } = record;
      const waits = loop.nextAtMs();
      must('H10', waits !== null, () => `${caseId} waits for nothing`);
      must('H10', nextDeadlineMs !== null, () => `${caseId} shows no deadline`);
      const bound = boundOf(network);
      must(
        'H10',
        (nextDeadlineMs ?? 0) <= network.now + bound && (waits ?? 0) <= network.now + bound,
        () => `${caseId} waits until ${nextDeadlineMs}, beyond ${network.now + bound}`,
      );
    }
  },
};

const BOUNDS = new WeakMap<object, number>();

/** The longest that anything of a case may wait: the bound of the law, and the longest term of its money and people. */
export function boundOf(network: Network): number {
  const { policy } = network.policies[0] ?? {};
  if (!policy) throw new Error('There is a law.');
  const known = BOUNDS.get(policy) ?? reckoned(policy);
  BOUNDS.set(policy, known);
  return known;
}

function reckoned(policy: Policy): number {
  return (longestBoundMs(policy) ?? 0) + policy.pendingHardStopMs + policy.personHoldTotalMs;
}

/** H11: nobody has two conflicting roles in a case, by what the model heard them say. */
export const nobodyHasTwoRoles: Check = {
  invariant: 'H11',
  end(network, looked) {
    const parts = new Map<string, Set<string>>();
    for (const { caseId, principal, request } of network.accepted) {
      const part = PARTS[request.action.kind];
      if (!part) continue;
      const name = `${caseId} ${principal.person}`;
      parts.set(name, (parts.get(name) ?? new Set()).add(part));
      if (!JUDGES.includes(part)) continue;
      looked();
      const record = network.store.tables.records.get(caseId);
      const group = network.store.tables.books.get(record?.participantId ?? '')?.participant
        .controlGroup;
      must(
        'H11',
        principal.participantId === null && principal.controlGroup !== group,
        () => `${principal.person} judges its own group in ${caseId}`,
      );
      must(
        'H11',
        principal.person !== LAWYER,
        () => `${principal.person} judges in ${caseId} by a law of its own`,
      );
      const sources = [...(network.intake.members.get(caseId)?.keys() ?? [])];
      const isSetter = sources.some((key) => key.startsWith('s0/'));
      const isRival = sources.some((key) => key.startsWith('s1/'));
      must(
        'H11',
        !(isSetter && principal.person === SETTER && wasKnown(network, caseId, 's0')),
        () => `${principal.person} judges in ${caseId} what its own monitor said`,
      );
      must(
        'H11',
        !(isRival && principal.controlGroup === RIVALS && wasKnown(network, caseId, 's1')),
        () => `a rival judges in ${caseId}`,
      );
    }
    for (const [name, taken] of parts) {
      const judging = [...taken].filter((part) => JUDGES.includes(part));
      must(
        'H11',
        judging.length === 0 || taken.size === 1,
        () => `${name} has the roles ${[...taken].join(', ')}`,
      );
    }
  },
};

/** Whether the case knew of a monitor's word when it was judged: before the word came there was no conflict. */
function wasKnown(network: Network, caseId: string, sourceId: string): boolean {
  const opened = network.store.written.find(
    ({ step }) => step.record?.caseId === caseId && step.recordIsNew,
  );
  const first = [...(network.intake.members.get(caseId) ?? [])].find(([key]) =>
    key.startsWith(`${sourceId}/`),
  );
  const stored = first && network.intake.stored.get(nameOf({ alertKey: first[0], seq: first[1] }));
  const received = stored?.item.observation.receivedAtMs ?? Number.POSITIVE_INFINITY;
  return received <= (opened?.atMs ?? 0);
}

const PARTS: Readonly<Record<string, string>> = {
  acknowledge: 'operated',
  confirmRemediation: 'confirmed',
  propose: 'proposed',
  askReadmission: 'proposed',
  approve: 'approved',
  recordFinding: 'audited',
  veto: 'reviewed',
  decideDispute: 'ruled',
};
const JUDGES: readonly string[] = ['approved', 'audited', 'reviewed', 'ruled'];

/** H15: a type in shadow, as the scene says, touches no money, no access and nobody's inbox. */
export const shadowTouchesNobody: Check = {
  invariant: 'H15',
  end(network, looked) {
    const types = network.scene.shadow.map((no) => TYPES[no]);
    for (const loop of network.loops.values()) {
      const { state, caseId } = loop;
      if (!state || !types.some((type) => type === state.violationType)) continue;
      looked();
      const { books, notices } = network.store.tables;
      for (const { transfers, cases, sanctions } of books.values()) {
        must(
          'H15',
          transfers.every((one) => one.caseId !== caseId),
          () => `${caseId} is in shadow and moves money`,
        );
        must('H15', !sanctions.has(caseId), () => `${caseId} is in shadow and sanctions`);
        must('H15', !cases.get(caseId)?.counts, () => `${caseId} is in shadow and counts`);
      }
      for (const { notice } of notices.values())
        must('H15', notice.caseId !== caseId, () => `${caseId} is in shadow and tells`);
    }
  },
};

/** H10, its second half: when nothing comes in any more, money ends, and every case ends or has asked people. */
export async function comesToRest(network: Network): Promise<string[]> {
  const bound = boundOf(network);
  for (const source of [0, 1]) network.alerts.silence(source, true);
  network.intake.isHalted = false;
  await network.runUntil(network.now + bound);
  const faults: string[] = [];
  for (const [id, { balances }] of network.store.tables.books)
    if (balances.held + balances.pending > 0n)
      faults.push(`${id} has ${balances.held} held and ${balances.pending} pending for ever`);
  for (const { state, caseId, phase } of network.loops.values()) {
    if (!state || phase === 'gone' || state.stage === 'ended') continue;
    const isAsked = state.governorsAskedAtMs !== null;
    const isOwned = state.holds.some(({ owner }) => owner !== 'platform');
    const due = nextDue(state);
    if (!isAsked && !isOwned && due?.act !== 'ask-governors')
      faults.push(`${caseId} is ${state.stage} and nobody was asked`);
  }
  return faults;
}
