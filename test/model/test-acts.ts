import { rolesOf } from '../../contracts/http/roles.ts';
import type { ActionRequest, CaseAction } from '../../domain/case/actions.ts';
import type { Verdict, VerdictReason } from '../../domain/case/dispute.ts';
import { openDisputes, standingSteps } from '../../domain/case/disputes.ts';
import type { CaseState } from '../../domain/case/state.ts';
import type { Principal } from '../../domain/principal.ts';
import { type RungId, rungOrder } from '../../domain/violation.ts';
import { must } from './test-broken.ts';
import { CaseLoop } from './test-case-loop.ts';
import type { Network } from './test-network.ts';
import { owner, STAFF, unbiased } from './test-people.ts';
import { sha256 } from './test-scene.ts';

/** How a dispute is ruled on. */
export interface Word {
  result: Verdict;
  toRung: RungId;
  reasonCode: VerdictReason;
}

/** What people do. `case` counts back from the youngest case. */
export type PeopleCommand =
  | {
      do: 'act';
      person: number;
      case: number;
      kind: CaseAction['kind'];
      word: Word;
      isYes: boolean;
    }
  | { do: 'agree'; case: number; from: number; anybody: boolean }
  | { do: 'return'; case: number; from: number; audits: 'pass' | 'fail' | 'none' }
  | { do: 'dispute'; case: number; decision: number; word: Word; isRuled: boolean }
  | { do: 'veto'; case: number; stance: 'confirm' | 'lift' | null }
  | { do: 'dismiss'; case: number }
  | { do: 'raise'; case: number; rung: RungId }
  | { do: 'readmit'; who: number };

/** What a person does in a case, if there is one; whoever may not is refused, and then nothing has changed. */
export async function perform(network: Network, command: PeopleCommand): Promise<void> {
  if (command.do === 'readmit') return readmit(network, command.who);
  const loop = living(network, command.case);
  if (!loop?.state) return;
  switch (command.do) {
    case 'act': {
      const all = [...STAFF, ownerOf(network, loop.case)];
      const principal = all[command.person % all.length];
      const action = actionOf(loop.case, command);
      if (principal && action) await act(network, loop.caseId, principal, action);
      return;
    }
    case 'agree':
      return agree(network, loop, command.from, command.anybody);
    case 'return':
      return goBack(network, loop, command);
    case 'dispute':
      return dispute(network, loop, command);
    case 'veto':
      return veto(network, loop, command.stance);
    case 'dismiss':
      return dismiss(network, loop);
    case 'raise': {
      const action = {
        kind: 'propose',
        what: 'rung',
        rung: command.rung,
        reason: 'grave',
      } as const;
      return act(network, loop.caseId, one(unbiased('operator'), 0), action);
    }
  }
}

/** Sends an action as the API does: the roles are looked at, then the case judges. */
export async function act(
  network: Network,
  caseId: string,
  principal: Principal,
  action: CaseAction,
): Promise<void> {
  const record = network.store.tables.records.get(caseId);
  if (!record) return;
  const roles = rolesOf(action.kind);
  const isAllowed = roles === 'public' || principal.roles.some((role) => roles.includes(role));
  if (network.bugs.isRoleChecked !== false) {
    const isStaff = principal.roles.some((role) => role !== 'participant');
    if (!isAllowed || (!isStaff && principal.participantId !== record.participantId)) {
      network.count('act without the role');
      return;
    }
  }
  const loop = network.loops.get(caseId);
  if (!loop) return;
  const key = `a-${network.next()}`;
  const bodyHash = sha256(JSON.stringify(action));
  const request: ActionRequest = { v: 1, principal, key, bodyHash, action };
  const written = network.store.written.length;
  const refusal = await loop.act(request);
  if (refusal === null) {
    network.accepted.push({ caseId, principal, request, atMs: network.now });
    network.count(`act ${action.kind}`);
    // The answer was lost: the same request gets the first answer and changes nothing.
    if (network.next() % 3 === 0) await loop.act(request);
  } else {
    network.count(`refused ${refusal}`);
    must('H4', network.store.written.length === written, () => `${refusal}, and it was written`);
  }
}

