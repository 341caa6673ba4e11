import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { newCaseState } from '../domain/case/open.ts';
import { DomainError } from '../domain/errors.ts';
import type { CommitResult } from '../domain/ports/case-store.ts';
import type { ActivityPorts } from './ports.ts';
import { hashOf, outcomeOf, plainCommit, runStep } from './step.ts';

const state = newCaseState({
  networkId: 'main',
  caseId: 'c',
  participantId: 'p-1',
  violationType: 'downtime',
  controlGroup: 'group-p-1',
  severity: 'minor',
  openedAtMs: 1,
  confirmAtMs: 1,
});
const input = { state, nowMs: 1 };
const fresh = outcomeOf('fresh', state);
const earlier = outcomeOf('earlier', state);

/** A store in which the step was done before, or not, and what was asked of it. */
function storeWith(done: { inputHash: string } | null) {
  const asked: string[] = [];
  const resultJson = JSON.stringify(earlier);
  const result: CommitResult = done ? { status: 'repeat', resultJson } : { status: 'committed' };
  const cases = {
    findStep: async () => {
      asked.push('look');
      return done && { ...done, resultJson };
    },
    commit: async () => {
      asked.push('commit');
      return result;
    },
  };
  return { ports: { cases } as unknown as ActivityPorts, asked };
}

/** Runs the step in a worker's attempt of this number. */
function run(attempt: number, ports: ActivityPorts, plan: () => Promise<'planned'>) {
  const planned = async () => {
    await plan();
    return { commit: plainCommit(state, []), outcome: fresh };
  };
  const activity = () => runStep(ports, 'c/step', input, planned);
  const logger = new DefaultLogger('ERROR', () => {});
  return new MockActivityEnvironment({ attempt }, { logger }).run(activity);
}

const plan = async () => 'planned' as const;
const cannot = () => Promise.reject(new DomainError('decision-expired', 'conflict', 'Too late.'));
const same = { inputHash: hashOf(input) };

describe('a step', () => {
  it('is written by its first attempt without a look before', async () => {
    const { ports, asked } = storeWith(null);
    expect(await run(1, ports, plan)).toEqual(fresh);
    expect(asked).toEqual(['commit']);
  });

  it('that was done is looked up by a later attempt, and not computed again', async () => {
    const { ports, asked } = storeWith(same);
    expect(await run(2, ports, cannot)).toEqual(earlier);
    expect(asked).toEqual(['look']);
  });

  it('that was done is known by its guard to a first attempt of another run', async () => {
    const { ports, asked } = storeWith(same);
    expect(await run(1, ports, plan)).toEqual(earlier);
    expect(asked).toEqual(['commit']);
  });

  it('that was done stands, though a first attempt of another run cannot compute it any more', async () => {
    const { ports } = storeWith(same);
    expect(await run(1, ports, cannot)).toEqual(earlier);
  });

  it('that was not done and cannot be computed says why', async () => {
    const { ports } = storeWith(null);
    for (const attempt of [1, 2])
      await expect(run(attempt, ports, cannot)).rejects.toMatchObject({ code: 'decision-expired' });
  });

  it('that was done with another input is a conflict', async () => {
    const { ports } = storeWith({ inputHash: 'another' });
    for (const attempt of [1, 2])
      await expect(run(attempt, ports, cannot)).rejects.toMatchObject({ type: 'step-conflict' });
  });
});
