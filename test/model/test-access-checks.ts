import { isLive, liveUnits } from '../../domain/law/slashable.ts';
import type { CaseEntry } from '../../domain/ledger/accounts.ts';
import { cutFallsOf, withheldOf } from '../../domain/ledger/rewards.ts';
import { isBarring, STANDINGS } from '../../domain/sanction.ts';
import { rungOrder } from '../../domain/violation.ts';
import { type Check, must } from './test-broken.ts';
import { lawOf } from './test-by-hand.ts';
import type { Network } from './test-network.ts';
import type { Written } from './test-store.ts';

/** What may give access back: the gate, a fallen decision, an exclusion that was overturned and served, or another case that fell. */
const GIVES_BACK = ['reinstated', 'dispute-decided', 'case-recomputed', 'settled', 'case-ended'];

/** H5: access returns only through the gate, an overturn, a lapse or a void, and for one case at a time. */
export const accessReturnsByTheGate: Check = {
  invariant: 'H5',
  after(network, written, looked) {
    for (const one of written) {
      const { sanction } = one.step.ledger ?? {};
      if (!sanction) continue;
      const { record } = one.step;
      must(
        'H5',
        record?.caseId === sanction.caseId,
        () => `a step of ${record?.caseId} changes the sanction of ${sanction.caseId}`,
      );
      const before = one.before.sanction;
      if (!before || !isBarring(before) || !isSofter(sanction.access, before.access)) continue;
      looked();
      const kinds = one.step.audit.map(({ kind }) => kind);
      must(
        'H5',
        kinds.some((kind) => GIVES_BACK.includes(kind)),
        () => `${sanction.caseId} is ${sanction.access} by ${kinds.join(', ')}`,
      );
      if (kinds.includes('reinstated')) wasEarned(network, one);
      if (kinds.includes('settled')) wasServed(one);
    }
  },
  end(network, looked) {
    // The table says what the last step of each case made of its sanction, and nothing else.
    for (const { sanctions } of network.store.tables.books.values())
      for (const sanction of sanctions.values()) {
        const last = network.store.written.findLast(
          ({ step }) => step.ledger?.sanction?.caseId === sanction.caseId,
        );
        must(
          'H5',
          last?.step.ledger?.sanction?.access === sanction.access,
          () => `${sanction.caseId} has another access than its steps gave it`,
        );
        looked();
      }
  },
};

function isSofter(now: (typeof STANDINGS)[number], before: (typeof STANDINGS)[number]): boolean {
  return STANDINGS.indexOf(now) < STANDINGS.indexOf(before);
}

/** Rule C4, from what people were heard to say and what the monitors saw. */
function wasEarned(network: Network, { step, atMs, states }: Written): void {
  const { record } = step;
  if (!record) throw new Error('A return has a record.');
  const { caseId, participantId, violationType, imposed, policyVersion, family } = record;
  const state = states.find((one) => one.caseId === caseId);
  if (!policyVersion || !family || !state) throw new Error('A return has its law.');
  const { rungs } = lawOf(network, policyVersion, family);
  const standing = imposed.filter(({ money }) => money !== 'void' && money !== 'lapsed');
  const heard = network.accepted.filter((one) => one.caseId === caseId);
  const since = state.appeal?.atMs ?? Number.POSITIVE_INFINITY;
  const kinds = heard.map(({ request }) => request.action.kind);
  must('H5', kinds.includes('confirmRemediation'), () => `${caseId}: nobody confirmed the remedy`);
  const auditors = new Set(
    heard
      .filter(
        ({ request: { action }, atMs: saidAtMs }) =>
          action.kind === 'recordFinding' && action.result === 'pass' && saidAtMs >= since,
      )
      .map(({ principal }) => principal.person),
  );
  const isExcluded = state.readmission !== undefined;
  const needed = isExcluded
    ? Math.max(...rungs.map((rung) => rung.auditors))
    : (rungs.find(({ id }) => id === record.rung)?.auditors ?? 0);
  must('H5', auditors.size >= needed, () => `${caseId}: ${auditors.size} of ${needed} audits`);
  for (const { rung: id, imposedAtMs } of standing) {
    const suspension = rungs.find((rung) => rung.id === id)?.suspension;
    if (suspension && 'minMs' in suspension)
      must(
        'H5',
        atMs >= imposedAtMs + suspension.minMs,
        () => `${caseId} came back before its minimum`,
      );
  }
  const heads = [...network.intake.heads.values()].filter(
    (head) =>
      head.participantId === participantId &&
      head.violationType === violationType &&
      network.intake.members.get(caseId)?.has(head.alertKey),
  );
  must(
    'H5',
    isExcluded || heads.every(({ status }) => status === 'resolved'),
    () => `${caseId} came back while it fires`,
  );
}

