import * as z from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import { parseDurationMs } from '../domain/duration.ts';
import { DomainError } from '../domain/errors.ts';
import { lintFamily, lintPolicy } from '../domain/law/lint.ts';
import { parseUnits } from '../domain/money.ts';
import {
  type Policy,
  REPUTATION_TO_ZERO,
  type Rung,
  type TypeWatch,
  type ViolationTypeLaw,
} from '../domain/policy.ts';
import { FAMILIES } from '../domain/violation.ts';

/** What a policy file writes for a reputation that falls to nothing (rule F, rung S2). */
const TO_ZERO = 'to-zero';

const duration = z.string().transform((text, context) => {
  try {
    return parseDurationMs(text);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : 'invalid',
    });
    return z.NEVER;
  }
});

const units = z.string().refine((text) => {
  try {
    parseUnits(text);
    return true;
  } catch {
    return false;
  }
}, 'must be a whole number of base units in decimal digits, at most 38 of them');

const bps = z.int().min(0).max(10_000);
const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower case words joined by hyphens');
const text = z.string().min(1).max(2_000);
const rungId = z.enum(['W', 'P1', 'P2', 'S1', 'S2']);

const suspension = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('until-corrected'), min: duration }),
  z.strictObject({ kind: z.literal('min'), min: duration }),
  z.strictObject({ kind: z.literal('exclusion') }),
]);

const rung = z.strictObject({
  id: rungId,
  tier: z.enum(['warning', 'penalty', 'severe']),
  slashBps: bps,
  suspension,
  rewardCutBps: bps,
  rewardCutFor: duration,
  rewardCutSuspendedBps: bps.optional(),
  reputationWeight: z.union([z.int().min(0).max(REPUTATION_TO_ZERO), z.literal(TO_ZERO)]),
  probation: duration,
  graceBefore: duration,
  answerWindow: duration,
  execution: z.enum(['automatic', 'unless-vetoed', 'on-approval']),
  approvals: z.int().min(0).max(9),
  auditors: z.int().min(0).max(9),
});

const startCell = z.union([
  rungId.transform((id) => ({ rung: id, multiplierBps: 10_000 })),
  z.strictObject({ rung: rungId, multiplierBps: z.int().min(1).max(100_000) }),
]);
const startRow = z.array(startCell).length(4);

const family = z.strictObject({
  recurrenceWindow: duration,
  capBps: bps,
  capWindow: duration,
  rebateBps: bps,
  rungs: z.array(rung).min(1).max(5),
  start: z.strictObject({
    minor: startRow,
    moderate: startRow,
    major: startRow,
    critical: startRow,
  }),
});

const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('head') }),
  z.strictObject({
    kind: z.literal('http'),
    group: name,
    path: z.string().max(512).startsWith('/'),
    timeout: duration,
  }),
  z.strictObject({
    kind: z.literal('promql'),
    group: name,
    server: name,
    query: text,
    timeout: duration,
  }),
  z.strictObject({ kind: z.literal('stake') }),
]);

const watch = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('stake') }),
  z.strictObject({
    kind: z.literal('promql'),
    server: name,
    query: text,
    timeout: duration,
    participantLabel: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label'),
    resourceLabel: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label')
      .nullable(),
    severity: z.enum(['minor', 'moderate', 'major', 'critical']),
  }),
]);

const violationType = z.strictObject({
  family: z.enum(['performance', 'security', 'operational']),
  evidenceMode: z.literal('continuing'),
  allowance: duration,
  checks: z.array(check).min(1).max(10),
  guidance: z.strictObject({
    impact: text,
    steps: z.array(text).min(1).max(20),
    links: z.array(z.url()).max(20),
    contact: text,
  }),
  shadow: z.boolean(),
  watch: watch.optional(),
});

