import { asPinned } from '../domain/case/capacity.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import {
  exposedResources,
  exposureUnits,
  highestReachable,
  type Raised,
} from '../domain/law/exposure.ts';
import { faultAtMs } from '../domain/law/gate.ts';
import { casesOfGroup } from '../domain/law/group.ts';
import { startOf } from '../domain/law/ladder.ts';
import { countRecurrence } from '../domain/law/recurrence.ts';
import type { CaseEntry, LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { still, toLedgerChange } from '../domain/ledger/move.ts';
import type { StartCell } from '../domain/policy.ts';
import type { Picture } from './look.ts';
import type { ActivityPorts } from './ports.ts';
import { hashOf, type PlannedStep } from './step.ts';

/**
 * Puts into a step what its case now keeps from leaving (rule D8): computed and written only where what it rests on has changed,
 * so that a step costs nothing more as a rule. `picture` null stands for steps that look at nothing: the end of a case.
 */
export async function withBlock(
  ports: ActivityPorts,
  before: CaseState,
  step: PlannedStep,
  picture: Picture | null,
  nowMs: number,
): Promise<PlannedStep> {
  const law = step.outcome.law ?? before.law;
  const state: CaseState = { ...step.outcome.change, law };
  if (!law || (picture === null && state.stage !== 'ended')) return step;
  const exposure = exposureOf(state, law, picture);
  if (exposure.key === (before.exposure?.key ?? NOTHING)) return step;
  const snapshot = await ports.cases.snapshot(state.participantId);
  const planned = step.commit.ledger ?? toLedgerChange(snapshot, still(snapshot, null));
  const known =
    planned.entry ?? snapshot.cases.find((entry) => entry.caseId === state.caseId) ?? null;
  const fault = await faultOf(ports, state, law, snapshot, picture, nowMs);
  const entry: CaseEntry = {
    ...(known ?? openingEntry(state, law, fault.occurredAtMs)),
    blockUnits: unitsOf({ state, law, snapshot, exposure, picture, fault, nowMs }),
    // Cleared before it was confirmed, it was never a case (rule A4).
    ...(state.outcome === 'unconfirmed' && { counts: false }),
  };
  return {
    commit: { ...step.commit, ledger: { ...planned, entry } },
    outcome: { ...step.outcome, change: { ...step.outcome.change, exposure } },
  };
}

type Exposure = NonNullable<CaseState['exposure']>;

/** Key of a case that blocks nothing. */
const NOTHING = '';

/** What the block rests on. What was once confirmed stays exposed until the case ends: one monitor that falls silent frees nothing. */
function exposureOf(state: CaseState, law: PinnedLaw, picture: Picture | null): Exposure {
  if (state.stage === 'ended' || law.shadow) return { resourceIds: [], key: NOTHING };
  const seen = picture
    ? exposedResources({
        ...picture,
        probes: picture.looks,
        controlGroup: state.controlGroup,
        family: law.family,
      })
    : [];
  const resourceIds = [...new Set([...(state.exposure?.resourceIds ?? []), ...seen])];
  if (resourceIds.length === 0) return { resourceIds, key: NOTHING };
  const { severity, startRung, multiplierBps, occurredAtMs } = state;
  const highest = highestReachable(law, severity, startRung ?? 'W', raisedTo(state));
  const basis = { resourceIds, severity, startRung, multiplierBps, occurredAtMs, highest };
  return { resourceIds, key: hashOf(basis).slice(0, 16) };
}

/** What a refusal took from the ladder, and what is announced or proposed now, by whomever. */
function raisedTo(state: CaseState): Raised {
  return {
    announced: state.proposal?.rung ?? state.announced?.rung ?? null,
    refused: state.refusedRungs,
  };
}

interface Fault {
  occurredAtMs: number;
  start: StartCell;
}

/** When it occurred and where the case starts: pinned once it is confirmed, before that as it looks now. */
async function faultOf(
  ports: ActivityPorts,
  state: CaseState,
  law: PinnedLaw,
  snapshot: LedgerSnapshot,
  picture: Picture | null,
  nowMs: number,
): Promise<Fault> {
  if (state.occurredAtMs !== null && state.startRung !== null) {
    const start = { rung: state.startRung, multiplierBps: state.multiplierBps };
    return { occurredAtMs: state.occurredAtMs, start };
  }
  const instants = (picture?.heads ?? [])
    .filter((head) => head.status === 'firing')
    .map((head) =>
      faultAtMs(head, picture?.sources.find(({ sourceId }) => sourceId === head.sourceId) ?? null),
    );
  const occurredAtMs = Math.min(nowMs, ...instants);
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const recurrence = countRecurrence(
    law,
    casesOfGroup(snapshot, law.causeWindowMs),
    state.caseId,
    law.family,
    occurredAtMs,
    sanctions,
    nowMs,
  );
  return { occurredAtMs, start: startOf(law, state.severity, recurrence) };
}

function unitsOf(of: {
  state: CaseState;
  law: PinnedLaw;
  snapshot: LedgerSnapshot;
  exposure: Exposure;
  picture: Picture | null;
  fault: Fault;
  nowMs: number;
}): bigint {
  const { state, law, snapshot, exposure, picture, fault, nowMs } = of;
  if (!picture) return 0n;
  return exposureUnits({
    law,
    severity: state.severity,
    start: fault.start,
    raised: raisedTo(state),
    participant: asPinned(picture.participant, state.capacity, exposure.resourceIds),
    resourceIds: exposure.resourceIds,
    snapshot,
    caseId: state.caseId,
    occurredAtMs: fault.occurredAtMs,
    nowMs,
  });
}

/** The entry of a case that is not confirmed: it blocks, and counts for nothing else (rule D8). */
function openingEntry(state: CaseState, law: PinnedLaw, occurredAtMs: number): CaseEntry {
  return {
    caseId: state.caseId,
    family: law.family,
    violationType: state.violationType,
    severity: state.severity,
    occurredAtMs,
    servedRung: null,
    counts: true,
    parts: [],
  };
}
