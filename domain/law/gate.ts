import type { HoldCause, PinnedLaw } from '../case/state.ts';
import type { AlertHead, Source } from '../observation.ts';
import type { Rung } from '../policy.ts';
import { reopenWindowMs, shortestGraceMs } from './pin.ts';
import { clockStartMs, firedMs, freshMs, spellsOf, unionOf } from './resource-clock.ts';

/** What our own look at a resource showed; `healthy` is null when the look itself failed (rule B3). */
export interface GateProbe {
  resourceId: string | null;
  group: string;
  healthy: boolean | null;
}

/** Everything the evidence gate looks at, read at one instant (rule B1). */
export interface GateInput {
  nowMs: number;
  law: PinnedLaw;
  /** The rung asked for; W while confirming. */
  rung: Rung;
  heads: AlertHead[];
  sources: Source[];
  /** The participant's own control group: its sources neither confirm nor correct (rule B2). */
  controlGroup: string;
  probes: GateProbe[];
  /** Arrival of the oldest observation that waits undelivered in the participant's shard. */
  oldestUndeliveredMs: number | null;
  /**
   * The served notice: only resources it names earn the rung, by `requiredMs` of firing since it was served (rule A2). Null
   * while confirming: then each resource needs the allowance since its present firing began (rule A3).
   */
  named: { resourceIds: (string | null)[]; servedAtMs: number; requiredMs: number } | null;
  /** Alerts grave enough to speak for the rung; the others keep a clock running but confirm nothing (rule A12). All, if absent. */
  confirmingKeys?: ReadonlySet<string>;
}

/** One alert that the decision rests on. */
export interface GateEvidence {
  alertKey: string;
  startsAtMs: number;
  lastSeenAtMs: number;
}

/**
 * What the gate says. `pass` names the resources that earned the rung; `wait` the next instant worth asking, and the resources
 * that fire without a notice of their own; `hold` why the escalation clock must stand still (rule A6); `clear` that nothing
 * fires that counts, and since when.
 */
export type GateVerdict =
  | {
      verdict: 'pass';
      /** Distinct independence groups behind the earning resources, sorted. */
      groups: string[];
      /** Resources that earned the rung, sorted; null is the participant as a whole. */
      earning: (string | null)[];
      evidence: GateEvidence[];
      /** Clamped by rule B4; the earliest of the earning resources. */
      occurredAtMs: number;
    }
  | {
      verdict: 'wait';
      dueAtMs: number;
      reason: string;
      unnamed: (string | null)[];
      /** Nothing that the notice names fires now: it waits for nothing of its own. */
      idle?: true;
    }
  | { verdict: 'hold'; cause: HoldCause; reason: string }
  | { verdict: 'clear'; clearedAtMs: number };

/** A head that counts for this case, with its source if that is known. */
interface CountedHead {
  head: AlertHead;
  source: Source | null;
  /** Firing, and its source alive, complete and recent: only such a head confirms (rule B1). */
  fresh: boolean;
}

/** One resource as the gate sees it. */
interface ResourceView {
  resourceId: string | null;
  elapsedMs: number;
  groups: string[];
  disputed: boolean;
  heads: CountedHead[];
}

/**
 * How many independence groups a rung needs (rule B3): one for a warning; two for every rung that costs, where for penalties
 * of performance and operational one of the two may be our own probe. A probe counts as a group like any other, so the number
 * is the same for all of them.
 */
export function requiredGroups(rung: Rung): number {
  return rung.tier === 'warning' ? 1 : 2;
}

/**
 * The evidence gate that stands before every rung and every proposal (rules A2, A3, A10, B1, B3). A pure function of what was
 * read at one instant: the order of heads, sources and probes never matters (invariant H2).
 *
 * @example
 * const verdict = judge({ nowMs, law, rung: rungOf(law, 'P1'), heads, sources, controlGroup, probes, oldestUndeliveredMs: null,
 *   named: { resourceIds: ['node-1'], servedAtMs, requiredMs: windowMs(rungOf(law, 'P1')) } })
 */
