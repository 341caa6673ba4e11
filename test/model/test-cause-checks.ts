import type { DecisionRecord } from '../../domain/decision/record.ts';
import { unionOf } from '../../domain/law/resource-clock.ts';
import type { Rung } from '../../domain/policy.ts';
import { type Check, must } from './test-broken.ts';
import { lawOf } from './test-by-hand.ts';
import { type Charge, chargesOf, decisionsOf } from './test-decisions.ts';
import type { Network } from './test-network.ts';
import { LAWYER, RIVALS, SETTER } from './test-people.ts';

const FIVE_MINUTES = 5 * 60_000;

/** Which kind of decision orders a movement of a case's money. */
const ORDERS: Readonly<Record<string, DecisionRecord['kind']>> = {
  hold: 'proposed',
  charge: 'imposed',
  impose: 'imposed',
  finalise: 'settled',
};

/** H4: every posting and every loss of access is ordered by a decision that rests on gate, notice, grace, evidence and approvals. */
export const everythingHasCause: Check = {
  invariant: 'H4',
  after(network, written, looked) {
    for (const one of written) {
      const kinds = new Set(decisionsOf([one]).map(({ decision }) => decision.kind));
      for (const { kind, transferId } of one.step.ledger?.transfers ?? []) {
        const due = ORDERS[kind];
        if (due) must('H4', kinds.has(due), () => `${transferId} has no decision`);
      }
      const { sanction } = one.step.ledger ?? {};
      const bars = sanction?.access === 'suspended' || sanction?.access === 'excluded';
      const wasBarred = one.before.sanction?.access === sanction?.access;
      if (bars && !wasBarred && one.before.sanction?.access !== 'excluded')
        must('H4', kinds.has('imposed'), () => `${sanction.caseId} bars without a decision`);
    }
    for (const charge of chargesOf(written)) {
      rests(network, charge);
      looked();
    }
  },
};

function rests(network: Network, charge: Charge): void {
  const { decision, written } = charge;
  const { decisionId, decidedAtMs, kind, notices, evidence, law, family } = decision;
  const rung = lawOf(network, law.policyVersion, family).rungs.find(
    ({ id }) => id === decision.rung,
  );
  if (!rung) throw new Error(`There is no rung of ${decisionId}.`);
  const lateMs = written.atMs - decidedAtMs;
  must('H4', lateMs <= FIVE_MINUTES, () => `${decisionId} was written ${lateMs} ms after its gate`);
  must('H4', (evidence?.groups.length ?? 0) >= 2, () => `${decisionId} rests on one word`);
  must('H4', (evidence?.earning.length ?? 0) > 0, () => `${decisionId} was earned by nothing`);
  const needed = kind === 'proposed' ? rung.graceBeforeMs : windowOf(rung);
  for (const resourceId of evidence?.earning ?? []) {
    const told = notices.filter(({ resourceIds }) => resourceIds.includes(resourceId));
    const served = told.map(({ noticeId, frozenMs }) => ({
      servedAtMs: servedAt(network, decision.participantId, noticeId),
      frozenMs,
    }));
    const first = served.find(
      ({ servedAtMs, frozenMs }) => decidedAtMs - servedAtMs - frozenMs >= needed,
    );
    must('H4', first !== undefined, () => `${decisionId}: no notice was served ${needed} before`);
    if (first && !network.alerts.muddled.has(`${decision.participantId}/${decision.violationType}`))
      reallyFired(network, decision, { resourceId, since: first.servedAtMs, needed });
  }
  if (kind === 'imposed') consented(network, decision, rung);
}

function windowOf({ graceBeforeMs, answerWindowMs }: Rung): number {
  return Math.max(graceBeforeMs, answerWindowMs);
}

function servedAt(network: Network, participantId: string, noticeId: string): number {
  const stored = network.store.tables.notices.get(`${participantId}/${noticeId}`);
  return stored?.servedAtMs ?? Number.POSITIVE_INFINITY;
}

/** What the monitors saw says the same, whatever was delivered how often. */
function reallyFired(
  network: Network,
  decision: DecisionRecord,
  about: { resourceId: string | null; since: number; needed: number },
): void {
  const { participantId, violationType, decidedAtMs } = decision;
  const spells = network.alerts
    .spellsOf(participantId, violationType, about.resourceId)
    .map(({ fromMs, toMs }) => ({
      fromMs: Math.max(fromMs, about.since),
      toMs: Math.min(toMs ?? decidedAtMs, decidedAtMs),
    }))
    .filter(({ fromMs, toMs }) => toMs > fromMs);
  const fired = unionOf(spells).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  must(
    'H4',
    fired >= about.needed,
    () => `${decision.decisionId}: ${about.resourceId} fired ${fired} of ${about.needed} ms`,
  );
}

/** Rules E1–E3, from the model's own list of who was heard. */
function consented(network: Network, decision: DecisionRecord, rung: Rung): void {
  const { decisionId, caseId, people, inputs } = decision;
  const { proposal } = inputs.case;
  const draft = proposal?.kind === 'rung' ? proposal : null;
  if (!draft) {
    must('H4', rung.execution === 'automatic', () => `${decisionId} was imposed by nobody`);
    return;
  }
  const heard = network.accepted.filter((one) => one.caseId === caseId);
  const votes = heard.filter(
    ({ request: { action }, principal }) =>
      action.kind === 'approve' &&
      action.draftHash === people.draftHash &&
      principal.roles.includes('governor') &&
      principal.person !== LAWYER &&
      principal.person !== SETTER &&
      principal.controlGroup !== RIVALS &&
      principal.controlGroup !== decision.controlGroup,
  );
  const raised = draft.proposedBy !== null || rung.execution === 'on-approval';
  const needed = Math.max(raised ? Math.max(1, rung.approvals) : 0, draft.approvalsNeeded ?? 0);
  const persons = new Set(votes.map(({ principal }) => principal.person));
  const organisations = new Set(votes.map(({ principal }) => principal.organisation));
  must('H4', persons.size >= needed, () => `${decisionId} has ${persons.size} of ${needed} votes`);
  must('H4', organisations.size >= needed, () => `${decisionId}: one organisation decided alone`);
  const vetoes = (stance: string) =>
    heard.filter(
      ({ request: { action } }) =>
        action.kind === 'veto' && action.draftHash === people.draftHash && action.stance === stance,
    ).length;
  must(
    'H4',
    vetoes('veto') === 0 || vetoes('lift') >= 2,
    () => `${decisionId} was imposed over a veto`,
  );
}
