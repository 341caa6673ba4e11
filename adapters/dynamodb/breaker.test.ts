import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admit } from '../../domain/breaker/admission.ts';
import type { WaitingImposition } from '../../domain/breaker/queue.ts';
import { DomainError } from '../../domain/errors.ts';
import type { BreakerLaw } from '../../domain/policy.ts';
import type { BreakerChange } from '../../domain/ports/breaker.ts';
import { createBreaker } from './breaker.ts';
import { createCaseStore } from './case-store.ts';
import type { Store } from './client.ts';
import { createIncidents } from './incidents.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { aParticipant, aSanction, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

const HOUR_MS = 3_600_000;
const law: BreakerLaw = {
  windowMs: HOUR_MS,
  shareBps: 500,
  atLeast: 3,
  suspendedBps: 3_333,
  twoApproversBps: 500,
};
const act = { actor: 'seed', atMs: T0 };
const nothing: BreakerChange = { writes: [], suspends: null, join: null, leave: null };

let test: TestStore;
let networks = 0;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** A network of its own, with as many participants of a stake each. */
async function aNetwork(participants: number, units = 1_000n): Promise<Store> {
  networks += 1;
  const store = { ...test.store, networkId: `network-${networks}` };
  const registry = createParticipantRegistry(store);
  for (let number = 1; number <= participants; number += 1) {
    const participantId = `p-${number}`;
    await registry.register(aParticipant(participantId), 'SWRM', act);
    const externalRef = `stake-of-${participantId}`;
    await registry.deposit({ participantId, externalRef, units }, act);
  }
  return store;
}

const aPlace = (
  caseId: string,
  sinceMs = T0,
  severity: WaitingImposition['severity'] = 'minor',
) => ({
  caseId,
  sinceMs,
  severity,
});

const aWaiting = (caseId: string, sinceMs: number, heldUntilMs = T0 + 9 * HOUR_MS) => ({
  ...aPlace(caseId, sinceMs),
  units: 1n,
  suspends: true,
  againAtMs: heldUntilMs,
  heldUntilMs,
});

/** One imposition as a step makes it: look, ask, write under the step's key; again when it was overtaken. */
async function impose(store: Store, caseId: string, nowMs: number, units = 1n): Promise<boolean> {
  const breaker = createBreaker(store);
  const cases = createCaseStore(store);
  for (;;) {
    const { shards, totals } = await breaker.look(nowMs, 24 * HOUR_MS);
    const word = admit({
      ...{ nowMs, law, totals, shards, ask: { units, suspends: true }, spread: 0 },
      ...{ ahead: [], aheadIsWhole: true, isReleased: false },
    });
    if (word.verdict === 'wait') return false;
    const step = aStep(`impose/${caseId}`, {
      breaker: { ...nothing, writes: word.writes, suspends: caseId },
    });
    const done = await cases.commit(step).catch((error: unknown) => {
      // Two transactions at the same instant: the store refuses one, and nothing of it is written.
      if (error instanceof DomainError && error.code === 'store-unreachable') return null;
      throw error;
    });
    if (done?.status === 'committed' || done?.status === 'repeat') return true;
  }
}