/** The policy file: design §6. Durations are strings such as `24h`; unknown keys are refused. */
export const policyFileSchema = z.strictObject({
  version: name,
  publishedBy: z.array(z.string().min(1)).max(50),
  asset: z.string().regex(/^[A-Z][A-Z0-9]{1,11}$/, 'must be 2 to 12 capital letters or digits'),
  minimumStakeUnits: units,
  holdDown: duration,
  reopen: duration,
  freshMin: duration,
  lateness: duration,
  relayAttempts: z.int().min(1).max(1_000),
  disputeWindow: z.strictObject({ warning: duration, penalty: duration, severe: duration }),
  stakeHoldLapse: duration,
  pendingHardStop: duration,
  noticeFallback: duration,
  staleSourceLimit: duration,
  governorAsk: duration,
  vetoReview: duration,
  dismissedSilence: duration,
  disputeDue: z.strictObject({ warning: duration, penalty: duration, severe: duration }),
  evidenceAge: duration,
  unbonding: duration,
  shrinkNotice: duration,
  policyNotice: duration,
  causeWindow: duration,
  topUp: duration,
  newcomer: z.strictObject({ age: duration, checks: z.int().min(0).max(1_000_000) }),
  readmission: z.strictObject({ after: duration, approvals: z.int().min(1).max(9) }),
  audit: z.strictObject({
    due: duration,
    failures: z.int().min(1).max(9),
    cooldown: duration,
  }),
  reputation: z.strictObject({
    alpha: z.int().min(1).max(1_000_000),
    beta: z.int().min(0).max(1_000_000),
    halfLife: duration,
    normalBps: bps,
    reviewBps: bps,
  }),
  breaker: z.strictObject({
    window: duration,
    shareBps: bps,
    atLeast: z.int().min(1).max(1_000_000),
    suspendedBps: bps,
    twoApproversBps: bps,
  }),
  watchEvery: duration,
  incidentHold: duration,
  personHold: duration,
  personHoldTotal: duration,
  families: z.strictObject({ performance: family, security: family, operational: family }),
  violationTypes: z.record(name, violationType),
});

type PolicyFile = z.infer<typeof policyFileSchema>;

/**
 * Reads a policy file: shape, durations to ms, then the linter. `sha256Hex` hashes the file's canonical JSON, which becomes
 * the policy's identity (invariant H8). Throws `policy-invalid` with every fault in `details.faults`.
 *
 * @example
 * const policy = parsePolicy(JSON.parse(text), (canonical) => createHash('sha256').update(canonical).digest('hex'))
 */
export function parsePolicy(json: unknown, sha256Hex: (canonical: string) => string): Policy {
  const { policy, faults } = lintPolicyFile(json, sha256Hex);
  if (policy !== null && faults.length === 0) return policy;
  throw invalidPolicy(faults);
}

/** What is to be said of a policy file: the policy, null where its shape is not one, and every fault as a sentence. */
export interface LintedFile {
  readonly policy: Policy | null;
  readonly faults: readonly string[];
}

