import { ended } from '../domain/case/ending.ts';
import { releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import { type ExplainedShortfall, explainShortfall } from '../domain/law/shortfall.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { parseUnits } from '../domain/money.ts';
import { endingCommit } from './end-case.ts';
import { plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { auditOf, outcomeOf, type PlannedStep, plainCommit } from './step.ts';

/** The shortfall that our own slashes caused, null for every other violation (rule C10). Only types with a stake check speak of stake. */
export function ownShortfall(law: PinnedLaw, snapshot: LedgerSnapshot): ExplainedShortfall | null {
  if (law.topUpMs === undefined || !law.checks.some((check) => check.kind === 'stake')) return null;
  const short = explainShortfall(snapshot, parseUnits(law.minimumStakeUnits));
  return short?.isOurs ? short : null;
}

/**
 * A stake that is short by our own slash is no violation: it gets a notice and time to top up, no slash and no recurrence. When the time is
 * over the case ends as if it had never been confirmed; the shortfall stays a condition of every restoration, and what still fires is
 * looked at anew, in case it is no longer ours (rules C4, C10, D6).
 */
export async function giveTimeToTopUp(
  ports: ActivityPorts,
  state: CaseState,
  short: ExplainedShortfall,
  topUpMs: number,
  nowMs: number,
): Promise<PlannedStep> {
  if (state.topUpUntilMs !== undefined && nowMs >= state.topUpUntilMs)
    return timeIsOver(ports, state, short, nowMs);
  const untilMs = state.topUpUntilMs ?? nowMs + topUpMs;
  const waiting: CaseState = {
    ...releaseHolds(state, nowMs),
    topUpUntilMs: untilMs,
    confirmAtMs: untilMs,
  };
  if (state.topUpUntilMs !== undefined)
    return { commit: plainCommit(waiting, []), outcome: outcomeOf('top-up', waiting) };
  const told = plainNotice(waiting, 'top-up', null, nowMs);
  const notice = { ...told.notice, notice: { ...told.notice.notice, graceMs: topUpMs } };
  const audit = auditOf(
    told.state,
    nowMs,
    'top-up',
    'top-up-noticed',
    `The stake is short by our own slash: ${short.bondedUnits} of ${short.minimumUnits} units are bonded. It may be topped up; no slash, no recurrence.`,
    { ...inWords(short), untilMs },
  );
  return {
    commit: { ...plainCommit(told.state, [audit]), notices: [notice] },
    outcome: outcomeOf('top-up', told.state, [notice.notice.noticeId]),
  };
}

async function timeIsOver(
  ports: ActivityPorts,
  state: CaseState,
  short: ExplainedShortfall,
  nowMs: number,
): Promise<PlannedStep> {
  const next = ended(state, 'unconfirmed', nowMs);
  const audit = auditOf(
    next,
    nowMs,
    'top-up-over',
    'case-unconfirmed',
    'The time to top up is over and the stake is still short by our own slash: no slash, no recurrence. It stays a condition of restoration.',
    inWords(short),
  );
  const commit = await endingCommit(ports, next, null, [audit]);
  await ports.evidence.rearmHeads(state.caseId, nowMs);
  return { commit, outcome: outcomeOf('ended', next) };
}

function inWords({ bondedUnits, minimumUnits, slashedUnits }: ExplainedShortfall) {
  return {
    bondedUnits: bondedUnits.toString(),
    minimumUnits: minimumUnits.toString(),
    slashedUnits: slashedUnits.toString(),
  };
}
