import * as z from 'zod';
import type { ProblemCode } from '../problem.ts';
import { actionResultSchema } from './case-schemas.ts';
import { caseId, draftHash, id, optionalText, reasonCode, rung, text } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';
import type { OperationId } from './roles.ts';

/** What people do in a case. The workflow of the case decides whether they may (rules C4, E1–E5). */

const oneCase = z.strictObject({ caseId });
const oneDispute = z.strictObject({ caseId, disputeId: id('Id of a dispute') });
const oneProposal = z.strictObject({ caseId, proposalId: id('Id of a proposal') });

/** Codes that every action may be refused with. */
const EVERY_ACTION: readonly ProblemCode[] = [
  'case-unknown',
  'case-ended',
  'case-workflow-gone',
  'idempotency-key-reused',
  'workflow-unreachable',
  'key-unreachable',
];

interface ActionDraft<P, B> {
  id: OperationId;
  path: `/v1/${string}`;
  summary: string;
  params: P;
  body: B;
  problems?: readonly ProblemCode[];
}

function defineAction<P extends z.ZodType, B extends z.ZodType>(draft: ActionDraft<P, B>) {
  const { problems = [], ...rest } = draft;
  return defineOperation({
    ...rest,
    method: 'POST',
    tag: 'Actions',
    query: none,
    reply: actionResultSchema,
    problems: [...EVERY_ACTION, ...problems],
  });
}

/** A body whose only field may be left out, with the body itself. */
const noteOnly = z.strictObject({ note: optionalText }).default({ note: '' });

export const acknowledge = defineAction({
  id: 'acknowledge',
  path: '/v1/cases/{caseId}/acknowledge',
  summary: 'Say that an operator looks after the case',
  params: oneCase,
  body: noteOnly,
});

/** An answer goes into the record; it neither stops nor shortens a window. */
export const answer = defineAction({
  id: 'answer',
  path: '/v1/cases/{caseId}/answer',
  summary: 'Answer the notice of a case',
  params: oneCase,
  body: z.strictObject({ text }),
});

export const submitRemediation = defineAction({
  id: 'submitRemediation',
  path: '/v1/cases/{caseId}/remediation',
  summary: 'Declare the cause and what was done about it',
  params: oneCase,
  body: z.strictObject({ cause: text, actions: text }),
  problems: ['wrong-stage', 'remediation-confirmed'],
});

export const confirmRemediation = defineAction({
  id: 'confirmRemediation',
  path: '/v1/cases/{caseId}/remediation/confirm',
  summary: 'Confirm the remediation; up to P2 this files the appeal (rule C4)',
  params: oneCase,
  body: noteOnly,
  problems: [
    'violation-open',
    'remediation-missing',
    'remediation-confirmed',
    'conflict-of-interest',
    'role-taken',
  ],
});

export const requestChecks = defineAction({
  id: 'requestChecks',
  path: '/v1/cases/{caseId}/checks',
  summary: 'Run the system checks again',
  params: oneCase,
  body: z.union([noBody, none]),
  problems: ['wrong-stage'],
});

export const appeal = defineAction({
  id: 'appeal',
  path: '/v1/cases/{caseId}/appeal',
  summary: 'Appeal for restoration after remediation (rule C4)',
  params: oneCase,
  body: z.strictObject({ grounds: text }),
  problems: ['violation-open', 'remediation-missing', 'appeal-open', 'audit-cooldown'],
});

/** It starts the workflow that decides it, with remediation, checks, auditors and governors. */
export const askReadmission = defineAction({
  id: 'askReadmission',
  path: '/v1/cases/{caseId}/readmission',
  summary: 'Ask for the return of an excluded participant (rule C5)',
  params: oneCase,
  body: z.strictObject({ grounds: text }),
  problems: ['not-excluded', 'readmission-open', 'readmission-too-early'],
});

