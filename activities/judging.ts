import { servedNotices } from '../domain/case/announcing.ts';
import type { CaseState, HoldCause } from '../domain/case/state.ts';
import type { GateAsked, GateQuestion } from '../domain/decision/record.ts';
import { type GateVerdict, judge } from '../domain/law/gate.ts';
import { type JoinedPass, joinPassed } from '../domain/law/joined-verdict.ts';
import { nextRung, startOf } from '../domain/law/ladder.ts';
import type { Rung } from '../domain/policy.ts';
import { rungOrder } from '../domain/violation.ts';
import { NETWORK_WATCH } from '../domain/watch/sighting.ts';
import { LEDGER_GROUP, type Picture } from './look.ts';

/** The gate's word on the whole case: over several notices a rung is earned by the resources of any of them (rule A2). */
export type CaseVerdict =
  | (JoinedPass & { asked: GateAsked })
  | { verdict: 'wait'; moved: { noticeId: string; dueAtMs: number }[] }
  | { verdict: 'hold'; cause: HoldCause; reason: string }
  | { verdict: 'clear'; clearedAtMs: number };

/** Asks the gate whether a violation is confirmed at all: the warning needs one confirmation and the allowance (rules A3, B1, B3). */
export function judgeConfirmation(
  state: CaseState,
  rung: Rung,
  picture: Picture,
  nowMs: number,
): { verdict: GateVerdict; asked: GateAsked } {
  const { law, ...input } = gateInput(state, rung, picture, nowMs);
  const verdict = judge({ ...input, law, named: null });
  const question = { noticeId: null, named: null, verdict };
  return { verdict, asked: { law: null, input, questions: [question] } };
}

/**
 * Asks the gate for every served notice and puts the answers together. `windowMs` is what a resource must have fired through. Each notice has
 * a clock of its own: one that is held or paused stops no other (rule A2). A proposed rung is earned only by the resources of its draft (rule E2).
 */
export function judgeNotices(
  state: CaseState,
  rung: Rung,
  picture: Picture,
  windowMs: number,
  nowMs: number,
): CaseVerdict {
  const input = gateInput(state, rung, picture, nowMs);
  const drafted = state.proposal?.kind === 'rung' ? new Set(state.proposal.resourceIds) : null;
  const questions = servedNotices(state).map((notice): GateQuestion & { noticeId: string } => {
    const named = {
      resourceIds: notice.resourceIds.filter((id) => drafted === null || drafted.has(id)),
      servedAtMs: notice.servedAtMs,
      requiredMs: windowMs + notice.frozenMs,
    };
    return { noticeId: notice.noticeId, named, verdict: judge({ ...input, named }) };
  });
  const verdicts = questions.map(({ noticeId, verdict }) => ({ noticeId, ...verdict }));
  if (verdicts.some((entry) => entry.verdict === 'pass')) {
    const { law: _pinned, ...shared } = input;
    return { ...joinPassed(verdicts), asked: { law: null, input: shared, questions } };
  }
  const held = verdicts.filter((entry) => entry.verdict === 'hold');
  const moved = verdicts.flatMap((entry) =>
    entry.verdict === 'wait' ? [{ noticeId: entry.noticeId, dueAtMs: entry.dueAtMs }] : [],
  );
  const running = verdicts.some((entry) => entry.verdict === 'wait' && !entry.idle);
  if (moved.length > 0 && (running || held.length === 0)) {
    const againMs = nowMs + input.law.freshMinMs;
    const asked = held.map((entry) => ({ noticeId: entry.noticeId, dueAtMs: againMs }));
    return { verdict: 'wait', moved: [...moved, ...asked] };
  }
  const first = held[0];
  if (first?.verdict === 'hold')
    return { verdict: 'hold', cause: first.cause, reason: first.reason };
  const cleared = verdicts.flatMap((entry) =>
    entry.verdict === 'clear' ? [entry.clearedAtMs] : [],
  );
  return { verdict: 'clear', clearedAtMs: Math.max(0, ...cleared) };
}

function gateInput(state: CaseState, rung: Rung, picture: Picture, nowMs: number) {
  if (!state.law) throw new Error(`Case ${state.caseId} has no pinned law.`);
  return {
    nowMs,
    law: state.law,
    rung,
    heads: picture.heads,
    sources: picture.sources,
    controlGroup: state.controlGroup,
    probes: picture.looks.map((look) => ({
      resourceId: look.resourceId,
      group: groupOf(look.group, rung),
      healthy: look.healthy,
    })),
    oldestUndeliveredMs: picture.oldestUndeliveredMs,
    confirmingKeys: graveEnough(state, rung, picture),
  };
}

/**
 * The watch reports a short stake from the same books that we look into now. For a penalty that look is our own probe; for a severe rung
 * the two are one monitor asked twice, and count once (rules B2, B3).
 */
function groupOf(group: string, rung: Rung): string {
  return group === LEDGER_GROUP && rung.tier === 'severe' ? NETWORK_WATCH : group;
}

/**
 * Alerts whose own severity leads to the rung: where a graver word raised it, that word needs its own confirmations (rules A12, B3). What a
 * person raised, or the climb by time allows, every alert may speak for.
 */
function graveEnough(state: CaseState, rung: Rung, picture: Picture): ReadonlySet<string> {
  const { law, recurrence } = state;
  const keys = new Set<string>();
  for (const head of picture.heads) {
    if (!law || !recurrence || !state.rung || state.announced?.byPerson != null) {
      keys.add(head.alertKey);
      continue;
    }
    const start = startOf(law, head.severity, recurrence);
    const reach = nextRung(law, state.rung, head.severity, start.rung);
    if (reach !== null && rungOrder(reach) >= rungOrder(rung.id)) keys.add(head.alertKey);
  }
  return keys;
}