export function judge(input: GateInput): GateVerdict {
  const counted = countedHeads(input);
  const firing = counted.filter(({ head }) => head.status === 'firing');
  if (firing.length === 0)
    return { verdict: 'clear', clearedAtMs: clearedAt(counted, input.nowMs) };

  const { nowMs, law, oldestUndeliveredMs } = input;
  if (oldestUndeliveredMs !== null && nowMs - oldestUndeliveredMs > law.latenessMs) {
    const lateMs = nowMs - oldestUndeliveredMs;
    return hold('lateness', `An accepted observation has waited ${lateMs} ms for its delivery.`);
  }

  const firingIds = new Set(firing.map(({ head }) => head.resourceId));
  const named = input.named === null ? null : new Set(input.named.resourceIds);
  const relevant = [...firingIds].filter((id) => named === null || named.has(id)).sort(byResource);
  const unnamed = [...firingIds].filter((id) => named !== null && !named.has(id)).sort(byResource);
  if (relevant.length === 0) {
    const dueAtMs = nowMs + (input.named?.requiredMs ?? law.allowanceMs);
    const reason =
      'What fires now is not named in the served notice; it needs a notice of its own.';
    return { verdict: 'wait', dueAtMs, reason, unnamed, idle: true };
  }

  const views = relevant
    .map((resourceId) => viewOf(resourceId, counted, input))
    .filter((view) => view.groups.length > 0);
  if (views.length === 0) return hold('stale-source', staleReason(firing, named));
  return decide(input, views, unnamed);
}

function decide(input: GateInput, views: ResourceView[], unnamed: (string | null)[]): GateVerdict {
  const { nowMs, rung } = input;
  const neededMs = requiredMs(input);
  const neededGroups = requiredGroups(rung);
  const due = views.filter((view) => view.elapsedMs >= neededMs);
  const earning = due.filter((view) => !view.disputed && view.groups.length >= neededGroups);
  if (earning.length > 0) return pass(earning);
  const running = views.filter((view) => view.elapsedMs < neededMs);
  if (running.length > 0) {
    const dueAtMs = Math.min(...running.map((view) => nowMs + neededMs - view.elapsedMs));
    return {
      verdict: 'wait',
      dueAtMs,
      reason: 'No resource has fired through the whole window yet.',
      unnamed,
    };
  }
  const reason = due.some((view) => view.disputed)
    ? 'A look of our own finds the resource healthy.'
    : `The rung needs ${neededGroups} independent confirmations.`;
  return hold('insufficient-evidence', reason);
}

function pass(earning: ResourceView[]): GateVerdict {
  const fresh = earning.flatMap((view) => view.heads.filter((counted) => counted.fresh));
  const evidence = fresh
    .map(({ head: { alertKey, startsAtMs, lastSeenAtMs } }) => ({
      alertKey,
      startsAtMs,
      lastSeenAtMs,
    }))
    .sort((a, b) => (a.alertKey < b.alertKey ? -1 : 1));
  return {
    verdict: 'pass',
    groups: [...new Set(earning.flatMap((view) => view.groups))].sort(),
    earning: earning.map((view) => view.resourceId),
    evidence,
    occurredAtMs: Math.min(...fresh.map(occurredAt)),
  };
}

function occurredAt({ head, source }: CountedHead): number {
  return faultAtMs(head, source);
}

/** When a fault began, as far as its source may say so: no earlier than it may lag, no later than the first arrival (rule B4). */
export function faultAtMs(head: AlertHead, source: Source | null): number {
  const earliestMs = head.firstReceivedAtMs - (source?.maxLagMs ?? 0);
  return Math.min(Math.max(head.startsAtMs, earliestMs), head.firstReceivedAtMs);
}

