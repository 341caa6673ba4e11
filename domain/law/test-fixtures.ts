import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../../contracts/policy.ts';
import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry, ChargePart, LedgerSnapshot, Withdrawal } from '../ledger/accounts.ts';
import { emptyBalances } from '../ledger/conservation.ts';
import type { AlertHead, Source } from '../observation.ts';
import type { Participant } from '../participant.ts';
import type { Policy } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import type { Family } from '../violation.ts';
import { pinLaw } from './pin.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** A fixed instant, so that no test depends on when it runs. */
export const T0 = 1_800_000_000_000;

/** The policy that the project ships. */
export const defaultPolicy: Policy = parsePolicy(
  JSON.parse(readFileSync(new URL('../../policies/default.json', import.meta.url), 'utf8')),
  (text) => createHash('sha256').update(text).digest('hex'),
);

const TYPE_OF: Record<Family, string> = {
  performance: 'downtime',
  operational: 'resource-hoarding',
  security: 'node-compromise',
};

/** The law of a family as a case pins it. */
export function lawOf(family: Family): PinnedLaw {
  return pinLaw(defaultPolicy, TYPE_OF[family]);
}

/** A monitor that repeats every minute and lags at most ten. */
export function aSource(sourceId: string, change: Partial<Source> = {}): Source {
  return {
    sourceId,
    kind: 'alertmanager',
    ownerControlGroup: 'platform',
    independenceGroup: `group-${sourceId}`,
    setBy: [],
    scope: {
      families: ['performance', 'operational', 'security'],
      highestSeverity: 'critical',
      mayContain: false,
    },
    repeatIntervalMs: MINUTE_MS,
    maxLagMs: 10 * MINUTE_MS,
    enabled: true,
    truncatedAtMs: null,
    lastSeenAtMs: null,
    ...change,
  };
}

/** A head of one source for one resource that fires since `fromMs` and was last seen at `seenMs`. */
export function firing(
  sourceId: string,
  resourceId: string | null,
  fromMs: number,
  seenMs: number,
  change: Partial<AlertHead> = {},
): AlertHead {
  return {
    alertKey: `${sourceId}/${resourceId ?? 'all'}`,
    sourceId,
    seq: 1,
    status: 'firing',
    participantId: 'p-1',
    resourceId,
    violationType: 'downtime',
    severity: 'minor',
    mappingVersion: 'm-1',
    startsAtMs: fromMs,
    firstReceivedAtMs: fromMs,
    endsAtMs: null,
    lastSeenAtMs: seenMs,
    intervals: [{ fromMs, toMs: null }],
    rearmedByCaseId: null,
    ...change,
  };
}

/** The same head once it resolved at `endMs`. */
export function resolved(head: AlertHead, endMs: number): AlertHead {
  const intervals = head.intervals.map((interval) => ({
    ...interval,
    toMs: interval.toMs ?? endMs,
  }));
  return { ...head, status: 'resolved', endsAtMs: endMs, intervals };
}

/** A participant with equal resources named `node-1` and on. */
export function aParticipant(resourceCount: number, capacity = 1): Participant {
  return {
    participantId: 'p-1',
    kind: 'hardware-provider',
    displayName: 'Provider one',
    controlGroup: 'group-p-1',
    registeredAtMs: T0 - 60 * DAY_MS,
    checksPassed: 100,
    resources: Array.from({ length: resourceCount }, (_, index) => ({
      resourceId: `node-${index + 1}`,
      capacity,
    })),
  };
}

/** A ledger with one deposit at `T0`. */
export function aLedger(stakeUnits: bigint, cases: CaseEntry[] = []): LedgerSnapshot {
  return {
    participantId: 'p-1',
    version: 1,
    asset: 'SWM',
    balances: { ...emptyBalances(), deposited: stakeUnits, available: stakeUnits },
    deposits: [{ atMs: T0, units: stakeUnits }],
    withdrawals: [],
    rewards: [],
    unpaidRewards: [],
    cases,
  };
}

/** Stake that began to leave, and what of it has left by now. */
export function anExit(
  withdrawalId: string,
  requestedAtMs: number,
  units: bigint,
  change: Partial<Withdrawal> = {},
): Withdrawal {
  return {
    withdrawalId,
    externalRef: withdrawalId,
    requestedAtMs,
    requestedUnits: units,
    exitingUnits: units,
    dueAtMs: requestedAtMs + 28 * DAY_MS,
    left: [],
    outcome: null,
    endedAtMs: null,
    ...change,
  };
}

/** Stake that has left whole, 28 days after it began to. */
export function aLeave(withdrawalId: string, atMs: number, units: bigint): Withdrawal {
  const over = {
    exitingUnits: 0n,
    left: [{ atMs, units }],
    outcome: 'left',
    endedAtMs: atMs,
  } as const;
  return anExit(withdrawalId, atMs - 28 * DAY_MS, units, { ...over, left: [...over.left] });
}

/** One decision's money. */
export function aPart(decisionId: string, change: Partial<ChargePart> = {}): ChargePart {
  return {
    decisionId,
    rung: 'P1',
    status: 'pending',
    stakeUnits: 0n,
    rewardUnits: 0n,
    heldAtMs: null,
    imposedAtMs: T0,
    finalDueAtMs: T0 + 14 * DAY_MS,
    settledAtMs: null,
    ...change,
  };
}

/** What an earlier case left in the ledger. */
export function anEntry(caseId: string, change: Partial<CaseEntry> = {}): CaseEntry {
  return {
    caseId,
    family: 'performance',
    violationType: 'downtime',
    severity: 'minor',
    occurredAtMs: T0,
    servedRung: 'P1',
    counts: true,
    parts: [],
    ...change,
  };
}

/** A sanction of one case. */
export function aSanction(caseId: string, change: Partial<Sanction> = {}): Sanction {
  return {
    caseId,
    participantId: 'p-1',
    family: 'performance',
    rung: 'P1',
    access: 'probation',
    sinceMs: T0,
    minimumUntilMs: null,
    probationUntilMs: null,
    rewardCutBps: 0,
    rewardCutUntilMs: null,
    ...change,
  };
}
