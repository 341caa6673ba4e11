import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { maxUnits } from '../money.ts';
import type { AlertHead, Source } from '../observation.ts';
import type { Participant } from '../participant.ts';
import type { StartCell } from '../policy.ts';
import { higherRung, type RungId, rungOrder, type Severity } from '../violation.ts';
import { calculateCharge } from './calculation.ts';
import { multiplierBpsFor, nextRung } from './ladder.ts';

/** What people made of the ladder of one case (rules A12, D7). */
export interface Raised {
  /** A rung that is announced or proposed now, by whomever; it may lie above what time alone reaches. */
  announced: RungId | null;
  /** Rungs that lapsed or were refused: time alone leads there no more. */
  refused: readonly RungId[];
}

/** What the exposure of a case is computed from; the ledger of one version. */
export interface ExposureInput {
  law: PinnedLaw;
  severity: Severity;
  /** Where the case starts, provisional while it is confirming (rule D8). */
  start: StartCell;
  raised: Raised;
  participant: Participant;
  /** Resources that are confirmed well enough to cost (rule B3). */
  resourceIds: (string | null)[];
  snapshot: LedgerSnapshot;
  caseId: string;
  occurredAtMs: number;
  nowMs: number;
}

/** The highest rung that a case can reach by time alone, or that is announced already (rules A8, A12). */
export function highestReachable(
  law: PinnedLaw,
  severity: Severity,
  start: RungId,
  { announced, refused }: Raised,
): RungId {
  let reached: RungId = 'W';
  for (;;) {
    const next = nextRung(law, reached, severity, start);
    if (next === null || refused.includes(next)) break;
    reached = next;
  }
  return announced === null ? reached : higherRung(reached, announced);
}

/**
 * The most that a case could charge in all (rule D8): the dearest of the rungs that it can reach, at the rate of its start and
 * under its cap. Money that other cases hold or have pending may still go back to the participant, so only what they made final
 * lessens it. Nothing is confirmed: nothing is exposed.
 */
export function exposureUnits(input: ExposureInput): bigint {
  const { law, severity, start, raised, resourceIds, caseId } = input;
  if (resourceIds.length === 0) return 0n;
  const highest = highestReachable(law, severity, start.rung, raised);
  const snapshot = asIfOthersFell(input.snapshot, caseId);
  let most = 0n;
  for (const rung of law.rungs) {
    if (rungOrder(rung.id) > rungOrder(highest)) continue;
    const { chargeUnits } = calculateCharge({
      law,
      rung,
      multiplierBps: multiplierBpsFor(start, rung.id),
      severity,
      participant: input.participant,
      earning: resourceIds,
      snapshot,
      caseId,
      occurredAtMs: input.occurredAtMs,
      nowMs: input.nowMs,
    });
    most = maxUnits(most, chargeUnits);
  }
  return most;
}

/** What the exposure of a case rests on: its alerts, who sent them, and what our own looks found. */
export interface Confirmations {
  heads: readonly AlertHead[];
  sources: readonly Source[];
  probes: readonly { resourceId: string | null; group: string; healthy: boolean | null }[];
  controlGroup: string;
  family: PinnedLaw['family'];
}

/**
 * Firing resources that two independence groups vouch for, so that a rung which costs is within reach (rules B2, B3). On the word
 * of a single source nothing is blocked (rule D8).
 */
export function exposedResources(seen: Confirmations): (string | null)[] {
  const groupsOf = new Map<string | null, Set<string>>();
  for (const head of seen.heads) {
    const source = seen.sources.find(({ sourceId }) => sourceId === head.sourceId);
    if (head.status !== 'firing' || !source || !mayAccuse(source, seen)) continue;
    const groups = groupsOf.get(head.resourceId) ?? new Set<string>();
    groupsOf.set(head.resourceId, groups.add(source.independenceGroup));
  }
  for (const probe of seen.probes)
    if (probe.healthy === false) groupsOf.get(probe.resourceId)?.add(probe.group);
  return [...groupsOf]
    .filter(([, groups]) => groups.size >= 2)
    .map(([resourceId]) => resourceId)
    .sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
}

function mayAccuse(source: Source, { controlGroup, family }: Confirmations): boolean {
  return (
    source.enabled &&
    source.ownerControlGroup !== controlGroup &&
    source.scope.families.includes(family)
  );
}

/**
 * The ledger as it would be if every undecided charge of others went back, and this case had charged nothing. Its entry stays, so that what
 * others of its cause made final counts as charged before, and not against the cap (rule C9).
 */
function asIfOthersFell(snapshot: LedgerSnapshot, caseId: string): LedgerSnapshot {
  const onlyFinal = (entry: CaseEntry): CaseEntry => ({
    ...entry,
    parts: entry.parts.filter((part) => part.status === 'final'),
  });
  const cases = snapshot.cases.map((entry) =>
    entry.caseId === caseId ? { ...entry, parts: [] } : onlyFinal(entry),
  );
  const { group } = snapshot;
  if (!group) return { ...snapshot, cases };
  // The kin's charges use the group's cap, and may go back as well (rules C8, D4).
  const kin = group.kin.map((one) => ({ ...one, cases: one.cases.map(onlyFinal) }));
  return { ...snapshot, cases, group: { ...group, kin } };
}
