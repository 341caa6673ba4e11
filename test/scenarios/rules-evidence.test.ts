import { describe, expect } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { CaseDriver } from './case-driver.ts';
import { correct, seekRestoration } from './people.ts';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, MINUTE_MS, oneWorld } from './scenario.ts';

/** Rules on evidence and clocks, each shown by a case that is lived through the whole system. */

const scenario = oneWorld();

describe('A2: resources have their own clocks', () => {
  scenario(
    'a provider with some node always down, each for less than a grace, never climbs',
    { nodes: 12 },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('W'));
      for (let node = 1; node <= 6; node += 1) {
        await driver.advance(18 * HOUR_MS);
        await driver.fire({ nodes: [node + 1] });
        await driver.advance(HOUR_MS);
        await driver.clear({ nodes: [node] });
      }
      expect(await driver.record()).toMatchObject({ rung: 'W', money: { pendingUnits: '0' } });
      const { announced } = await driver.state();
      const named = announced?.notices.map((notice) => notice.resourceIds);
      expect(named).toEqual([1, 2, 3, 4, 5, 6, 7].map((node) => [driver.node(node)]));
      const lastAtMs = announced?.notices.at(-1)?.servedAtMs ?? 0;
      expect(await world.clock.follow()).toBeGreaterThan(lastAtMs);

      // The last one stays down: it alone earns the rung, by its own notice and for its own share.
      const p1 = await driver.until(isAt('P1'));
      expect(about(imposedAt(p1, 'P1'), lastAtMs + DAY_MS)).toBe(lastAtMs + DAY_MS);
      expect(p1.money.pendingUnits).toBe('84'); // 1 bps of 10,000,000 × 1/12, rounded up
    },
  );
});

describe('A3, A4: a case begins beyond the allowance and ends quietly', () => {
  scenario('cleared while confirming, it was never a case', {}, async (driver, world) => {
    await driver.fire();
    await driver.advance(2 * MINUTE_MS);
    await driver.clear();
    expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'unconfirmed' });
    const { items } = await world.registry.notices(driver.participantId, undefined, 10);
    expect(items).toEqual([]);

    const next = new CaseDriver(world, { participantId: driver.participantId });
    await driver.advance(HOUR_MS);
    await next.fire();
    const warned = await next.until(isAt('W'));
    expect(warned.caseId).not.toBe(driver.caseId);
    expect(warned).toMatchObject({ startRung: 'W', recurrence: { counted: 0 } });
    await next.leave();
  });

  scenario(
    'a re-fire in the reopen window goes on with the clock it had used',
    {},
    async (driver) => {
      await driver.fire();
      await driver.until(isAt('P1'));
      await driver.advance(10 * HOUR_MS);
      await driver.clear();
      const quietMs = 5 * HOUR_MS;
      expect(await driver.advance(quietMs)).toMatchObject({ stage: 'restoring', rung: 'P1' });
      await driver.fire();
      expect(await driver.record()).toMatchObject({ stage: 'correcting', announcedRung: 'P2' });
      const p2 = await driver.until(isAt('P2'));
      const expectedMs = imposedAt(p2, 'P1') + 3 * DAY_MS + quietMs;
      expect(about(imposedAt(p2, 'P2'), expectedMs)).toBe(expectedMs);
    },
  );

  scenario(
    'a re-fire after it voids the correction and gives the full grace',
    {},
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('P1'));
      await driver.advance(10 * HOUR_MS);
      await correct(driver);
      await driver.advance(3 * DAY_MS + HOUR_MS);
      const againMs = await world.clock.follow();
      await driver.fire();
      const back = await driver.record();
      expect(back).toMatchObject({ stage: 'correcting', rung: 'P1', correctedAtMs: null });
      expect(about(back.announcementServedAtMs, againMs)).toBe(againMs);
      const p2 = await driver.until(isAt('P2'));
      expect(about(imposedAt(p2, 'P2'), againMs + 3 * DAY_MS)).toBe(againMs + 3 * DAY_MS);
    },
  );

  scenario(
    'quiet for the reopen window it ends, and the next firing is a new case',
    {},
    async (driver, world) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      await driver.advance(HOUR_MS);
      await driver.clear();
      const clearedMs = await world.clock.follow();
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended).toMatchObject({ outcome: 'corrected', rung: 'W' });
      expect(about(ended.endedAtMs, clearedMs + DAY_MS)).toBe(clearedMs + DAY_MS);
      expect(await driver.standing()).toBe('active');
      const next = new CaseDriver(world, { participantId: driver.participantId });
      await next.fire();
      expect(next.caseId).not.toBe(driver.caseId);
      const again = await next.until(isAt('W'));
      expect(again.imposed[0]?.imposedAtMs).toBeGreaterThan(warned.imposed[0]?.imposedAtMs ?? 0);
      await next.leave();
    },
  );
});