/** Lints a policy file without refusing it. Where its shape has faults, what can be read of its families is still linted. */
export function lintPolicyFile(
  json: unknown,
  sha256Hex: (canonical: string) => string,
): LintedFile {
  const parsed = policyFileSchema.safeParse(json);
  if (parsed.success) {
    const policy = toPolicy(parsed.data, sha256Hex(canonicalJson(json)));
    return { policy, faults: lintPolicy(policy) };
  }
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'policy'}: ${issue.message}`,
  );
  return { policy: null, faults: [...faults, ...lintFamilies(json)] };
}

const familiesOf = z.object({
  minimumStakeUnits: units.nullable().catch(null),
  families: z.object({
    performance: family.nullable().catch(null),
    security: family.nullable().catch(null),
    operational: family.nullable().catch(null),
  }),
});

/** The faults of those families whose own shape is right. */
function lintFamilies(json: unknown): string[] {
  const read = familiesOf.safeParse(json);
  if (!read.success) return [];
  const { families, minimumStakeUnits } = read.data;
  const minimum = minimumStakeUnits === null ? null : BigInt(minimumStakeUnits);
  return FAMILIES.flatMap((name) => {
    const law = families[name];
    return law === null ? [] : lintFamily(name, toFamily(law), minimum);
  });
}

/** The refusal of a policy with its faults. */
export function invalidPolicy(faults: readonly string[]): DomainError {
  return new DomainError(
    'policy-invalid',
    'caller',
    `The policy has ${faults.length} fault(s), each named in its list of faults.`,
    { faults: [...faults] },
  );
}

function toPolicy(file: PolicyFile, hash: string): Policy {
  return {
    version: file.version,
    hash,
    publishedBy: file.publishedBy,
    asset: file.asset,
    minimumStakeUnits: file.minimumStakeUnits,
    families: {
      performance: toFamily(file.families.performance),
      security: toFamily(file.families.security),
      operational: toFamily(file.families.operational),
    },
    violationTypes: Object.fromEntries(
      Object.entries(file.violationTypes).map(([type, law]) => [type, toViolationType(type, law)]),
    ),
    holdDownMs: file.holdDown,
    reopenMs: file.reopen,
    freshMinMs: file.freshMin,
    latenessMs: file.lateness,
    relayAttempts: file.relayAttempts,
    disputeWindowMs: file.disputeWindow,
    stakeHoldLapseMs: file.stakeHoldLapse,
    pendingHardStopMs: file.pendingHardStop,
    noticeFallbackMs: file.noticeFallback,
    staleSourceLimitMs: file.staleSourceLimit,
    governorAskMs: file.governorAsk,
    vetoReviewMs: file.vetoReview,
    dismissedSilenceMs: file.dismissedSilence,
    disputeDueMs: file.disputeDue,
    evidenceAgeMs: file.evidenceAge,
    unbondingMs: file.unbonding,
    shrinkNoticeMs: file.shrinkNotice,
    policyNoticeMs: file.policyNotice,
    causeWindowMs: file.causeWindow,
    topUpMs: file.topUp,
    newcomer: { ageMs: file.newcomer.age, checks: file.newcomer.checks },
    readmission: { afterMs: file.readmission.after, approvals: file.readmission.approvals },
    audit: {
      dueMs: file.audit.due,
      failures: file.audit.failures,
      cooldownMs: file.audit.cooldown,
    },
    reputation: toReputation(file.reputation),
    breaker: toBreaker(file.breaker),
    watchEveryMs: file.watchEvery,
    incidentHoldMs: file.incidentHold,
    personHoldMs: file.personHold,
    personHoldTotalMs: file.personHoldTotal,
  };
}

function toReputation({ halfLife, ...rest }: PolicyFile['reputation']): Policy['reputation'] {
  return { ...rest, halfLifeMs: halfLife };
}

function toBreaker({ window, ...rest }: PolicyFile['breaker']): Policy['breaker'] {
  return { ...rest, windowMs: window };
}

function toFamily(file: z.infer<typeof family>): Policy['families']['performance'] {
  return {
    recurrenceWindowMs: file.recurrenceWindow,
    capBps: file.capBps,
    capWindowMs: file.capWindow,
    rebateBps: file.rebateBps,
    rungs: file.rungs.map(toRung),
    start: file.start,
  };
}

function toRung(file: z.infer<typeof rung>): Rung {
  const { suspension: access } = file;
  return {
    id: file.id,
    tier: file.tier,
    slashBps: file.slashBps,
    suspension: 'min' in access ? { kind: access.kind, minMs: access.min } : access,
    rewardCutBps: file.rewardCutBps,
    rewardCutForMs: file.rewardCutFor,
    ...(file.rewardCutSuspendedBps !== undefined && {
      rewardCutSuspendedBps: file.rewardCutSuspendedBps,
    }),
    reputationWeight:
      file.reputationWeight === TO_ZERO ? REPUTATION_TO_ZERO : file.reputationWeight,
    probationMs: file.probation,
    graceBeforeMs: file.graceBefore,
    answerWindowMs: file.answerWindow,
    execution: file.execution,
    approvals: file.approvals,
    auditors: file.auditors,
  };
}

function toViolationType(type: string, file: z.infer<typeof violationType>): ViolationTypeLaw {
  return {
    type,
    family: file.family,
    evidenceMode: file.evidenceMode,
    allowanceMs: file.allowance,
    checks: file.checks.map((item) => {
      if (item.kind === 'http')
        return { kind: item.kind, group: item.group, path: item.path, timeoutMs: item.timeout };
      if (item.kind === 'promql') {
        return {
          kind: item.kind,
          group: item.group,
          server: item.server,
          query: item.query,
          timeoutMs: item.timeout,
        };
      }
      return item;
    }),
    guidance: file.guidance,
    shadow: file.shadow,
    ...(file.watch && { watch: toWatch(file.watch) }),
  };
}

function toWatch(file: z.infer<typeof watch>): TypeWatch {
  if (file.kind === 'stake') return file;
  const { timeout, ...rest } = file;
  return { ...rest, timeoutMs: timeout };
}
