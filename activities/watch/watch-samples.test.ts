import { beforeEach, describe, expect, test } from 'vitest';
import type { CaseRecord } from '../../domain/case/record.ts';
import { aParticipant, defaultPolicy, MINUTE_MS, T0 } from '../../domain/law/test-fixtures.ts';
import type { AlertHead } from '../../domain/observation.ts';
import type { TypeWatch } from '../../domain/policy.ts';
import type { SampleLabels } from '../../domain/ports/watching.ts';
import { watchSamples } from './watch-samples.ts';

const TYPE = 'resource-hoarding';
const watch: TypeWatch = {
  kind: 'promql',
  server: 'usage',
  query: 'idle',
  timeoutMs: 1_000,
  participantLabel: 'participant',
  resourceLabel: 'node',
  severity: 'moderate',
};
const law = defaultPolicy.violationTypes[TYPE];
if (!law) throw new Error('The policy does not know the type.');
const policy = { ...defaultPolicy, violationTypes: { [TYPE]: { ...law, watch } } };
const participant = aParticipant(2);
const [first = '', second = ''] = participant.resources.map(({ resourceId }) => resourceId);

/** The ports of the domain that the look at samples needs, in memory. */
class Surroundings {
  samples: SampleLabels[] | null = [];
  heads = new Map<string, AlertHead>();
  counted: Record<string, number> = {};
  nowMs = T0;

  look = () =>
    watchSamples({
      directory: {
        policyAt: async () => policy,
        policy: async () => policy,
        participant: async (id) => (id === participant.participantId ? participant : null),
      },
      reports: { samples: async () => this.samples },
      intake: {
        heads: async (keys) => new Map([...this.heads].filter(([key]) => keys.includes(key))),
        accept: async (writes) => {
          for (const { head } of writes) this.heads.set(head.alertKey, head);
          return [];
        },
        noteSource: async () => {},
      },
      evidence: { headsOfCase: async () => [...this.heads.values()] },
      cases: { pages: (stage) => this.openCase(stage) },
      meter: {
        count: (name, by) => {
          this.counted[name] = by;
        },
      },
    } as Partial<Parameters<typeof watchSamples>[0]> as Parameters<typeof watchSamples>[0])({
      nowMs: this.nowMs,
      runId: 'run-1',
    });

  private async *openCase(stage: string): AsyncGenerator<CaseRecord[]> {
    if (stage === 'correcting')
      yield [{ caseId: 'c1', violationType: TYPE } as Partial<CaseRecord> as CaseRecord];
  }

  firing(): (string | null)[] {
    return [...this.heads.values()]
      .filter(({ status }) => status === 'firing')
      .map(({ resourceId }) => resourceId);
  }
}

const sample = (node: string, of = participant.participantId) => ({ participant: of, node });

describe('what the query of a policy shows', () => {
  let world: Surroundings;
  beforeEach(() => {
    world = new Surroundings();
  });

  test('fires for each resource, and is over when it shows it no more', async () => {
    world.samples = [sample(first), sample(second)];
    expect(await world.look()).toEqual({ found: 2 });
    expect(world.firing()).toEqual([first, second]);
    world.nowMs += 10 * MINUTE_MS;
    world.samples = [sample(second)];
    await world.look();
    expect(world.firing()).toEqual([second]);
  });

  test('shows nothing, neither a violation nor its end, when the server does not answer', async () => {
    world.samples = [sample(first)];
    await world.look();
    world.nowMs += 10 * MINUTE_MS;
    world.samples = null;
    expect(await world.look()).toEqual({ found: 0 });
    expect(world.firing()).toEqual([first]);
    expect(world.counted['WatchFailures']).toBe(1);
  });

  test.each([
    ['a participant that is not registered', sample(first, 'stranger')],
    ['a resource of somebody else', sample('not-theirs')],
    ['nobody', { node: first }],
    ['no resource', { participant: participant.participantId }],
  ])('is no violation when it names %s', async (_what, labels) => {
    world.samples = [labels];
    expect(await world.look()).toEqual({ found: 0 });
    expect(world.firing()).toEqual([]);
  });
});