describe('A6: a silent source stops the clock', () => {
  scenario(
    'it is held, becomes a task of people, and goes on where it was',
    {},
    async (driver, world) => {
      const sources = ['quiet-a', 'quiet-b'];
      for (const source of sources) await world.intake.addSource(source);
      await driver.fire({ sources });
      const warned = await driver.until(isAt('W'));
      await driver.advance(12 * HOUR_MS);
      for (const source of sources) world.intake.senders.setSilent(source, true);
      const dueMs = imposedAt(warned, 'W') + DAY_MS;
      const held = await driver.until((record) => record.holds.length > 0);
      expect(held).toMatchObject({
        rung: 'W',
        holds: [{ cause: 'stale-source', owner: 'platform' }],
      });
      expect(about(held.holds[0]?.sinceMs, dueMs)).toBe(dueMs);

      const stuck = await driver.until((record) => record.holds[0]?.owner === 'operators');
      expect(stuck).toMatchObject({ stage: 'correcting', rung: 'W', money: { pendingUnits: '0' } });
      expect(await world.clock.follow()).toBeGreaterThanOrEqual(dueMs + 3 * DAY_MS);

      for (const source of sources) world.intake.senders.setSilent(source, false);
      const againMs = await world.clock.follow();
      const p1 = await driver.until(isAt('P1'));
      // Eleven hours were evidenced before; silence is not firing.
      expect(imposedAt(p1, 'P1')).toBeGreaterThanOrEqual(againMs + 13 * HOUR_MS);
      expect(p1).toMatchObject({ holds: [], money: { pendingUnits: '1000' } });
    },
  );
});

describe('A10: corrected is what stays corrected', () => {
  scenario('a healthy gap shorter than the hold-down pauses the clock', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.advance(10 * HOUR_MS);
    await driver.clear();
    await driver.advance(10 * MINUTE_MS);
    await driver.fire();
    const p1 = await driver.until(isAt('P1'));
    const expectedMs = imposedAt(p1, 'W') + DAY_MS + 10 * MINUTE_MS;
    expect(about(imposedAt(p1, 'P1'), expectedMs)).toBe(expectedMs);
  });

  scenario(
    'a resolve that our own look contradicts is no correction',
    {},
    async (driver, world) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      await driver.advance(10 * HOUR_MS);
      world.outside.showAs(driver.participantId, driver.node(1), false);
      await driver.clear();
      const clearedMs = await world.clock.follow();
      const waiting = await driver.advance(DAY_MS);
      expect(waiting).toMatchObject({ stage: 'correcting', rung: 'W', correctedAtMs: null });
      expect(await world.clock.follow()).toBeGreaterThan(imposedAt(warned, 'W') + DAY_MS);
      world.outside.showAs(driver.participantId, driver.node(1), undefined);
      const corrected = await driver.until((record) => record.correctedAtMs !== null);
      expect(corrected.rung).toBe('W');
      expect(about(corrected.correctedAtMs, clearedMs)).toBe(clearedMs);
    },
  );

  scenario('a hold-down at the deadline is awaited and stands', {}, async (driver, world) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.advance(DAY_MS - 5 * MINUTE_MS);
    await driver.clear();
    const clearedMs = await world.clock.follow();
    const corrected = await driver.until((record) => record.correctedAtMs !== null);
    expect(corrected).toMatchObject({
      stage: 'correcting',
      rung: 'W',
      money: { pendingUnits: '0' },
    });
    expect(about(corrected.correctedAtMs, clearedMs)).toBe(clearedMs);
  });

  scenario('a re-fire in it makes the resolve void, and the rung runs', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.advance(DAY_MS - 5 * MINUTE_MS);
    await driver.clear();
    expect(await driver.advance(10 * MINUTE_MS)).toMatchObject({ rung: 'W' });
    await driver.fire();
    const p1 = await driver.until(isAt('P1'));
    const expectedMs = imposedAt(p1, 'W') + DAY_MS + 10 * MINUTE_MS;
    expect(about(imposedAt(p1, 'P1'), expectedMs)).toBe(expectedMs);
  });
});

