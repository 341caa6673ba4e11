import { canonicalJson } from '../canonical-json.ts';
import {
  announce,
  announceToMore,
  decisionWindowMs,
  noticeMoved,
  servedNotices,
} from '../case/announcing.ts';
import { corrected, ended, proposalRefused, resumed } from '../case/ending.ts';
import { hold, releaseHolds } from '../case/holding.ts';
import type { Due } from '../case/outlook.ts';
import type { CaseState } from '../case/state.ts';
import { applyMove } from '../ledger/move.ts';
import {
  chargeAutomatic,
  holdForProposal,
  imposeHeld,
  lapse,
  openCaseEntry,
  recordServed,
} from '../ledger/moves.ts';
import { minUnits } from '../money.ts';
import type { Rung } from '../policy.ts';
import type { GateVerdict } from './gate.ts';
import { firstAnnounced, multiplierBpsFor, nextRung, startOf } from './ladder.ts';
import { rungOf, windowMs } from './pin.ts';
import { countRecurrence } from './recurrence.ts';
import { liveUnits } from './slashable.ts';
import { DAY_MS } from './test-fixtures.ts';
import { reinstate, sanctionFor, settle } from './test-sanctions.ts';
import type { Decision, World } from './test-world.ts';

/** Gate verdicts of all served notices, put together (rule A2). */
type Judged =
  | { verdict: 'pass'; groups: string[]; earning: (string | null)[]; notices: Decision['notices'] }
  | { verdict: 'wait'; moved: { noticeId: string; dueAtMs: number }[] }
  | Extract<GateVerdict, { verdict: 'hold' | 'clear' }>;

/** Does what a case's own clock has made due. */
export function act(world: World, state: CaseState, due: Due): void {
  world.put(next(world, state, due));
}

function next(world: World, state: CaseState, { act: what }: Due): CaseState {
  switch (what) {
    case 'confirm':
      return confirm(world, state);
    case 'decide-rung':
    case 'impose-proposed':
      return decide(world, state);
    case 'finish-hold-down':
      return finishHoldDown(world, state);
    case 'recheck-cure':
      return reassess(world, { ...state, recheck: null });
    case 'end-corrected':
      return ended(state, 'corrected', world.nowMs);
    case 'lapse-proposal':
      release(world, state, lapse);
      return proposalRefused(state, world.nowMs);
    case 'lapse-veto':
      return refuse(world, state);
    case 'ask-governors':
      return { ...state, governorsAskedAtMs: world.nowMs };
    case 'reinstate':
      return reinstate(world, state);
    case 'audit-overdue':
      return { ...state, auditsOverdue: (state.auditsOverdue ?? 0) + 1 };
    case 'settle':
      return settle(world, state);
    case 'close-dispute':
    case 'review-overdue':
    case 'lapse-pending':
      throw new Error('Nobody disputes in this model.');
  }
}

/** Looks at the heads of a case after one of them changed (rules A2, A4, A10). */
export function reassess(world: World, state: CaseState): CaseState {
  const { nowMs, law } = world;
  const nodes = world.firingNodes(state.violationType);
  if (nodes.length === 0) {
    if (state.stage === 'confirming') return ended(state, 'unconfirmed', nowMs);
    if (state.correctedAtMs !== null || state.holdDown !== null) return state;
    const holdDown = { startedAtMs: nowMs, endsAtMs: nowMs + law.holdDownMs, clearedAtMs: nowMs };
    return { ...state, recheck: null, holdDown };
  }
  if (state.stage === 'confirming') return state;
  if (state.correctedAtMs !== null) return refired(world, state, nodes);
  const open = { ...state, holdDown: null };
  const named = (open.announced?.notices ?? []).flatMap((notice) => notice.resourceIds);
  const fresh = nodes.filter((node) => !named.includes(node));
  const tell = open.announced !== null && open.stage === 'correcting' && fresh.length > 0;
  return tell ? announceToMore(open, fresh, nowMs) : open;
}

function refired(world: World, state: CaseState, nodes: (string | null)[]): CaseState {
  const isInTime = state.reopenUntilMs !== null && world.nowMs <= state.reopenUntilMs;
  const rung = state.announced?.rung;
  const back = resumed(state);
  if (isInTime || rung === undefined) return back;
  return announce(back, { rung, resourceIds: nodes, byPerson: null, nowMs: world.nowMs });
}

