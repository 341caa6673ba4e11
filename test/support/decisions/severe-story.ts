import type { Store } from '../../../adapters/dynamodb/client.ts';
import { putPolicy } from '../../../adapters/dynamodb/directory-seed.ts';
import { readPolicy } from '../../scenarios/case-world.ts';
import { type StraightCase, StraightNetwork } from './straight-case.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When the story begins: in the middle of the night before its first day. */
export const STORY_BEGINS_MS = Date.UTC(2026, 8, 1);

/** The provider of the story. */
export const PROVIDER = 'op-1';

/** A network under the default policy with one provider of seven nodes among a hundred, registered sixty days before. */
export async function openStory(store: Store): Promise<StraightNetwork> {
  const policy = readPolicy('default.json');
  await putPolicy(store, policy, 0);
  const network = await StraightNetwork.open(store, STORY_BEGINS_MS);
  const provider = { participantId: PROVIDER, nodes: 100, stakeUnits: 1_000_003n };
  await network.register(provider, policy.asset);
  await network.until(STORY_BEGINS_MS + 60 * DAY_MS);
  return network;
}

/**
 * A severe case from its first alert to the last unit: seven of a hundred nodes are down; warning, two penalties, severe on approval;
 * corrected, restored through appeal and audit, on probation, and final (rules §J, and the first example of §I).
 */
export async function liveSevereCase(network: StraightNetwork): Promise<StraightCase> {
  const nodes = [1, 2, 3, 4, 5, 6, 7];
  await network.see(PROVIDER, 'downtime', 'minor', nodes);
  const story = await network.open(PROVIDER, 'downtime');
  await story.until(({ stage }) => stage === 'proposed');
  await story.approve('gina-governor');
  await story.until(({ rung }) => rung === 'S1');
  await network.until(network.clock.at + HOUR_MS);
  await network.see(PROVIDER, 'downtime', 'cleared', nodes);
  await story.look();
  await story.until(({ stage }) => stage === 'restoring');
  await story.by(PROVIDER, { kind: 'submitRemediation', cause: 'power', actions: 'new supply' });
  await story.by('olga-operator', { kind: 'confirmRemediation', note: 'seen' });
  await story.by(PROVIDER, { kind: 'appeal', grounds: 'the cause is gone' });
  await story.by('anna-auditor', { kind: 'recordFinding', result: 'pass', note: 'on site' });
  await story.until(({ stage }) => stage === 'ended');
  await story.until(
    ({ probationUntilMs, imposed }) =>
      probationUntilMs === null && imposed.every(({ money }) => money === 'final'),
  );
  return story;
}