describe('B3: what costs money needs two independent groups', () => {
  scenario('our own look is a group of its own', {}, async (driver) => {
    await driver.fire({ sources: ['monitor-a'] });
    expect(await driver.until(isAt('P1'))).toMatchObject({ money: { pendingUnits: '1000' } });
  });
});

describe('C4, H5: access returns through the gate alone', () => {
  scenario(
    'after a penalty by remedy and checks, never by the end of the firing',
    {},
    async (driver) => {
      await driver.fire();
      await driver.until(isAt('P1'));
      await driver.advance(HOUR_MS);
      await correct(driver);
      expect(await driver.advance(2 * DAY_MS)).toMatchObject({ stage: 'restoring' });
      expect(await driver.standing()).toBe('suspended');
      await seekRestoration(driver);
      expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'reinstated' });
      expect(await driver.standing()).toBe('probation');
    },
  );
});

describe('B2: nobody accuses or acquits themselves', () => {
  scenario(
    'a source of the participant’s own group opens nothing that counts, and not again and again',
    {},
    async (driver, world) => {
      const ownerControlGroup = `group-of-${driver.participantId}`;
      await world.intake.addSource('own-monitor', { ownerControlGroup });
      await driver.fire({ sources: ['own-monitor'] });
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended).toMatchObject({ outcome: 'unconfirmed', rung: null });
      await driver.advance(3 * DAY_MS);
      const { items } = await createCaseReader(world.store).list({
        participantId: driver.participantId,
        limit: 50,
      });
      expect(items.map((record) => record.caseId)).toEqual([driver.caseId]);
    },
  );
});

describe('C1, H5: lifting one sanction never lifts another', () => {
  scenario('two suspended cases need two ways back', { nodes: 2 }, async (driver, world) => {
    const { participantId } = driver;
    const other = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
    await driver.fire();
    // Another node: on the same one it would be the same cause (rule C9).
    await other.fire({ nodes: [2] });
    await driver.until(isAt('P1'));
    await other.until(isAt('P1'));
    await driver.advance(HOUR_MS);
    await correct(driver);
    await seekRestoration(driver);
    expect(await driver.record()).toMatchObject({ outcome: 'reinstated' });
    expect(await driver.standing()).toBe('suspended');
    await other.clear({ nodes: [2] });
    await other.until((record) => record.correctedAtMs !== null, 2);
    await seekRestoration(other);
    expect(await other.record()).toMatchObject({ outcome: 'reinstated' });
    expect(await driver.standing()).toBe('probation');
    await other.leave();
  });
});

describe('D1: the base is the share of the resources that earned the rung', () => {
  scenario(
    'a node that was corrected before the next rung is not charged for it',
    { nodes: 2 },
    async (driver) => {
      await driver.fire({ nodes: [1, 2] });
      expect(await driver.until(isAt('P1'))).toMatchObject({ money: { pendingUnits: '1000' } });
      await driver.advance(HOUR_MS);
      await driver.clear({ nodes: [2] });
      // Ten bps of half the stake are 5,000 in all.
      expect(await driver.until(isAt('P2'))).toMatchObject({ money: { pendingUnits: '5000' } });
    },
  );
});