function confirm(world: World, state: CaseState): CaseState {
  const { law, nowMs } = world;
  const verdict = world.gate(state, rungOf(law, 'W'), null);
  if (verdict.verdict === 'hold') return hold(state, verdict.cause, nowMs);
  if (verdict.verdict === 'clear') return ended(state, 'unconfirmed', nowMs);
  const free = releaseHolds(state, nowMs);
  if (verdict.verdict === 'wait')
    return { ...free, confirmAtMs: Math.max(verdict.dueAtMs, nowMs + 1) };
  const { occurredAtMs } = verdict;
  const severity = world.severityOf(state.violationType);
  const recurrence = countRecurrence(
    law,
    world.ledger.cases,
    state.caseId,
    law.family,
    occurredAtMs,
    world.sanctions,
    nowMs,
  );
  const start = startOf(law, severity, recurrence);
  const opening = {
    caseId: state.caseId,
    family: law.family,
    violationType: state.violationType,
    severity,
    occurredAtMs,
  };
  world.move(openCaseEntry(world.ledger, opening));
  world.move(recordServed(world.ledger, state.caseId, 'W'));
  const warned: CaseState = {
    ...free,
    stage: 'correcting',
    law,
    severity,
    occurredAtMs,
    recurrence,
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
    rung: 'W',
  };
  const resourceIds = world.firingNodes(state.violationType);
  return announce(warned, { rung: firstAnnounced(start), resourceIds, byPerson: null, nowMs });
}

function judgeAll(world: World, state: CaseState, rung: Rung, requiredMs: number): Judged {
  const verdicts = servedNotices(state).map((notice) => ({
    notice,
    verdict: world.gate(state, rung, {
      resourceIds: notice.resourceIds,
      servedAtMs: notice.servedAtMs,
      requiredMs: requiredMs + notice.frozenMs,
    }),
  }));
  const passed = verdicts.flatMap(({ notice, verdict }) =>
    verdict.verdict === 'pass' ? [{ notice, verdict }] : [],
  );
  if (passed.length > 0) {
    return {
      verdict: 'pass',
      groups: [...new Set(passed.flatMap(({ verdict }) => verdict.groups))],
      earning: [...new Set(passed.flatMap(({ verdict }) => verdict.earning))],
      notices: passed.map(({ notice: { servedAtMs, resourceIds } }) => ({
        servedAtMs,
        resourceIds,
      })),
    };
  }
  for (const { verdict } of verdicts) if (verdict.verdict === 'hold') return verdict;
  const moved = verdicts.flatMap(({ notice, verdict }) =>
    verdict.verdict === 'wait' ? [{ noticeId: notice.noticeId, dueAtMs: verdict.dueAtMs }] : [],
  );
  return moved.length > 0
    ? { verdict: 'wait', moved }
    : { verdict: 'clear', clearedAtMs: world.nowMs };
}

function decide(world: World, state: CaseState): CaseState {
  const { law, nowMs } = world;
  const isProposed = state.stage === 'proposed';
  const id = isProposed ? state.proposal?.rung : state.announced?.rung;
  if (id === undefined || id === null)
    throw new Error(`Case ${state.caseId} has no rung to decide.`);
  const rung = rungOf(law, id);
  const judged = judgeAll(
    world,
    state,
    rung,
    isProposed ? windowMs(rung) : decisionWindowMs(rung, false),
  );
  if (judged.verdict === 'hold') return hold(state, judged.cause, nowMs);
  const free = releaseHolds(state, nowMs);
  if (judged.verdict === 'clear') return reassess(world, free);
  if (judged.verdict === 'wait') return wait(world, free, judged.moved);
  if (!isProposed && rung.execution !== 'automatic') return propose(world, free, rung, judged);
  return impose(world, free, rung, judged);
}

function wait(
  world: World,
  state: CaseState,
  moved: { noticeId: string; dueAtMs: number }[],
): CaseState {
  const later = moved.map((one) => ({ ...one, dueAtMs: Math.max(one.dueAtMs, world.nowMs + 1) }));
  if (state.stage === 'proposed' && state.proposal !== null) {
    const windowEndsAtMs = Math.min(...later.map(({ dueAtMs }) => dueAtMs));
    return { ...state, proposal: { ...state.proposal, windowEndsAtMs } };
  }
  return later.reduce((next, one) => noticeMoved(next, one.noticeId, one), state);
}

type Passed = Extract<Judged, { verdict: 'pass' }>;

function calculate(world: World, state: CaseState, rung: Rung, earning: (string | null)[]) {
  const { law, nowMs, laws, participant } = world;
  const ref = { caseId: state.caseId, decisionId: state.proposal?.proposalId ?? '', atMs: nowMs };
  const before =
    state.proposal === null
      ? world.ledger
      : applyMove(world.ledger, laws.releaseHold(world.ledger, ref));
  const multiplierBps = multiplierBpsFor(
    { rung: state.startRung ?? 'W', multiplierBps: state.multiplierBps },
    rung.id,
  );
  const occurredAtMs = state.occurredAtMs ?? nowMs;
  const { caseId, severity } = state;
  const calculation = laws.calculate({
    law,
    rung,
    multiplierBps,
    severity,
    participant,
    earning,
    snapshot: before,
    caseId,
    occurredAtMs,
    nowMs,
  });
  return { calculation, before, multiplierBps, occurredAtMs };
}

function record(
  world: World,
  state: CaseState,
  decision: Omit<Decision, 'caseId' | 'violationType' | 'atMs' | 'gateAtMs' | 'chargedUnits'>,
): void {
  const entry = world.entry(state.caseId);
  world.decisions.push({
    ...decision,
    caseId: state.caseId,
    violationType: state.violationType,
    atMs: world.nowMs,
    gateAtMs: world.nowMs,
    chargedUnits: entry === undefined ? 0n : liveUnits(entry),
  });
}

