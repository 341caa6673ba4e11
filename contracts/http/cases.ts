import * as z from 'zod';
import { caseSchema, caseWorkflowSchema, timelineEntrySchema } from './case-schemas.ts';
import { decisionSchema } from './decision-schemas.ts';
import {
  caseId,
  family,
  outcome,
  page,
  paging,
  participantId,
  stage,
  tier,
  violationType,
} from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

const tag = 'Cases';
const oneCase = z.strictObject({ caseId });

/** Newest first; every filter narrows. */
export const listCases = defineOperation({
  id: 'listCases',
  method: 'GET',
  path: '/v1/cases',
  tag,
  summary: 'List cases, newest first',
  params: none,
  query: z.strictObject({
    participantId: participantId.optional(),
    violationType: violationType.optional(),
    family: family.optional(),
    tier: tier.optional(),
    stage: stage.optional(),
    outcome: outcome.optional(),
    shadow: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Only cases in shadow, or only real ones' }),
    ...paging,
  }),
  body: noBody,
  reply: page(caseSchema),
  problems: ['cursor-invalid'],
});

export const readCase = defineOperation({
  id: 'readCase',
  method: 'GET',
  path: '/v1/cases/{caseId}',
  tag,
  summary: 'Read a case',
  params: oneCase,
  query: none,
  body: noBody,
  reply: caseSchema,
  problems: ['case-unknown'],
});

export const readTimeline = defineOperation({
  id: 'readTimeline',
  method: 'GET',
  path: '/v1/cases/{caseId}/timeline',
  tag,
  summary: 'Read the history of a case, oldest first',
  params: oneCase,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(timelineEntrySchema),
  problems: ['case-unknown', 'cursor-invalid'],
});

/** The machine-readable why (design §2). */
export const readDecisions = defineOperation({
  id: 'readDecisions',
  method: 'GET',
  path: '/v1/cases/{caseId}/decisions',
  tag,
  summary: 'Read the decision records of a case, oldest first',
  params: oneCase,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(decisionSchema),
  problems: ['case-unknown', 'cursor-invalid'],
});

/** The only read that touches Temporal (design §4). */
export const readCaseWorkflow = defineOperation({
  id: 'readCaseWorkflow',
  method: 'GET',
  path: '/v1/cases/{caseId}/workflow',
  tag,
  summary: 'Look at the workflow of a case',
  params: oneCase,
  query: none,
  body: noBody,
  reply: caseWorkflowSchema,
  problems: ['case-unknown', 'case-workflow-gone', 'workflow-unreachable', 'key-unreachable'],
});