/** Whether the youngest case that lives has a draft. */
export function hasDraft(network: Network): boolean {
  return living(network, 0)?.state?.proposal?.kind === 'rung';
}

function living(network: Network, no: number): CaseLoop | undefined {
  const open = [...network.loops.values()].filter((loop) => loop.phase !== 'gone' && loop.state);
  return open.at(-1 - (no % Math.max(1, open.length)));
}

function ownerOf(network: Network, { participantId }: CaseState): Principal {
  return owner(participantId, network.store.tables.book(participantId).participant.controlGroup);
}

function one(people: readonly Principal[], no: number): Principal {
  const found = people[no % people.length];
  if (!found) throw new Error('There is nobody of this role.');
  return found;
}

/** Governors, or whoever comes along, say yes to what is proposed, one after the other, until it is enough. */
async function agree(
  network: Network,
  loop: CaseLoop,
  from: number,
  anybody = false,
): Promise<void> {
  const governors = anybody ? STAFF : unbiased('governor');
  for (let no = 0; no < governors.length; no += 1) {
    const { proposal } = loop.case;
    if (!proposal || loop.phase === 'gone') return;
    const { proposalId, draftHash } = proposal;
    if (proposal.approvals.length >= 2) return;
    const governor = one(governors, from + no);
    await act(network, loop.caseId, governor, {
      ...{ kind: 'approve', proposalId, draftHash, reason: 'seen' },
    });
  }
}

/** Remedy, confirmation, appeal and audits. */
async function goBack(
  network: Network,
  loop: CaseLoop,
  { from, audits }: { from: number; audits: 'pass' | 'fail' | 'none' },
): Promise<void> {
  const { caseId } = loop;
  const own = ownerOf(network, loop.case);
  await act(network, caseId, own, { kind: 'submitRemediation', cause: 'known', actions: 'mended' });
  await act(network, caseId, one(unbiased('operator'), 0), {
    kind: 'confirmRemediation',
    note: '',
  });
  await act(network, caseId, own, { kind: 'appeal', grounds: 'mended' });
  const result = audits === 'pass' ? 'pass' : 'fail';
  const count = { pass: 3, fail: 1, none: 0 }[audits];
  for (let no = 0; no < count; no += 1)
    await act(network, caseId, one(unbiased('auditor'), from + no), {
      kind: 'recordFinding',
      result,
      note: 'seen',
    });
  await network.settle();
  await act(network, caseId, own, { kind: 'requestChecks' });
}

async function dispute(
  network: Network,
  loop: CaseLoop,
  { decision, word, isRuled }: Extract<PeopleCommand, { do: 'dispute' }>,
): Promise<void> {
  const { caseId } = loop;
  const steps = standingSteps(loop.case);
  const step = steps.at(-1 - (decision % Math.max(1, steps.length)));
  if (!step) return;
  const opening = { kind: 'openDispute', decisionId: step.decisionId, grounds: 'wrong' } as const;
  await act(network, caseId, ownerOf(network, loop.case), opening);
  if (!isRuled) return;
  for (let no = 0; no < 4; no += 1) {
    const reviewer = one(unbiased('reviewer'), decision + no);
    const action = rulingOf(loop.case, word);
    if (!action || loop.phase === 'gone') return;
    await act(network, caseId, reviewer, action);
  }
}

function rulingOf(state: CaseState, word: Word): CaseAction | null {
  const open = openDisputes(state).at(-1);
  if (!open) return null;
  const { disputeId } = open;
  const { result, reasonCode } = word;
  const lower = rungOrder(word.toRung) < rungOrder(open.rung) ? word.toRung : 'W';
  const toRung = result === 'reduced' ? lower : null;
  return { kind: 'decideDispute', disputeId, result, toRung, reasonCode, reason: 'looked at' };
}

