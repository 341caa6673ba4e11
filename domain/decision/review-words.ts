import type { Dispute, DisputeEnd } from '../case/dispute.ts';
import type { CaseState, ImposedStep } from '../case/state.ts';
import type { Restated } from '../law/restating.ts';
import { listInWords } from './plain-words.ts';
import type { DecisionWords, ProposalEnd } from './record.ts';

const NOT_UNDONE = 'Time that was served is not undone.';

/** How a dispute ended (rules D7, D10, E5). */
export function reviewedWords(state: CaseState, dispute: Dispute, end: DisputeEnd): DecisionWords {
  const asset = state.law?.asset ?? '';
  const of = `The dispute of ${dispute.rung} by ${dispute.by}`;
  const stands =
    end.standingRung === null ? 'Nothing of the case stands.' : `${end.standingRung} stands.`;
  return {
    what: `${of} is decided: ${end.result}. ${stands}`,
    why: [
      end.by.length > 0
        ? `${listInWords(end.by)} concurred, outside the conflict set${end.reasonCode ? ` (${end.reasonCode})` : ''}:`
        : 'Nobody had decided it before the hard stop, and then it ends for the participant:',
      end.reason,
      `The grounds were: ${dispute.grounds}`,
    ].join(' '),
    impact:
      end.result === 'upheld'
        ? ['The money of the decision becomes final when its term is over.']
        : [
            `${end.returnedUnits} units of ${asset} went back, to where they had come from.`,
            'What the decision had counted for in later cases and in the reputation is taken back; those cases are reckoned anew and may only fall.',
            NOT_UNDONE,
          ],
    objection:
      end.result === 'upheld'
        ? ['A decision is disputed once; this one now takes its course.']
        : [],
  };
}

/** A proposal that ended without effect (rules D7, E3, E4). */
export function droppedWords(state: CaseState, reason: ProposalEnd): DecisionWords {
  const { proposal, participantId, rung } = state;
  const named =
    proposal?.rung ?? (proposal?.kind === 'readmit' ? 'the readmission' : 'the dismissal');
  const why = {
    lapsed: 'It had not been imposed when it lapsed.',
    vetoed: 'It was vetoed, and two reviewers confirmed the veto.',
    'veto-not-lifted': 'It was vetoed, and the veto was not lifted in time.',
  }[reason];
  const isRung = proposal?.kind === 'rung';
  return {
    what: `The proposal of ${named} about ${participantId} ended without effect.`,
    why,
    impact: isRung
      ? [
          `${proposal.heldUnits} units of ${state.law?.asset ?? ''} that were held went back.`,
          `The case stays at ${rung}; only a person can propose the rung again.`,
        ]
      : ['Nothing changes.'],
    objection: [],
  };
}

/** A case that was reckoned anew because earlier ones fell (rule D10). */
export function recountedWords(
  state: CaseState,
  facts: { now: Restated; causes: string[]; imposed: ImposedStep[] },
): DecisionWords {
  const { now, causes, imposed } = facts;
  const kept = now.parts.map(({ rung, keepUnits }) => `${rung} with ${keepUnits} units`);
  const standing = imposed.filter(({ money }) => money !== 'void' && money !== 'lapsed').length;
  return {
    what: `The case against ${state.participantId} for ${state.violationType} is reckoned anew.`,
    why: `Earlier cases fell (${causes.join(', ')}): now ${now.recurrence.counted} earlier ones count, and the case starts at ${now.start.rung}.`,
    impact: [
      kept.length > 0 ? `It keeps ${kept.join(', ')}; the rest went back.` : 'It charges nothing.',
      `${standing} of its decisions stand. What is final stays as it is.`,
      NOT_UNDONE,
    ],
    objection: ['What stands may be disputed as before, within the term of each decision.'],
  };
}
