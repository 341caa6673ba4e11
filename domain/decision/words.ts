import type { Rung } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import { lengthInWords, listInWords, percentInWords } from './plain-words.ts';
import type { DecisionAmount, DecisionWords, SettledDecision } from './record.ts';

/** Who and what a decision is about, as its sentences need it. */
export interface Subject {
  participantId: string;
  violationType: string;
  severity: string;
  /** The violation type's own sentence about what the violation does. */
  harm: string;
}

const ANSWER =
  'Answer with POST /v1/cases/{caseId}/answer at any time; the answer goes into the record.';
const DISPUTE =
  'Dispute the decision with POST /v1/cases/{caseId}/disputes, by its decisionId and with your grounds, until windows.disputeUntil; until then its money is not final. Reviewers outside the case decide.';
const WAY_BACK =
  'The way back: correct the violation, submit the remediation with its cause (POST /v1/cases/{caseId}/remediation) and let an operator confirm it.';
const APPEAL =
  'After a severe rung, appeal for restoration as well (POST /v1/cases/{caseId}/appeal); auditors then look.';

/** The first word, which costs nothing (rules A8, C12). */
export function warningWords(
  about: Subject,
  found: { groups: string[]; resources: (string | null)[]; earlier: number; announced: Rung },
): DecisionWords {
  const { announced } = found;
  return {
    what: `Warning to ${about.participantId}: ${about.violationType}, ${about.severity}, is confirmed.`,
    why: `${listInWords(found.resources)} fired for longer than is allowed; ${sawIt(found.groups)}. Earlier cases that count: ${found.earlier}.`,
    impact: [
      about.harm,
      'A warning takes no money and no access.',
      `${announced.id} is announced: uncorrected ${lengthInWords(announced.graceBeforeMs)} after its notice is served, it follows.`,
    ],
    objection: [
      `Correct the violation within ${lengthInWords(announced.graceBeforeMs)} of the served notice and nothing further is imposed.`,
      ANSWER,
    ],
  };
}

/** A rung that waits for approvals, or for a veto (rules D7, E2, E3). */
export function proposedWords(
  about: Subject,
  draft: { rung: Rung; groups: string[]; earning: (string | null)[]; amount: DecisionAmount },
): DecisionWords {
  const { rung, amount } = draft;
  const needs =
    rung.execution === 'on-approval'
      ? `It is imposed only with ${rung.approvals} approval${rung.approvals === 1 ? '' : 's'} that name the hash of this draft.`
      : 'It is imposed at the end of its window unless a governor vetoes.';
  return {
    what: `${rung.id}, a ${rung.tier} rung, is proposed against ${about.participantId} for ${about.violationType}, ${about.severity}.`,
    why: `${listInWords(draft.earning)} fired through the whole grace of ${lengthInWords(rung.graceBeforeMs)} after a served notice that names them; ${sawIt(draft.groups)}.`,
    impact: [
      about.harm,
      `${amount.units} units of ${amount.asset} are held: ${amount.fromRewardsUnits} of rewards and ${amount.fromStakeUnits} of stake. They are still the participant's.`,
      needs,
      ...sanctionOf(rung),
    ],
    objection: [
      'Correct the violation and the draft is dropped; what is held goes back (windows.lapsesAt is the latest instant for any decision).',
      `Answer before windows.notBeforeAt. ${ANSWER}`,
    ],
  };
}