describe('the breaker in the store (rule D12)', () => {
  it('lets through what there is room for, however many ask at once', async () => {
    const store = await aNetwork(12);
    const names = Array.from({ length: 12 }, (_, index) => `case-${index}`);
    const through = await Promise.all(names.map((name) => impose(store, name, T0)));
    expect(through.filter(Boolean)).toHaveLength(3);
    const { shards } = await createBreaker(store).look(T0, HOUR_MS);
    expect(shards).toMatchObject([{ no: 0, of: 1, suspendedEver: 3 }]);
    expect(shards[0]?.buckets).toMatchObject([{ impositions: 3, suspensions: 3, units: 3n }]);
    // The hour has passed, but three of twelve are all that may be suspended at once.
    expect(await impose(store, 'later', T0 + 2 * HOUR_MS)).toBe(false);
  });

  it('takes room once for a step that is sent again, and none for one that was overtaken', async () => {
    const store = await aNetwork(4);
    const breaker = createBreaker(store);
    const cases = createCaseStore(store);
    const { totals, ...seen } = await breaker.look(T0, HOUR_MS);
    const word = admit({
      ...{ nowMs: T0, law, totals, shards: seen.shards, ask: { units: 5n, suspends: false } },
      ...{ spread: 0, ahead: [], aheadIsWhole: true, isReleased: false },
    });
    if (word.verdict === 'wait') throw new Error('There is room.');
    const first = aStep('first', { breaker: { ...nothing, writes: word.writes } });
    expect(await cases.commit(first)).toEqual({ status: 'committed' });
    expect(await cases.commit(first)).toMatchObject({ status: 'repeat' });
    const second = aStep('second', { breaker: { ...nothing, writes: word.writes } });
    expect(await cases.commit(second)).toEqual({ status: 'stale' });
    expect(await cases.findStep('second')).toBeNull();
    const { shards } = await breaker.look(T0, HOUR_MS);
    expect(shards[0]?.buckets).toMatchObject([{ impositions: 1, units: 5n }]);
  });

  it('takes room beside others that saw the same, to the last unit, and forgets what is long past', async () => {
    const store = await aNetwork(2, 10n ** 37n);
    const breaker = createBreaker(store);
    const cases = createCaseStore(store);
    const wide = { ...law, shareBps: 10_000, suspendedBps: 10_000 };
    const units = 4n * 10n ** 36n + 1n;
    const asking = async (nowMs: number) => {
      const { shards, totals } = await breaker.look(nowMs, 24 * HOUR_MS);
      const word = admit({
        ...{ nowMs, law: wide, totals, shards, ask: { units, suspends: false }, spread: 0 },
        ...{ ahead: [], aheadIsWhole: true, isReleased: false },
      });
      if (word.verdict === 'wait') throw new Error('There is room.');
      return { ...nothing, writes: word.writes };
    };
    const taking = async (name: string, change: BreakerChange) =>
      (await cases.commit(aStep(name, { breaker: change }))).status;
    expect(await taking('first', await asking(T0))).toBe('committed');
    const same = await asking(T0);
    expect(await taking('second', same)).toBe('committed');
    expect(await taking('third', same)).toBe('committed');
    expect(await taking('fourth', same)).toBe('committed');
    // Four times 4 of 20 are taken, and a little more: a fifth would be more than all.
    expect(await taking('fifth', same)).toBe('stale');
    const { shards } = await breaker.look(T0, HOUR_MS);
    expect(shards).toMatchObject([{ unitsEver: 4n * units, buckets: [{ units: 4n * units }] }]);
    const laterMs = T0 + 5 * HOUR_MS;
    expect(await taking('later', await asking(laterMs))).toBe('committed');
    const later = await breaker.look(laterMs, HOUR_MS);
    expect(later.shards).toMatchObject([{ version: 5, unitsEver: 5n * units }]);
    expect(later.shards[0]?.buckets).toMatchObject([{ units, impositions: 1, suspensions: 0 }]);
  });

  it('knows who waits before a place: the graver, then the older', async () => {
    const store = await aNetwork(1);
    const breaker = createBreaker(store);
    const cases = createCaseStore(store);
    const waiting = [
      aWaiting('young', T0 + 9),
      aWaiting('old', T0 + 1),
      aWaiting('middle', T0 + 5),
    ];
    for (const join of waiting)
      await cases.commit(aStep(`wait/${join.caseId}`, { breaker: { ...nothing, join } }));
    const grave = { ...aWaiting('grave', T0 + 20), severity: 'critical' as const };
    await cases.commit(aStep('wait/grave', { breaker: { ...nothing, join: grave } }));
    const { ahead, isWhole } = await breaker.before(aPlace('middle', T0 + 5));
    expect(ahead.map(({ caseId }) => caseId)).toEqual(['grave', 'old']);
    expect(ahead[0]).toEqual(grave);
    expect(isWhole).toBe(true);
    await cases.commit(aStep('leave', { breaker: { ...nothing, leave: grave } }));
    expect((await breaker.before(aPlace('middle', T0 + 5))).ahead).toHaveLength(1);
    await breaker.forget(ahead);
    expect((await breaker.before(aPlace('young', T0 + 9))).ahead).toMatchObject([
      { caseId: 'middle' },
    ]);
  });
});

