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
  wouldChargeUnits: units
    .optional()
    .meta({ description: 'In shadow: what the step would have added' }),
  basis: z
    .object({
      numerator: z.string(),
      denominator: z.string(),
      severity,
      earning: z.array(z.string().nullable()),
      byCauseUnits: units
        .optional()
        .meta({ description: 'What other cases of its cause had charged (rule C9)' }),
      byPerson: z.boolean(),
    })
    .optional()
    .meta({ description: 'What its target was computed from: an exact fraction (rule D1)' }),
  reducedFrom: rung.optional(),
  returnedUnits: units.optional(),
});

const disputeResult = z.enum(['upheld', 'reduced', 'overturned', 'lapsed', 'moot']);
const reasonCode = z.enum(['evidence', 'platform-fault', 'law', 'amount', 'procedure']);

const dispute = z
  .object({
    disputeId: z.string(),
    decisionId: z.string(),
    rung,
    by: z.string(),
    grounds: z.string(),
    openedAt: instant,
    awaitedUntil: instant.meta({ description: 'No higher rung is imposed before (rule E5)' }),
    dueAt: instant.meta({ description: 'The present panel decides by then' }),
    panel: z.int(),
    escalatedAt: maybeInstant,
    reviewersNeeded: z.int(),
    rulings: z.array(
      z.object({
        person: z.string(),
        organisation: z.string(),
        result: z.enum(['upheld', 'reduced', 'overturned']),
        toRung: rung.nullable(),
        reasonCode,
        reason: z.string(),
        at: instant,
      }),
    ),
    replaced: z.array(z.string()),
    end: z
      .object({
        result: disputeResult,
        standingRung: rung.nullable(),
        reasonCode: reasonCode.nullable(),
        reason: z.string(),
        by: z.array(z.string()),
        at: instant,
        returnedUnits: units,
      })
      .nullable(),
  })
  .meta({ id: 'Dispute', description: '"This decision is wrong": one dispute of one decision' });

const proposal = z
  .object({
    proposalId: z.string(),
    kind: z.enum(['rung', 'dismiss', 'readmit']),
    rung: rung.nullable(),
    draftHash: z.string().meta({ description: 'What an approval or veto must name (rule E2)' }),
    proposedAt: instant,
    proposedBy: z.string().nullable(),
    reason: z.string(),
    heldUnits: units,
    wouldHoldUnits: units.optional().meta({ description: 'In shadow: what would be set aside' }),
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
    shadow: z.boolean().meta({ description: 'Decided and recorded, and nothing is imposed' }),
    family: family.nullable(),
    severity,
    stage,
    tier: tier.nullable(),
    rung: rung.nullable(),
    announcedRung: rung.nullable(),
    announcementServedAt: maybeInstant,
    announcementNoticeId: z.string().nullable(),
    holds: z.array(hold),
    disputes: z.array(dispute),
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
    people: z
      .array(z.object({ person: z.string(), role: z.string() }))
      .optional()
      .meta({ description: 'After an exclusion: who had which role (rule E1)' }),
    readmission: z
      .object({ askedAt: instant, askedBy: z.string() })
      .optional()
      .meta({ description: 'A readmission is under way, or brought the access back (rule C5)' }),
    inert: z
      .object({ because: z.enum(['cause', 'consequential']), caseId: z.string() })
      .optional()
      .meta({ description: 'Because of this other case this one charges nothing (rule C9)' }),
  })
  .meta({ id: 'Case', description: 'One episode of one violation of one participant' });

/** One line of a case's history. */
export const timelineEntrySchema = z
  .object({
    entryId: z.string(),
    participantId: z
      .string()
      .nullable()
      .meta({ description: 'Null for what concerns no participant' }),
    caseId: z.string().nullable(),
    at: instant,
    kind: z.string(),
    actor: z.string().meta({ description: '`system`, or the person who acted' }),
    summary: z.string(),
    data: z.record(z.string(), z.unknown()),
    decisionId: z
      .string()
      .nullable()
      .meta({ description: 'Names its decision record, if it is one' }),
    seq: z.int().nullable().meta({ description: 'Number in the hash chain of the participant' }),
    prevHash: z.string().nullable().meta({ description: 'Hash of the entry before it' }),
    hash: z.string().nullable().meta({ description: 'Hash of this entry with its place' }),
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
    disputeId: z.string().optional(),
  })
  .meta({ id: 'ActionResult' });