/** Only an overturned exclusion lets access return by time, and a probation that ran out bars nobody. */
function wasServed({ step, states }: Written): void {
  const state = states.find((one) => one.caseId === step.record?.caseId);
  must(
    'H5',
    state?.accessReturnsAtMs != null,
    () => `${step.record?.caseId}: time alone gave access back`,
  );
}

/** H6: what fell is gone exactly, and what rested on it is at most what it was. */
export const fallsExactly: Check = {
  invariant: 'H6',
  after(network, written, looked) {
    for (const { step, before } of written) {
      const kinds = step.audit.map(({ kind }) => kind);
      const isFall = kinds.includes('dispute-decided') || kinds.includes('case-recomputed');
      if (!isFall || !step.ledger || !step.record || !before.entry) continue;
      looked();
      const { entry, sanction } = step.ledger;
      const { caseId } = step.record;
      const after = entry ?? before.entry;
      must('H6', after.caseId === caseId, () => `the fall of ${caseId} touches ${after.caseId}`);
      for (const part of after.parts) {
        const old = before.entry.parts.find(({ decisionId }) => decisionId === part.decisionId);
        const units = (one: typeof old) =>
          one && isLive(one) ? one.stakeUnits + one.rewardUnits : 0n;
        must('H6', units(part) <= units(old), () => `${part.decisionId} grew by a fall`);
      }
      must(
        'H6',
        rungOrder(after.servedRung ?? 'W') <= rungOrder(before.entry.servedRung ?? 'W'),
        () => `${caseId} climbs by a fall`,
      );
      if (sanction && before.sanction) {
        must(
          'H6',
          sanction.rewardCutBps <= before.sanction.rewardCutBps &&
            STANDINGS.indexOf(sanction.access) <= STANDINGS.indexOf(before.sanction.access),
          () => `the sanction of ${caseId} grew by a fall`,
        );
      }
    }
    void network;
  },
  end(network, looked) {
    for (const { cases, sanctions } of network.store.tables.books.values())
      for (const entry of cases.values()) {
        cutsNoMore(network, entry, looked);
        const record = network.store.tables.records.get(entry.caseId);
        const above = record?.imposed.filter(({ rung }) => rung !== 'W') ?? [];
        const fell = record?.disputes?.some(({ end }) => end?.result === 'overturned');
        const isGone = record?.imposed.every(({ money }) => money === 'void' || money === 'lapsed');
        if (!fell || !isGone || above.length === 0) continue;
        looked();
        must('H6', liveUnits(entry) === 0n, () => `${entry.caseId} fell and has money`);
        must('H6', !entry.counts, () => `${entry.caseId} fell and counts`);
        const access = sanctions.get(entry.caseId)?.access ?? 'active';
        must('H6', access === 'active', () => `${entry.caseId} fell and is ${access}`);
      }
  },
};

/** What fell, wholly or in part, withholds no more than what stands of it, nor less: of nobody whom it had cut (rules C3, C8, D10). */
function cutsNoMore(network: Network, entry: CaseEntry, looked: () => void): void {
  const { caseId, cutFalls = [] } = entry;
  const last = cutFalls.at(-1);
  if (!last) return;
  const { tables } = network.store;
  const owner = tables.records.get(caseId)?.participantId;
  for (const [id, { rewards }] of tables.books)
    for (const reward of rewards.values()) {
      const cuts = reward.cuts.filter((cut) => cut.caseId === caseId);
      if (cuts.length === 0 || reward.creditedAtMs > last.creditedByMs) continue;
      looked();
      const withheld = withheldOf({ ...reward, cuts }, cutFallsOf(tables.alone(id)));
      const isBarred = cuts.some(({ barred }) => barred) && reward.earnedAtMs <= last.barsUntilMs;
      const bps = reward.creditedAtMs < last.untilMs ? BigInt(last.bps) : 0n;
      const most = isBarred ? reward.units : (reward.units * bps) / 10_000n;
      must(
        'H6',
        withheld <= most,
        () => `${caseId} fell and withholds ${withheld} of ${id}, not ${most}`,
      );
      // Nothing fell before: what was barred, and what stands bars as well, is as it was.
      const kept = isBarred && cutFalls.length === 1 ? reward.units : 0n;
      must('H6', withheld >= kept, () => `${caseId} gave back ${reward.rewardId} of ${id}`);
      if (isBarred) network.count('bar that stands');
      if (id !== owner) network.count('fallen cut of kin');
    }
}
