import * as z from 'zod';
import {
  family,
  instant,
  maybeInstant,
  rung,
  severity,
  standing,
  tier,
  units,
  violationType,
} from './fields.ts';
import { band } from './reputation.ts';

/** Wire shapes of participants, their standing, their ledger and their inbox. */

const resource = z.object({
  resourceId: z.string(),
  capacity: z.int(),
  probeUrl: z.string().optional(),
});

/** A registered participant. Its endpoint's secret is never shown, not even by id. */
export const participantSchema = z
  .object({
    participantId: z.string(),
    kind: z.enum(['hardware-provider', 'platform-user', 'network-operator']),
    displayName: z.string(),
    controlGroup: z.string(),
    registeredAt: instant,
    checksPassed: z.int(),
    resources: z.array(resource),
    pendingResources: z
      .array(
        z.object({ resourceId: z.string(), capacity: z.int().nullable(), effectiveAt: instant }),
      )
      .meta({
        description:
          'Declarations that shrink a share and act later; `capacity` null gives the resource up (rule C8)',
      }),
    endpoint: z.object({ url: z.string() }).nullable(),
  })
  .meta({ id: 'Participant' });

const sanction = z
  .object({
    caseId: z.string(),
    participantId: z.string(),
    family,
    rung,
    access: standing.meta({ description: '`active`: this sanction has ended' }),
    since: instant,
    minimumUntil: maybeInstant,
    probationUntil: maybeInstant,
    rewardCutBps: z.int(),
    rewardCutUntil: maybeInstant,
  })
  .meta({ id: 'Sanction', description: 'What one case does to a participant' });

/** What a distributor pays of a reward that is earned now (rule C3). */
const multiplier = {
  rewardMultiplierBps: z.int().meta({
    description: 'Share of a reward that is not cut, in basis points; 0 while nothing accrues',
  }),
  rewardMultiplierUntil: maybeInstant.meta({
    description: 'When that changes by time alone; null when it does not',
  }),
};

/** Standing is the gravest access of the active sanctions (rule C1). */
export const standingSchema = z
  .object({
    participantId: z.string(),
    standing,
    priority: band,
    ...multiplier,
    sanctions: z.array(sanction),
  })
  .meta({ id: 'ParticipantStanding' });

/** One line of the list that a scheduler polls. */
export const standingLineSchema = z
  .object({ participantId: z.string(), standing, priority: band, ...multiplier })
  .meta({ id: 'StandingLine' });

const balances = z.object({
  deposited: units,
  rewardsCredited: units,
  rebates: units,
  available: units,
  held: units,
  pending: units,
  exiting: units,
  withdrawn: units,
  slashed: units,
  withheld: units,
  rewardsUnpaid: units,
  rewardsPaid: units,
});

const chargePart = z.object({
  decisionId: z.string(),
  rung,
  status: z.enum(['held', 'pending', 'final', 'void', 'lapsed']),
  stakeUnits: units,
  rewardUnits: units,
  heldAt: maybeInstant,
  imposedAt: maybeInstant,
  finalDueAt: maybeInstant,
  settledAt: maybeInstant,
});

const charge = z
  .object({
    caseId: z.string(),
    family,
    violationType,
    severity,
    occurredAt: instant,
    servedRung: rung.nullable(),
    counts: z.boolean(),
    parts: z.array(chargePart),
    resourceIds: z.array(z.string().nullable()).optional(),
    inert: z
      .enum(['cause', 'consequential'])
      .optional()
      .meta({ description: 'Recorded without a charge because of another case (rule C9)' }),
    reputation: z
      .object({
        weights: z.record(z.string(), z.int()),
        marks: z.array(
          z.object({
            decisionId: z.string(),
            rung,
            imposedAt: instant,
            finalAt: instant.optional(),
          }),
        ),
      })
      .optional()
      .meta({ description: 'Its rungs, and what each weighs in the reputation of the family' }),
    rebate: z.object({ units, at: instant }).optional(),
  })
  .meta({ id: 'Charge', description: 'What one case has charged' });

const transfer = z
  .object({
    transferId: z.string(),
    participantId: z.string(),
    kind: z.string(),
    caseId: z.string().optional(),
    decisionId: z.string().optional(),
    at: instant,
    postings: z.array(z.object({ account: z.string(), deltaUnits: units })),
  })
  .meta({ id: 'Transfer', description: 'An immutable movement; its postings sum to zero' });

/** Balances, charges by case, and one page of transfers. */
export const ledgerSchema = z
  .object({
    participantId: z.string(),
    asset: z.string(),
    version: z.int(),
    balances,
    charges: z.array(charge),
    transfers: z.object({ items: z.array(transfer), nextCursor: z.string().nullable() }),
  })
  .meta({ id: 'Ledger' });

const served = {
  servedAt: maybeInstant,
  servedBy: z.enum(['endpoint', 'read', 'fallback']).nullable(),
  readAt: maybeInstant,
  tries: z.int(),
  lastReason: z.string().nullable(),
};

/** A notice as the list shows it: reading the whole one is what serves it (rule A7). */
export const noticeLineSchema = z
  .object({
    noticeId: z.string(),
    caseId: z.string(),
    kind: z.string(),
    violationType,
    announcedRung: rung.nullable(),
    createdAt: instant,
    ...served,
  })
  .meta({ id: 'NoticeLine' });

/** A whole notice and what became of it. */
export const noticeSchema = z
  .object({
    notice: z.looseObject({
      noticeId: z.string(),
      networkId: z.string(),
      caseId: z.string(),
      participantId: z.string(),
      kind: z.string(),
      violationType,
      family,
      severity,
      rung: rung.nullable(),
      tier: tier.nullable(),
      announcedRung: rung.nullable(),
      resourceIds: z.array(z.string().nullable()),
      graceMs: z.int().nullable(),
      answerWindowMs: z.int().nullable(),
      evidence: z.array(z.object({ alertKey: z.string(), startsAt: instant, lastSeenAt: instant })),
      guidance: z.object({
        impact: z.string(),
        steps: z.array(z.string()),
        links: z.array(z.string()),
        contact: z.string(),
      }),
      checks: z.array(z.string()),
      decided: z.string().optional(),
      howTo: z.string(),
      createdAt: instant,
    }),
    ...served,
  })
  .meta({ id: 'Notice' });
