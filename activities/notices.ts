import { tierOf } from '../domain/case/project.ts';
import type { CaseState, Inertness } from '../domain/case/state.ts';
import { DomainError } from '../domain/errors.ts';
import type { Notice, StoredNotice } from '../domain/notice.ts';
import type { CheckSpec } from '../domain/policy.ts';
import { firingHeads, type Picture } from './look.ts';

/** The notices of an announcement that are not stored yet: everything the participant must know to correct, answer and appeal (rule A7, issue "guidance"). */
export function announcementNotices(
  state: CaseState,
  knownNoticeIds: ReadonlySet<string>,
  picture: Picture,
  nowMs: number,
): StoredNotice[] {
  const announced = state.announced;
  if (!announced) return [];
  const rung = state.law?.rungs.find((candidate) => candidate.id === announced.rung);
  return announced.notices
    .filter((notice) => !knownNoticeIds.has(notice.noticeId))
    .map((notice) =>
      stored({
        ...noticeBase(state, notice.noticeId, nowMs),
        kind: 'rung-announced',
        announcedRung: announced.rung,
        resourceIds: notice.resourceIds,
        graceMs: rung?.graceBeforeMs ?? null,
        answerWindowMs: rung?.answerWindowMs ?? null,
        evidence: evidenceOf(picture),
        howTo: state.inert ? `${howToInert(state.inert)} ${HOW_TO_ANSWER}` : HOW_TO_ANSWER,
      }),
    );
}

/** A notice that tells of something done and announces nothing: a draft, a rung at the top, a drop, a reinstatement. */
export function plainNotice(
  state: CaseState,
  kind: Notice['kind'],
  picture: Picture | null,
  nowMs: number,
  decided?: string,
): { notice: StoredNotice; state: CaseState } {
  const noticeId = `${state.caseId}-n${state.notices + 1}`;
  const notice = stored({
    ...noticeBase(state, noticeId, nowMs),
    kind,
    announcedRung: null,
    resourceIds: state.proposal?.resourceIds ?? [],
    graceMs: null,
    answerWindowMs: null,
    evidence: picture ? evidenceOf(picture) : [],
    ...(decided !== undefined && { decided }),
    howTo: HOW_TO[kind] ?? HOW_TO_RETURN,
  });
  return { notice, state: { ...state, notices: state.notices + 1 } };
}

/** Ids of the notices that the state already knows. */
export function knownNotices(state: CaseState): ReadonlySet<string> {
  return new Set((state.announced?.notices ?? []).map((notice) => notice.noticeId));
}

function noticeBase(state: CaseState, noticeId: string, nowMs: number) {
  const law = state.law;
  if (!law) throw new DomainError('invariant-broken', 'bug', 'A notice needs the pinned law.');
  return {
    v: 1 as const,
    noticeId,
    networkId: state.networkId,
    caseId: state.caseId,
    participantId: state.participantId,
    violationType: state.violationType,
    family: law.family,
    severity: state.severity,
    rung: state.rung,
    tier: tierOf(state),
    guidance: law.guidance,
    checks: law.checks.map(describeCheck),
    createdAtMs: nowMs,
  };
}

/** A check in words, as the notice shows it. */
export function describeCheck(check: CheckSpec): string {
  switch (check.kind) {
    case 'head':
      return 'every alert of the case has resolved';
    case 'http':
      return `an HTTP request to each affected resource at ${check.path} is answered`;
    case 'promql':
      return `the query ${check.query} on ${check.server} reports the resource healthy`;
    case 'stake':
      return 'the bonded stake is at least the minimum';
  }
}

function evidenceOf(picture: Picture): Notice['evidence'] {
  return firingHeads(picture.heads)
    .slice(0, 100)
    .map((head) => ({
      alertKey: head.alertKey,
      startsAtMs: head.startsAtMs,
      lastSeenAtMs: head.lastSeenAtMs,
    }));
}

function stored(notice: Notice): StoredNotice {
  return { notice, servedAtMs: null, servedBy: null, readAtMs: null, tries: 0, lastReason: null };
}

/** Rule C9: what is told while another case stands for this one. */
function howToInert({ because, caseId }: Inertness): string {
  return because === 'cause'
    ? `Case ${caseId} charges for the same cause; as long as it is open, nothing is imposed here.`
    : `You are suspended for the same resources by case ${caseId}; until that ends, nothing is imposed here.`;
}

const HOW_TO_ANSWER =
  'Correct the violation before the grace ends and nothing further is imposed. Answer with POST /v1/cases/{caseId}/answer at any time; the answer goes into the record. What is imposed already can be disputed within its dispute window with POST /v1/cases/{caseId}/disputes.';
const HOW_TO_ANSWER_DRAFT =
  'The draft decision can be read at GET /v1/cases/{caseId}. Answer with POST /v1/cases/{caseId}/answer before the answer window ends; correct the violation and the draft is dropped.';
const HOW_TO_RETURN =
  'The way back: correct the violation, submit the remediation with its cause (POST /v1/cases/{caseId}/remediation), let an operator confirm it, and after a severe step appeal for restoration (POST /v1/cases/{caseId}/appeal). A decision that is wrong is disputed within its dispute window, warning and penalties once, each severe step once (POST /v1/cases/{caseId}/disputes).';
const HOW_TO_TOP_UP =
  'Your stake is below the minimum because of slashes that became final. Top it up in the time given here. No further slash follows from this, and it does not count as a violation; without the minimum no access that was suspended returns.';
const HOW_TO: Partial<Record<Notice['kind'], string>> = {
  'draft-published': HOW_TO_ANSWER_DRAFT,
  'top-up': HOW_TO_TOP_UP,
};