describe('the size of the network', () => {
  it('leaves out what is leaving and who is excluded, and never undercounts who is suspended', async () => {
    const store = await aNetwork(6);
    const breaker = createBreaker(store);
    const cases = createCaseStore(store);
    const sanction = async (participantId: string, access: 'suspended' | 'excluded' | 'active') => {
      const { version, balances } = await cases.snapshot(participantId);
      const change = {
        participantId,
        expectedVersion: version,
        balances,
        transfers: [],
        entry: null,
      };
      const given = { ...aSanction('c', participantId), access };
      await cases.commit(
        aStep(`sanction/${participantId}/${access}`, { ledger: { ...change, sanction: given } }),
      );
    };
    // Suspended before there was a breaker: the first count finds them without a mark.
    await sanction('p-1', 'suspended');
    await sanction('p-2', 'excluded');
    const counted = { stakeUnits: 5_000n, participants: 5, suspended: 1 };
    const totals = async (atMs: number) => (await breaker.look(atMs, HOUR_MS)).totals;
    expect(await totals(T0)).toMatchObject(counted);
    // Until it is counted anew it stays as it was.
    await sanction('p-3', 'suspended');
    const marked = { ...nothing, suspends: 'p-3' };
    await cases.commit(aStep('mark', { breaker: marked }));
    await sanction('p-1', 'active');
    expect(await totals(T0 + HOUR_MS)).toMatchObject({ ...counted, atMs: T0 });
    const later = await totals(T0 + 2 * HOUR_MS);
    expect(later).toMatchObject({ ...counted, suspended: 1, atMs: T0 + 2 * HOUR_MS });
    await sanction('p-3', 'active');
    expect(await totals(T0 + 4 * HOUR_MS)).toMatchObject({ suspended: 0 });
  });

  it('is counted by one who asks; the others go on with what is known', async () => {
    const store = await aNetwork(3);
    const breaker = createBreaker(store);
    await breaker.look(T0, HOUR_MS);
    const asked = Array.from({ length: 6 }, () => breaker.look(T0 + 2 * HOUR_MS, HOUR_MS));
    const instants = (await Promise.all(asked)).map(({ totals }) => totals.atMs);
    expect(instants.filter((atMs) => atMs === T0 + 2 * HOUR_MS).length).toBeGreaterThanOrEqual(1);
    expect(new Set(instants).size).toBeLessThanOrEqual(2);
  });
});

describe('the incident of the breaker', () => {
  it('is one for all that wait, and closes when nobody holds a place any more', async () => {
    const store = await aNetwork(1);
    const breaker = createBreaker(store);
    const cases = createCaseStore(store);
    const incidents = createIncidents(store);
    const join = aWaiting('waits', T0, T0 + HOUR_MS);
    await cases.commit(aStep('wait', { breaker: { ...nothing, join } }));
    const law_ = { incidentHoldMs: 24 * HOUR_MS };
    await Promise.all([0, 1, 2].map((ms) => breaker.tripped(law_, T0 + ms).catch(() => {})));
    await breaker.tripped(law_, T0 + 5);
    const { items } = await incidents.list(undefined, 10);
    expect(items).toMatchObject([{ kind: 'breaker', closedAtMs: null }]);
    await breaker.closeIfQuiet(law_, T0 + 10);
    expect((await incidents.list(undefined, 10)).items).toMatchObject([{ closedAtMs: null }]);
    // Its place was held until then; its case is gone.
    await breaker.closeIfQuiet(law_, T0 + HOUR_MS);
    const closed = { outcome: 'passed', closedAtMs: T0 + HOUR_MS };
    expect((await incidents.list(undefined, 10)).items).toMatchObject([closed]);
    await breaker.tripped(law_, T0 + 2 * HOUR_MS);
    const all = (await incidents.list(undefined, 10)).items;
    expect(all).toMatchObject([{ openedAtMs: T0 + 2 * HOUR_MS, closedAtMs: null }, closed]);
  });

  it('is open for who begins to wait while it is closed', async () => {
    const store = await aNetwork(1);
    const closing = { ...test.another(), networkId: store.networkId };
    const law_ = { incidentHoldMs: 24 * HOUR_MS };
    await createBreaker(store).tripped(law_, T0);
    let isTold = false;
    closing.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'TransactWriteItemsCommand' && !isTold) {
          isTold = true;
          const join = aWaiting('late', T0 + 1);
          await createCaseStore(store).commit(aStep('late', { breaker: { ...nothing, join } }));
          await createBreaker(store).tripped(law_, T0 + 1);
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    await createBreaker(closing).closeIfQuiet(law_, T0 + 2);
    const { items } = await createIncidents(store).list(undefined, 10);
    expect(items).toMatchObject([
      { openedAtMs: T0 + 2, closedAtMs: null },
      { openedAtMs: T0, outcome: 'passed' },
    ]);
  });
});
