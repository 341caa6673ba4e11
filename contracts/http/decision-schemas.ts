import * as z from 'zod';
import { family, instant, maybeInstant, rung, severity, tier, units } from './fields.ts';

/** Wire shape of a decision record. It mirrors `Wire<DecisionRecord>`; docs/reference/decision-record.md tells of every field. */

const resources = z.array(z.string().nullable());

const ballot = z.object({
  person: z.string(),
  organisation: z.string(),
  at: instant,
  reason: z.string(),
});

const words = z.object({
  what: z.string(),
  why: z.string(),
  impact: z.array(z.string()),
  objection: z.array(z.string()),
});

const law = z.object({
  policyVersion: z.string(),
  policyHash: z.string(),
  lawHash: z.string(),
  pinned: z
    .looseObject({})
    .nullable()
    .meta({ description: 'Once per case, with its warning; later records name it by its hash' }),
});

const evidence = z.object({
  groups: z.array(z.string()),
  earning: resources,
  alerts: z.array(z.object({ alertKey: z.string(), startsAt: instant, lastSeenAt: instant })),
  alertCount: z.int(),
  looks: z.array(
    z.object({
      resourceId: z.string().nullable(),
      group: z.string(),
      healthy: z.boolean().nullable(),
      detail: z.string(),
      check: z.string(),
    }),
  ),
});

const windows = z.object({
  graceMs: z.int().nullable(),
  answerWindowMs: z.int().nullable(),
  notBeforeAt: maybeInstant,
  lapsesAt: maybeInstant,
  disputeUntil: maybeInstant,
  suspendedUntil: maybeInstant,
  probationUntil: maybeInstant,
});

/** The machine-readable why of one decision. */
export const decisionSchema = z
  .looseObject({
    decisionId: z.string(),
    kind: z.enum([
      'imposed',
      'proposed',
      'dropped',
      'dismissed',
      'settled',
      'restored',
      'reviewed',
      'recounted',
    ]),
    networkId: z.string(),
    caseId: z.string(),
    participantId: z.string(),
    controlGroup: z.string(),
    violationType: z.string(),
    family,
    severity,
    rung: rung.nullable(),
    tier: tier.nullable(),
    decidedAt: instant,
    occurredAt: maybeInstant,
    words,
    law,
    evidence: evidence.nullable(),
    notices: z.array(
      z.looseObject({ noticeId: z.string(), resourceIds: resources, servedAt: maybeInstant }),
    ),
    windows,
    people: z.object({
      proposedBy: z.string().nullable(),
      draftHash: z.string().nullable(),
      approvals: z.array(ballot),
      veto: z.looseObject({}).nullable(),
    }),
    calculation: z
      .array(
        z.object({ rule: z.string(), label: z.string(), input: z.string(), output: z.string() }),
      )
      .meta({ description: 'Each step with the rule behind it' }),
    amount: z
      .object({
        asset: z.string(),
        units,
        fromRewardsUnits: units,
        fromStakeUnits: units,
        money: z.enum(['none', 'held', 'pending', 'final']),
      })
      .nullable(),
    sanction: z.looseObject({}).nullable(),
    settled: z.array(z.object({ decisionId: z.string(), rung, units, finalDueAt: instant })),
    restoration: z.looseObject({}).nullable(),
    review: z
      .looseObject({
        disputeId: z.string(),
        decisionId: z.string(),
        disputedBy: z.string(),
        grounds: z.string(),
        result: z.enum(['upheld', 'reduced', 'overturned', 'lapsed', 'moot']),
        standingRung: rung.nullable(),
        reasonCode: z.string().nullable(),
        reason: z.string(),
        by: z.array(z.string()),
        returnedUnits: units,
      })
      .optional()
      .meta({ description: 'How a dispute ended; only where `kind` is `reviewed`' }),
    dropped: z
      .enum(['lapsed', 'vetoed', 'veto-not-lifted'])
      .optional()
      .meta({ description: 'Why a proposal ended; only where `kind` is `dropped`' }),
    recount: z
      .looseObject({
        fallen: z.array(z.string()),
        parts: z.array(z.object({ decisionId: z.string(), rung, keepUnits: units })),
      })
      .optional()
      .meta({ description: 'What the case keeps; only where `kind` is `recounted`' }),
    inputs: z
      .looseObject({})
      .meta({ description: 'All that was read, from which everything is computed again' }),
    exact: z.object({ amounts: z.array(z.string()), sets: z.array(z.string()) }),
  })
  .meta({ id: 'Decision', description: 'One decision with everything it rests on' });