export const recordFinding = defineAction({
  id: 'recordFinding',
  path: '/v1/cases/{caseId}/findings',
  summary: 'Record the finding of an auditor on the open appeal',
  params: oneCase,
  body: z.strictObject({ result: z.enum(['pass', 'fail']), note: text }),
  problems: [
    'appeal-missing',
    'remediation-unconfirmed',
    'audit-not-needed',
    'already-recorded',
    'conflict-of-interest',
    'role-taken',
  ],
});

export const propose = defineAction({
  id: 'propose',
  path: '/v1/cases/{caseId}/proposals',
  summary: 'Propose a rung, or the dismissal of the case (rules D7, E4)',
  params: oneCase,
  body: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('rung'), rung, reason: text }),
    z.strictObject({ what: z.literal('dismiss'), reasonCode, reason: text }),
  ]),
  problems: [
    'wrong-stage',
    'proposal-open',
    'already-imposed',
    'rung-announced',
    'rung-not-higher',
  ],
});

export const approve = defineAction({
  id: 'approve',
  path: '/v1/cases/{caseId}/proposals/{proposalId}/approve',
  summary: 'Approve one draft, named by its hash (rule E2)',
  params: oneProposal,
  body: z.strictObject({ draftHash, reason: text }),
  problems: [
    'proposal-unknown',
    'rung-superseded',
    'draft-changed',
    'proposal-vetoed',
    'already-approved',
    'same-organisation',
    'conflict-of-interest',
    'role-taken',
  ],
});

export const veto = defineAction({
  id: 'veto',
  path: '/v1/cases/{caseId}/proposals/{proposalId}/veto',
  summary: 'Veto a draft, or confirm or lift its veto as a reviewer (rule E3)',
  params: oneProposal,
  body: z.strictObject({
    draftHash,
    stance: z.enum(['veto', 'confirm', 'lift']),
    reason: text,
  }),
  problems: [
    'proposal-unknown',
    'rung-superseded',
    'draft-changed',
    'already-vetoed',
    'not-vetoed',
    'already-reviewed',
    'governor-needed',
    'reviewer-needed',
    'conflict-of-interest',
    'role-taken',
  ],
});

/** Warning and penalties of a case are disputed once together, each severe decision once. */
export const openDispute = defineAction({
  id: 'openDispute',
  path: '/v1/cases/{caseId}/disputes',
  summary: 'Dispute an imposed decision within its dispute window (rule E5)',
  params: oneCase,
  body: z.strictObject({ decisionId: id('Id of an imposed decision'), grounds: text }),
  problems: [
    'participant-needed',
    'decision-unknown',
    'decision-fallen',
    'dispute-window-over',
    'already-disputed',
    'dispute-not-in-force',
  ],
});

const verdictReason = z.enum(['evidence', 'platform-fault', 'law', 'amount', 'procedure']).meta({
  description:
    'Why. A decision overturned on `evidence` or `platform-fault` takes the whole case along: the violation is not proven.',
});

/** One reviewer for a warning or penalty; two who concur, of two organisations, for a severe decision. */
export const decideDispute = defineAction({
  id: 'decideDispute',
  path: '/v1/cases/{caseId}/disputes/{disputeId}/decision',
  summary: 'Rule on a dispute as a reviewer (rules D10, E5)',
  params: oneDispute,
  body: z.discriminatedUnion('result', [
    z.strictObject({ result: z.literal('upheld'), reasonCode: verdictReason, reason: text }),
    z.strictObject({
      result: z.literal('reduced'),
      toRung: rung.meta({ description: 'The rung that stands' }),
      reasonCode: verdictReason,
      reason: text,
    }),
    z.strictObject({ result: z.literal('overturned'), reasonCode: verdictReason, reason: text }),
  ]),
  problems: [
    'reviewer-needed',
    'dispute-unknown',
    'dispute-decided',
    'panel-replaced',
    'already-reviewed',
    'same-organisation',
    'rung-not-lower',
    'rung-final',
    'conflict-of-interest',
    'role-taken',
  ],
});

export const addNote = defineAction({
  id: 'addNote',
  path: '/v1/cases/{caseId}/notes',
  summary: 'Add a note to the history of a case',
  params: oneCase,
  body: z.strictObject({ text }),
});