async function veto(
  network: Network,
  loop: CaseLoop,
  stance: 'confirm' | 'lift' | null,
): Promise<void> {
  const word = (said: 'veto' | 'confirm' | 'lift'): CaseAction | null => {
    const { proposal } = loop.case;
    if (!proposal) return null;
    const { proposalId, draftHash } = proposal;
    return { kind: 'veto', proposalId, draftHash, stance: said, reason: 'doubt' };
  };
  const first = word('veto');
  if (first) await act(network, loop.caseId, one(unbiased('governor'), 2), first);
  if (!stance) return;
  for (const reviewer of unbiased('reviewer').slice(0, 2)) {
    const action = word(stance);
    if (action) await act(network, loop.caseId, reviewer, action);
  }
}

async function dismiss(network: Network, loop: CaseLoop): Promise<void> {
  const action = {
    kind: 'propose',
    what: 'dismiss',
    reasonCode: 'evidence',
    reason: 'none',
  } as const;
  await act(network, loop.caseId, one(unbiased('operator'), 1), action);
  const { proposal } = loop.case;
  if (proposal?.kind !== 'dismiss') return;
  const { proposalId, draftHash } = proposal;
  await act(network, loop.caseId, one(unbiased('governor'), 0), {
    ...{ kind: 'approve', proposalId, draftHash, reason: 'seen' },
  });
}

/** The excluded participant asks to come back, and everybody agrees (rule C5). */
async function readmit(network: Network, who: number): Promise<void> {
  const participantId = network.idOf(who);
  const excluded = [...network.store.tables.records.values()].find(
    (record) => record.participantId === participantId && record.outcome === 'excluded',
  );
  if (!excluded) return;
  const { caseId, violationType } = excluded;
  const before = network.loops.get(caseId);
  if (before && before.phase !== 'gone') return;
  const start = { v: 1, networkId: 'main', caseId, participantId, violationType } as const;
  const loop = new CaseLoop(network, start);
  await loop.takeUp();
  network.loops.set(caseId, loop);
  const own = ownerOf(network, loop.case);
  await act(network, caseId, own, { kind: 'askReadmission', grounds: 'mended' });
  await goBack(network, loop, { from: who, audits: 'pass' });
  await agree(network, loop, 0);
  await network.settle();
}

/** The action of a kind, on what the case has of it; null where there is nothing to act on. */
function actionOf(
  state: CaseState,
  { kind, word, isYes }: Extract<PeopleCommand, { do: 'act' }>,
): CaseAction | null {
  const draft = state.proposal;
  const named = draft && { proposalId: draft.proposalId, draftHash: draft.draftHash };
  const note = 'seen';
  switch (kind) {
    case 'acknowledge':
    case 'confirmRemediation':
      return { kind, note };
    case 'answer':
    case 'addNote':
      return { kind, text: note };
    case 'submitRemediation':
      return { kind, cause: 'known', actions: 'mended' };
    case 'requestChecks':
      return { kind };
    case 'appeal':
    case 'askReadmission':
      return { kind, grounds: 'mended' };
    case 'recordFinding':
      return { kind, result: isYes ? 'pass' : 'fail', note };
    case 'propose':
      return isYes
        ? { kind, what: 'rung', rung: word.toRung, reason: note }
        : { kind, what: 'dismiss', reasonCode: 'evidence', reason: note };
    case 'approve':
      return named && { kind, ...named, reason: note };
    case 'veto':
      return named && { kind, ...named, stance: isYes ? 'veto' : 'lift', reason: note };
    case 'openDispute': {
      const step = standingSteps(state).at(-1);
      return step ? { kind, decisionId: step.decisionId, grounds: note } : null;
    }
    case 'decideDispute':
      return rulingOf(state, word);
  }
}