/** Rule B2: all heads but those of sources that the participant's own control group owns. One entry per alert. */
function countedHeads(input: GateInput): CountedHead[] {
  const shortestMs = shortestGraceMs(input.law);
  const byKey = new Map<string, AlertHead>();
  for (const head of input.heads) {
    const known = byKey.get(head.alertKey);
    if (known === undefined || head.seq > known.seq) byKey.set(head.alertKey, head);
  }
  return [...byKey.values()].flatMap((head) => {
    const source = input.sources.find(({ sourceId }) => sourceId === head.sourceId) ?? null;
    if (source?.ownerControlGroup === input.controlGroup) return [];
    const fresh =
      head.status === 'firing' &&
      source !== null &&
      source.enabled &&
      source.truncatedAtMs === null &&
      source.scope.families.includes(input.law.family) &&
      input.nowMs - head.lastSeenAtMs <= freshMs(input.law, source, shortestMs);
    return [{ head, source, fresh }];
  });
}

function viewOf(resourceId: string | null, counted: CountedHead[], input: GateInput): ResourceView {
  const heads = counted.filter(({ head }) => head.resourceId === resourceId);
  const fresh = heads.filter((head) => head.fresh);
  const probes = input.probes.filter((probe) => probe.resourceId === resourceId);
  const monitors = fresh.flatMap(({ head, source }) =>
    source === null || input.confirmingKeys?.has(head.alertKey) === false
      ? []
      : [source.independenceGroup],
  );
  const agreeing = probes.filter((probe) => probe.healthy === false).map((probe) => probe.group);
  return {
    resourceId,
    elapsedMs: elapsedMs(heads, input),
    // A probe alone never accuses: without a fresh head there is nothing to agree with.
    groups: monitors.length === 0 ? [] : [...new Set([...monitors, ...agreeing])],
    disputed: probes.some((probe) => probe.healthy === true),
    heads,
  };
}

/** Firing time of one resource that counts towards the rung (rules A2, A3, A10). Silence is not firing: a stale head counts up to its last evidence. */
function elapsedMs(heads: CountedHead[], input: GateInput): number {
  const { nowMs, law, rung, named } = input;
  const union = unionOf(
    heads.flatMap(({ head, source, fresh }) => {
      const openUntilMs =
        fresh || head.status === 'resolved' ? nowMs : Math.min(head.lastSeenAtMs, nowMs);
      return spellsOf(head, { maxLagMs: source?.maxLagMs ?? 0 }, openUntilMs);
    }),
  );
  const resetGapMs = named === null ? law.holdDownMs : reopenWindowMs(law, rung);
  const startMs = clockStartMs(union, resetGapMs);
  if (startMs === null) return 0;
  return firedMs(union, Math.max(startMs, named?.servedAtMs ?? startMs), nowMs);
}

function requiredMs(input: GateInput): number {
  return input.named?.requiredMs ?? input.law.allowanceMs;
}

/** Latest `endsAt` of the heads that count, never in the future and never before the firing it ends (rule B4). */
function clearedAt(counted: CountedHead[], nowMs: number): number {
  const ends = counted.map(({ head }) => {
    const lastStartMs = head.intervals.at(-1)?.fromMs ?? head.startsAtMs;
    return Math.min(Math.max(head.endsAtMs ?? head.lastSeenAtMs, lastStartMs), nowMs);
  });
  return ends.length === 0 ? nowMs : Math.max(...ends);
}

function staleReason(firing: CountedHead[], named: Set<string | null> | null): string {
  const sources = firing
    .filter(({ head }) => named === null || named.has(head.resourceId))
    .map(({ head }) => head.sourceId);
  return `No fresh and complete evidence: ${[...new Set(sources)].sort().join(', ')}.`;
}

function hold(cause: HoldCause, reason: string): GateVerdict {
  return { verdict: 'hold', cause, reason };
}

function byResource(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