function propose(
  world: World,
  state: CaseState,
  rung: Rung,
  { earning, groups, notices }: Passed,
): CaseState {
  const { nowMs, law } = world;
  const computed = calculate(world, state, rung, earning);
  const no = state.proposals + 1;
  const proposalId = `${state.caseId}-p${no}`;
  const amount = computed.calculation;
  const charge = { caseId: state.caseId, decisionId: proposalId, rung: rung.id, atMs: nowMs };
  world.move(holdForProposal(world.ledger, { ...charge, amount }));
  const draftHash = canonicalJson({
    proposalId,
    rung: rung.id,
    earning,
    units: amount.chargeUnits.toString(),
  });
  const windowEndsAtMs = Math.max(
    nowMs,
    ...servedNotices(state).map(({ servedAtMs }) => servedAtMs + windowMs(rung)),
  );
  const proposal = {
    proposalId,
    kind: 'rung' as const,
    rung: rung.id,
    draftHash,
    proposedAtMs: nowMs,
    proposedBy: null,
    reason: 'uncorrected',
    heldUnits: amount.chargeUnits.toString(),
    resourceIds: earning,
    windowEndsAtMs,
    lapsesAtMs: windowEndsAtMs + law.stakeHoldLapseMs,
    approvals: [],
    veto: null,
  };
  record(world, state, {
    ...computed,
    decisionId: proposalId,
    kind: 'hold',
    rung,
    groups,
    earning,
    notices,
    draftHash,
    votes: [],
  });
  return { ...state, stage: 'proposed', proposal, proposals: no };
}

function impose(
  world: World,
  state: CaseState,
  rung: Rung,
  { earning, groups, notices }: Passed,
): CaseState {
  const { nowMs, law } = world;
  const { proposal } = state;
  const kept =
    proposal === null ? earning : earning.filter((node) => proposal.resourceIds.includes(node));
  // What was proposed is not earned by other resources: look again a day later.
  if (kept.length === 0) return { ...state, recheck: { atMs: nowMs + DAY_MS, everyMs: DAY_MS } };
  const computed = calculate(world, state, rung, kept);
  const decisionId =
    proposal?.proposalId ?? `${state.caseId}-${rung.id}-a${state.announced?.no ?? 0}`;
  const finalDueAtMs = nowMs + law.disputeWindowMs[rung.tier];
  const step = { caseId: state.caseId, decisionId, rung: rung.id, atMs: nowMs, finalDueAtMs };
  const amount = computed.calculation;
  const units =
    proposal === null
      ? amount.chargeUnits
      : minUnits(amount.chargeUnits, BigInt(proposal.heldUnits));
  world.move(
    proposal === null
      ? chargeAutomatic(world.ledger, { ...step, amount })
      : imposeHeld(world.ledger, { ...step, chargeUnits: units }),
  );
  const draftHash = proposal?.draftHash ?? null;
  const votes = world.votes.get(decisionId) ?? [];
  const kind = proposal === null ? 'charge' : 'impose';
  record(world, state, {
    ...computed,
    decisionId,
    kind,
    rung,
    groups,
    earning: kept,
    notices,
    draftHash,
    votes,
  });
  const minMs = 'minMs' in rung.suspension ? rung.suspension.minMs : 0;
  const after: CaseState = {
    ...state,
    stage: 'correcting',
    rung: rung.id,
    imposed: [
      ...state.imposed,
      {
        decisionId,
        rung: rung.id,
        imposedAtMs: nowMs,
        chargedUnits: units.toString(),
        finalDueAtMs,
        money: units > 0n ? 'pending' : 'none',
      },
    ],
    proposal: null,
    announced: null,
    suspendedUntilMs: Math.max(state.suspendedUntilMs ?? 0, nowMs + minMs),
    governorsAskedAtMs: null,
  };
  world.sanction(sanctionFor(world, after, rung));
  if (rung.suspension.kind === 'exclusion') return ended(after, 'excluded', nowMs);
  const next = nextRung(law, rung.id, state.severity, state.startRung ?? 'W');
  const resourceIds = world.firingNodes(state.violationType);
  return next === null
    ? after
    : announce(after, { rung: next, resourceIds, byPerson: null, nowMs });
}

function finishHoldDown(world: World, state: CaseState): CaseState {
  const clearedAtMs = state.holdDown?.clearedAtMs ?? world.nowMs;
  if (state.proposal !== null) release(world, state);
  return corrected(state, clearedAtMs, world.nowMs);
}

/** Ends a proposal without effect (rules D7, E3). */
export function refuse(world: World, state: CaseState): CaseState {
  release(world, state);
  return proposalRefused(state, world.nowMs);
}

function release(world: World, state: CaseState, giveBack = world.laws.releaseHold): void {
  const decisionId = state.proposal?.proposalId ?? '';
  world.move(giveBack(world.ledger, { caseId: state.caseId, decisionId, atMs: world.nowMs }));
}
