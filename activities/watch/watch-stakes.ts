import type { Participant } from '../../domain/participant.ts';
import type { Policy } from '../../domain/policy.ts';
import { shortfallOf } from '../../domain/watch/shortfall.ts';
import { type Look, watchKeyOf } from '../../domain/watch/sighting.ts';
import { asFailure } from '../step.ts';
import { eachOf, type WatchPorts } from './ports.ts';
import { report, type Seen, seen } from './report.ts';

/** A page of the watch: where it goes on, and what it found. */
export interface WatchPage {
  nextCursor: string | null;
  found: number;
}

/** Which page to look at. `runId` names the run of the watch. */
export interface WatchPageInput {
  nowMs: number;
  runId: string;
  cursor: string | null;
}

const PAGE = 200;

/**
 * Looks at the stakes of one page of participants, and reports each that is below the network's minimum, and each that is so no longer
 * (the seed's "failure to comply with staking requirements").
 */
export function watchStakes(ports: WatchPorts) {
  return async ({ nowMs, runId, cursor }: WatchPageInput): Promise<WatchPage> =>
    asFailure(async () => {
      const policy = await ports.directory.policyAt(nowMs);
      const types = Object.values(policy.violationTypes).filter(
        ({ watch }) => watch?.kind === 'stake',
      );
      if (types.length === 0) return { nextCursor: null, found: 0 };
      const page = await ports.participants.list(cursor ?? undefined, PAGE, 'as-registered');
      const look = lookOf(policy, nowMs, runId);
      const stakes = await eachOf(page.items, (participant) => stakeOf(ports, participant));
      const all = types.flatMap(({ type }) =>
        stakes.flatMap((stake) => stake && seenOf(stake, type, policy, nowMs)),
      );
      await report(
        ports,
        all.filter((one) => one !== null),
        look,
      );
      const found = all.filter((one) => one?.sighting).length;
      ports.meter.count('StakeShortfalls', found);
      return { nextCursor: page.nextCursor, found };
    });
}

/** How a run of the watch looks, under the policy in force now. */
export function lookOf(policy: Policy, nowMs: number, runId: string): Look {
  const { watchEveryMs: repeatIntervalMs, freshMinMs } = policy;
  return { nowMs, runId, repeatIntervalMs, freshMinMs };
}

async function stakeOf({ participants }: WatchPorts, participant: Participant) {
  const snapshot = await participants.snapshot(participant.participantId);
  return snapshot && { participant, balances: snapshot.balances };
}

function seenOf(
  { participant, balances }: NonNullable<Awaited<ReturnType<typeof stakeOf>>>,
  violationType: string,
  policy: Policy,
  nowMs: number,
): Seen {
  const { participantId } = participant;
  const about = { participantId, resourceId: null, violationType };
  const shortfall = shortfallOf(participant, balances, policy, nowMs);
  if (shortfall === null) return { key: watchKeyOf(about), sighting: null };
  const { bondedUnits, missingUnits, severity } = shortfall;
  return seen({
    ...about,
    severity,
    summary: `Bonded stake is ${bondedUnits} units, ${missingUnits} below the minimum.`,
  });
}
