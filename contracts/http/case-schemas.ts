import * as z from 'zod';
import {
  family,
  instant,
  maybeInstant,
  outcome,
  rung,
  severity,
  stage,
  tier,
  units,
  violationType,
} from './fields.ts';

/** Wire shapes of a case. They mirror `Wire<CaseRecord>`; the type test beside the operations holds the two together. */

const ballot = z.object({
  person: z.string(),
  organisation: z.string(),
  at: instant,
  reason: z.string(),
});

const hold = z.object({
  cause: z.string(),
  owner: z.string(),
  since: instant,
  limitAt: instant,
});

const imposedStep = z.object({
  decisionId: z.string(),
  rung,
  imposedAt: instant,
  chargedUnits: units,
  finalDueAt: instant,
  money: z.enum(['none', 'pending', 'final', 'void', 'lapsed']),
});

const proposal = z
  .object({
    proposalId: z.string(),
    kind: z.enum(['rung', 'dismiss']),
    rung: rung.nullable(),
    draftHash: z.string().meta({ description: 'What an approval or veto must name (rule E2)' }),
    proposedAt: instant,
    proposedBy: z.string().nullable(),
    reason: z.string(),
    heldUnits: units,
    resourceIds: z.array(z.string().nullable()),
    windowEndsAt: instant,
    lapsesAt: instant,
    approvals: z.array(ballot),
    veto: z
      .object({
        by: ballot,
        dueAt: instant,
        confirmedBy: z.array(ballot),
        liftedBy: z.array(ballot),
        lifted: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Proposal', description: 'What waits for approvals, a veto or the end of a window' });

const remediation = z.object({
  by: z.string(),
  cause: z.string(),
  actions: z.string(),
  at: instant,
  confirmedBy: z.string().nullable(),
  confirmedAt: maybeInstant,
});

const checksRun = z.object({
  at: instant,
  passed: z.boolean(),
  results: z.array(z.object({ check: z.string(), passed: z.boolean(), detail: z.string() })),
});

const money = z.object({
  asset: z.string().nullable(),
  heldUnits: units,
  pendingUnits: units,
  finalUnits: units,
  returnedUnits: units,
});

/** A case with its four fields: stage, holds, disputes, money (rule A1). */
export const caseSchema = z
  .looseObject({
    networkId: z.string(),
    caseId: z.string(),
    participantId: z.string(),
    resourceIds: z.array(z.string().nullable()).optional().meta({
      description: 'What the case is about; null among them is the participant as a whole',
    }),
    violationType,
    family: family.nullable(),
    severity,
    stage,
    tier: tier.nullable(),
    rung: rung.nullable(),
    announcedRung: rung.nullable(),
    announcementServedAt: maybeInstant,
    announcementNoticeId: z.string().nullable(),
    holds: z.array(hold),
    disputes: z.array(z.unknown()),
    money,
    outcome: outcome.nullable(),
    openedAt: instant,
    occurredAt: maybeInstant,
    correctedAt: maybeInstant,
    suspendedUntil: maybeInstant,
    probationUntil: maybeInstant,
    endedAt: maybeInstant,
    waitsFor: z.string().meta({ description: 'What the case waits for, in words' }),
    nextDeadline: maybeInstant,
    workflowId: z.string(),
    policyVersion: z.string().nullable(),
    policyHash: z.string().nullable(),
    recurrence: z
      .object({ counted: z.int(), onlyWarnings: z.boolean(), probation: z.boolean() })
      .nullable(),
    startRung: rung.nullable(),
    imposed: z.array(imposedStep),
    proposal: proposal.nullable(),
    remediation: remediation.nullable(),
    appeal: z.object({ by: z.string(), grounds: z.string(), at: instant }).nullable(),
    findings: z.array(
      z.object({
        auditor: z.string(),
        organisation: z.string(),
        result: z.enum(['pass', 'fail']),
        note: z.string(),
        at: instant,
      }),
    ),
    checks: checksRun.nullable(),
    acknowledgedBy: z.string().nullable(),
  })
  .meta({ id: 'Case', description: 'One episode of one violation of one participant' });

/** One line of a case's history. */
export const timelineEntrySchema = z
  .object({
    entryId: z.string(),
    participantId: z.string(),
    caseId: z.string().nullable(),
    at: instant,
    kind: z.string(),
    actor: z.string().meta({ description: '`system`, or the person who acted' }),
    summary: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' });

/** The workflow that has the case, as Temporal sees it. */
export const caseWorkflowSchema = z
  .object({
    caseId: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    status: z.string().meta({ description: '`running`, or how the workflow ended' }),
    startedAt: instant,
    closedAt: maybeInstant,
    historyLength: z.int(),
    state: z
      .looseObject({})
      .nullable()
      .meta({ description: 'Answer of the query `caseState`; null when no worker answered' }),
  })
  .meta({ id: 'CaseWorkflow' });

/** What an accepted action did. */
export const actionResultSchema = z
  .object({
    caseId: z.string(),
    action: z.string(),
    at: instant,
    proposalId: z.string().nullable(),
    draftHash: z.string().nullable(),
  })
  .meta({ id: 'ActionResult' });