/** A rung in force (rules A8, C3, D7). */
export function imposedWords(
  about: Subject,
  step: {
    rung: Rung;
    groups: string[];
    earning: (string | null)[];
    amount: DecisionAmount;
    sanction: Sanction;
    approvals: number;
  },
): DecisionWords {
  const { rung, amount, sanction } = step;
  const approved =
    step.approvals > 0
      ? ` ${step.approvals} ${step.approvals === 1 ? 'person' : 'persons'} approved.`
      : '';
  const money =
    amount.units === 0n
      ? 'It takes no money.'
      : `${amount.units} units of ${amount.asset} are pending: ${amount.fromRewardsUnits} of rewards and ${amount.fromStakeUnits} of stake. They become final after windows.disputeUntil and then go to the reserve.`;
  return {
    what: `${rung.id}, a ${rung.tier} rung, is imposed on ${about.participantId} for ${about.violationType}, ${about.severity}.`,
    why: `${listInWords(step.earning)} fired on to the end of the windows (grace ${lengthInWords(rung.graceBeforeMs)}, answer ${lengthInWords(rung.answerWindowMs)}) after a served notice that names them; ${sawIt(step.groups)}.${approved}`,
    impact: [
      about.harm,
      money,
      `Standing is ${sanction.access}.`,
      ...sanctionOf(rung),
      ...cutOf(sanction),
    ],
    objection: [
      DISPUTE,
      ANSWER,
      ...(rung.suspension.kind === 'exclusion'
        ? []
        : [WAY_BACK, ...(rung.tier === 'severe' ? [APPEAL] : [])]),
    ],
  };
}

/** A case that two persons took back (rule E4). */
export function dismissedWords(about: Subject, reason: string, persons: string[]): DecisionWords {
  return {
    what: `The case against ${about.participantId} for ${about.violationType} is dismissed.`,
    why: `${listInWords(persons)} agreed, outside the conflict set: ${reason}.`,
    impact: ['Nothing is charged, what was held goes back, and the case does not count later.'],
    objection: [],
  };
}

/** Money that is final, a probation that is over (rules C6, D7, D13). */
export function settledWords(
  about: Subject,
  final: SettledDecision[],
  isProbationOver: boolean,
): DecisionWords {
  const units = final.reduce((sum, one) => sum + one.units, 0n);
  const rungs = listInWords(final.map(({ rung }) => rung));
  const made = final.length === 0 ? [] : [`${rungs} of ${about.participantId} became final.`];
  return {
    what:
      [...made, ...(isProbationOver ? ['Its probation is over.'] : [])].join(' ') ||
      'Nothing was due.',
    why: 'The terms of the decisions, in `settled`, had passed.',
    impact: [
      ...(units > 0n ? [`${units} units went to the reserve; nobody else gets any of it.`] : []),
      ...(isProbationOver ? ['The sanction of this case has ended.'] : []),
    ],
    objection: [],
  };
}

/** Access that came back (rule C4). */
export function restoredWords(about: Subject, rung: Rung, auditors: string[]): DecisionWords {
  const audited = auditors.length > 0 ? ` ${listInWords(auditors)} audited it.` : '';
  return {
    what: `Access of ${about.participantId} is restored.`,
    why: `The remediation is confirmed, the minimum time is over and every system check passed.${audited}`,
    impact: [
      `Standing is probation for ${lengthInWords(rung.probationMs)}; a new case of the same family starts one rung higher until then.`,
    ],
    objection: [],
  };
}

function sawIt(groups: readonly string[]): string {
  const independent = groups.length === 1 ? 'one source' : `${groups.length} independent groups`;
  return `${independent} saw it (${listInWords(groups)})`;
}

function sanctionOf({ suspension }: Rung): string[] {
  switch (suspension.kind) {
    case 'none':
      return [];
    case 'until-corrected':
      return [
        `Access is suspended until the violation is corrected and restored, ${lengthInWords(suspension.minMs)} at least.`,
      ];
    case 'min':
      return [
        `Access is suspended for ${lengthInWords(suspension.minMs)} at least, and until it is restored.`,
      ];
    case 'exclusion':
      return ['The participant is excluded.'];
  }
}

function cutOf({ rewardCutBps }: Sanction): string[] {
  return rewardCutBps === 0
    ? []
    : [
        `Credited rewards are cut by ${percentInWords(rewardCutBps)} until sanction.rewardCutUntil, and none accrue while suspended.`,
      ];
}
