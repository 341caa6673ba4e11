import type { Participant } from '../../domain/participant.ts';
import type { CaseWorld } from './case-world.ts';

const DAY_MS = 86_400_000;

/** Enough for every cap and rate of the default policy to give whole units. */
export const STAKE_UNITS = 10_000_000n;

/** What a provider of a test has that others have not. */
export type ProviderChanges = Partial<Participant> & { nodes?: number; stakeUnits?: bigint };

/** Registers a provider with stake, sixty days ago, so that no newcomer's grace touches a test. */
export async function addProvider(
  world: CaseWorld,
  participantId: string,
  changes: ProviderChanges = {},
): Promise<Participant> {
  const { nodes = 1, stakeUnits = STAKE_UNITS, ...rest } = changes;
  const nowMs = await world.clock.follow();
  const participant: Participant = {
    participantId,
    kind: 'hardware-provider',
    displayName: participantId,
    controlGroup: `group-of-${participantId}`,
    registeredAtMs: nowMs - 60 * DAY_MS,
    checksPassed: 100,
    resources: Array.from({ length: nodes }, (_, index) => ({
      resourceId: `${participantId}-node-${index + 1}`,
      capacity: 1,
      probeUrl: 'http://127.0.0.1:9',
    })),
    endpoint: { url: 'http://127.0.0.1:9/notices', secretId: 'notices' },
    ...rest,
  };
  const act = { actor: 'seed', atMs: nowMs - 60 * DAY_MS };
  await world.registry.register(participant, world.policy.asset, act);
  const deposit = { participantId, externalRef: `seed-${participantId}`, units: stakeUnits };
  await world.registry.deposit(deposit, act);
  return participant;
}
