import { describe, expect } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { blockedUnits, freeUnits } from '../../domain/law/blocks.ts';
import { CaseDriver } from './case-driver.ts';
import { decisionOf, dispute, rule, ruleTwice } from './disputing.ts';
import { askToLeave, onlyExit, pass, payIn } from './exits.ts';
import { approveAll, correct, seekRestoration } from './people.ts';
import { addProvider, STAKE_UNITS } from './providers.ts';
import {
  about,
  DAY_MS,
  HOUR_MS,
  imposedAt,
  isAt,
  isProposed,
  MINUTE_MS,
  oneWorld,
} from './scenario.ts';

/**
 * Everything that a participant may try so that less is charged, or later; each trick is lived through the whole system. What an honest
 * participant pays for the same fault is what the law's table says, which `table.test.ts` lives through: here it is written in units.
 * See docs/reference/tricks.md.
 */

const scenario = oneWorld();

/** What a minor downtime of the whole stake costs in all: 1 bps at P1, 10 at P2, 100 at S1. */
const P1_UNITS = STAKE_UNITS / 10_000n;
const P2_UNITS = STAKE_UNITS / 1_000n;
const S1_UNITS = STAKE_UNITS / 100n;

const charged = async (driver: CaseDriver): Promise<bigint> => {
  const { balances } = await driver.ledger();
  return balances.held + balances.pending + balances.slashed;
};

/** Up to S1 by time and one approval. */
async function climb(driver: CaseDriver): Promise<void> {
  await driver.until(isProposed);
  await approveAll(driver);
  await driver.until(isAt('S1'));
}

describe.concurrent('leaving with the stake (rules D6, D8)', () => {
  scenario(
    'withdraw between fault and slash: only what no case needs is free',
    {},
    async (driver) => {
      await driver.fire();
      // Not confirmed yet, and already kept: the opening itself wrote it.
      expect(await driver.record()).toMatchObject({ stage: 'confirming' });
      expect(blockedUnits(await driver.ledger())).toBe(S1_UNITS);
      await expect(askToLeave(driver, STAKE_UNITS)).rejects.toMatchObject({
        code: 'withdrawal-exceeds-free',
        message: expect.stringContaining(`Free are ${STAKE_UNITS - S1_UNITS} units.`),
      });
      await askToLeave(driver, STAKE_UNITS - S1_UNITS);
      await climb(driver);
      expect(await charged(driver)).toBe(S1_UNITS);
      await driver.advance(28 * DAY_MS);
      const { balances } = await driver.ledger();
      expect(balances).toMatchObject({ withdrawn: STAKE_UNITS - S1_UNITS, exiting: 0n });
      expect(await onlyExit(driver)).toMatchObject({ outcome: 'left' });
    },
  );

  scenario('withdraw before the fault: what is on its way pays, and waits', {}, async (driver) => {
    await askToLeave(driver, STAKE_UNITS);
    await pass(driver, 20 * DAY_MS);
    await driver.fire();
    await climb(driver);
    expect(await charged(driver)).toBe(S1_UNITS);
    // The end of unbonding has come meanwhile; the case kept what it could still charge, and no more.
    await driver.advance(2 * DAY_MS);
    const left = await driver.ledger();
    expect(left.balances).toMatchObject({ available: 0n, exiting: 0n });
    expect(left.balances.withdrawn).toBe(STAKE_UNITS - S1_UNITS);
    const exit = await onlyExit(driver);
    expect(exit.left.length).toBeGreaterThanOrEqual(1);
    expect(exit.outcome).toBe('left');
  });

  scenario(
    'what exceeds the block leaves in time, the rest when the case ends',
    { severity: 'major' },
    async (driver) => {
      await askToLeave(driver, STAKE_UNITS);
      await pass(driver, 27 * DAY_MS);
      await driver.fire();
      // Time may lead a major violation to S2, 250 bps.
      const blocked = (STAKE_UNITS * 250n) / 10_000n;
      await driver.advance(2 * DAY_MS);
      expect((await driver.ledger()).balances).toMatchObject({
        withdrawn: STAKE_UNITS - blocked,
        exiting: blocked,
      });
      expect(await onlyExit(driver)).toMatchObject({ outcome: null, exitingUnits: blocked });
      await correct(driver);
      await driver.until((record) => record.stage === 'ended');
      await driver.advance(2 * DAY_MS);
      expect((await driver.ledger()).balances).toMatchObject({
        withdrawn: STAKE_UNITS,
        exiting: 0n,
      });
      expect(await onlyExit(driver)).toMatchObject({ outcome: 'left' });
    },
  );

  scenario(
    'a single source keeps nothing, a second one does',
    { violationType: 'subpar-delivery' },
    async (driver) => {
      await driver.fire({ sources: ['monitor-a'] });
      expect(freeUnits(await driver.ledger())).toBe(STAKE_UNITS);
      await driver.fire({ sources: ['monitor-b'] });
      expect(freeUnits(await driver.ledger())).toBe(STAKE_UNITS - S1_UNITS);
    },
  );

  scenario('cleared before it was a case, it keeps nothing', {}, async (driver) => {
    await driver.fire();
    await driver.clear();
    expect(await driver.until((record) => record.stage === 'ended')).toMatchObject({
      outcome: 'unconfirmed',
    });
    const ledger = await driver.ledger();
    expect(freeUnits(ledger)).toBe(STAKE_UNITS);
    expect(ledger.cases).toMatchObject([{ counts: false, servedRung: null }]);
  });

  scenario('withdraw and deposit again: the old stake pays and no other', {}, async (driver) => {
    await askToLeave(driver, STAKE_UNITS - S1_UNITS);
    await pass(driver, 29 * DAY_MS);
    expect((await driver.ledger()).balances.available).toBe(S1_UNITS);
    await driver.fire();
    await payIn(driver, STAKE_UNITS);
    await climb(driver);
    // 100 bps of what there was at the fault; what came later neither pays nor shields.
    expect(await charged(driver)).toBe(S1_UNITS / 100n);
    expect(blockedUnits(await driver.ledger())).toBe(0n);
  });

  scenario('deposit after the fault: it is free at once', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await payIn(driver, STAKE_UNITS);
    expect(freeUnits(await driver.ledger())).toBe(2n * STAKE_UNITS - S1_UNITS);
    await driver.advance(HOUR_MS);
    await climb(driver);
    expect(await charged(driver)).toBe(S1_UNITS);
  });

  scenario(
    'deposit after the fault, so that what is on its way leaves in its place: it pays all the same',
    {},
    async (driver) => {
      await askToLeave(driver, STAKE_UNITS);
      await pass(driver, 28 * DAY_MS - HOUR_MS);
      await driver.fire();
      await payIn(driver, STAKE_UNITS);
      await driver.advance(2 * HOUR_MS);
      const { balances } = await driver.ledger();
      expect(balances).toMatchObject({ withdrawn: STAKE_UNITS, available: STAKE_UNITS });
      expect(blockedUnits(await driver.ledger())).toBe(S1_UNITS);
      await climb(driver);
      expect(await charged(driver)).toBe(S1_UNITS);
    },
  );
});

describe.concurrent('being smaller than at the fault (rules C8, D1)', () => {
  scenario(
    'shrink the share: neither a smaller node nor a larger rest lessens what a fault costs',
    { nodes: 4 },
    async (driver, world) => {
      const { registry, policy } = world;
      const declare = async (number: number, capacity: number) => {
        const act = { actor: 'admin', atMs: await world.clock.follow() };
        const change = [{ resourceId: driver.node(number), capacity }];
        await registry.putResources(driver.participantId, change, act, policy);
      };
      for (const number of [1, 2, 3, 4]) await declare(number, 10);
      await driver.fire();
      const quarter = S1_UNITS / 4n;
      expect(blockedUnits(await driver.ledger())).toBe(quarter);
      // Before the case is confirmed, and after it.
      await declare(1, 1);
      await declare(2, 1_000);
      await driver.until(isAt('W'));
      await declare(3, 1_000);
      const act = { actor: 'admin', atMs: await world.clock.follow() };
      await expect(
        registry.releaseResource(driver.participantId, driver.node(1), act, policy),
      ).rejects.toMatchObject({ code: 'resource-has-open-case' });
      await climb(driver);
      expect(await charged(driver)).toBe(quarter);
    },
  );
});

describe.concurrent('being another (rules C5, C7, C8, C11)', () => {
  scenario(
    're-register under another id: suspended under all, no newcomer, and it climbs from where the first one was',
    { controlGroup: 'one-owner' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('W'));
      // A second id while nothing is imposed yet: with stake, and as new as can be.
      const kin = await addProvider(world, `${driver.participantId}-kin`, {
        controlGroup: 'one-owner',
        registeredAtMs: await world.clock.follow(),
        checksPassed: 0,
      });
      await driver.until(isAt('P1'));
      const other = new CaseDriver(world, { participantId: kin.participantId });
      expect(await other.standing()).toBe('suspended');
      const third = addProvider(world, `${driver.participantId}-third`, {
        controlGroup: 'one-owner',
      });
      await expect(third).rejects.toMatchObject({ code: 'control-group-suspended' });

      await driver.advance(HOUR_MS);
      await correct(driver);
      await seekRestoration(driver);
      await driver.until((record) => record.stage === 'ended');
      expect(await other.standing()).toBe('probation');

      // Same hands, same family: the second time, and in probation (rules C6, C11).
      await other.fire();
      const warned = await other.until(isAt('W'));
      expect(warned).toMatchObject({
        recurrence: { counted: 1, onlyWarnings: false, probation: true },
        startRung: 'P2',
      });
      // Nor is it spared as a newcomer would be: the group is as old as its first id.
      expect(await other.until(isAt('P2'))).toMatchObject({
        money: { pendingUnits: P2_UNITS.toString() },
      });
      await other.leave();
    },
  );
});

describe.concurrent('not being reached (rules A7, A10, B3)', () => {
  scenario(
    'make the endpoint unreachable: the inbox serves after 48 hours, and every rung comes',
    {},
    async (driver, world) => {
      const { participantId } = driver;
      world.outside.setDeaf(participantId, true);
      // Nor does a look of our own get anywhere.
      world.outside.showAs(participantId, driver.node(1), null);
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      expect(warned.announcementServedAtMs).toBeNull();
      const warnedMs = imposedAt(warned, 'W');
      expect(about(warned.nextDeadlineMs, warnedMs + 2 * DAY_MS)).toBe(warnedMs + 2 * DAY_MS);
      expect(await driver.advance(47 * HOUR_MS)).toMatchObject({
        rung: 'W',
        announcementServedAtMs: null,
        money: { pendingUnits: '0' },
      });
      const served = await driver.advance(2 * HOUR_MS);
      expect(about(served.announcementServedAtMs, warnedMs + 2 * DAY_MS)).toBe(
        warnedMs + 2 * DAY_MS,
      );
      const { items } = await world.registry.notices(participantId, undefined, 10);
      expect(items).toMatchObject([{ servedBy: 'fallback' }]);
      expect(items[0]?.tries).toBeGreaterThan(1);
      const p1 = await driver.until(isAt('P1'));
      expect(about(imposedAt(p1, 'P1'), warnedMs + 3 * DAY_MS)).toBe(warnedMs + 3 * DAY_MS);
      expect(await charged(driver)).toBe(P1_UNITS);
      expect(await driver.standing()).toBe('suspended');

      // Each notice is late by itself, and by no more than that.
      await driver.advance(3 * DAY_MS);
      const p2 = await driver.until(isAt('P2'));
      expect(about(imposedAt(p2, 'P2'), imposedAt(p2, 'P1') + 5 * DAY_MS)).toBe(
        imposedAt(p2, 'P1') + 5 * DAY_MS,
      );
      expect(await charged(driver)).toBe(P2_UNITS);
      // What nobody can look at is not corrected either.
      await driver.clear();
      expect(await driver.advance(DAY_MS)).toMatchObject({ rung: 'P2', correctedAtMs: null });
      expect(await driver.standing()).toBe('suspended');
    },
  );
});

describe.concurrent('contesting (rules D7, E5)', () => {
  scenario(
    'dispute everything: each decision once, it waits no longer than its dispute, and all is paid',
    {},
    async (driver) => {
      const again = (record: Awaited<ReturnType<CaseDriver['record']>>, rung: 'P1' | 'P2' | 'S1') =>
        driver.act(driver.participantId, {
          kind: 'openDispute',
          decisionId: decisionOf(record, rung),
          grounds: 'again',
        });
      await driver.fire();
      const p1 = await driver.until(isAt('P1'));
      // As late as it delays most: an hour before P2 would come.
      await driver.advance(3 * DAY_MS - HOUR_MS);
      const first = await dispute(driver, 'P1');
      const p2 = await driver.until(isAt('P2'));
      const p2Ms = imposedAt(p1, 'P1') + 11 * DAY_MS - HOUR_MS;
      expect(about(imposedAt(p2, 'P2'), p2Ms)).toBe(p2Ms);
      await expect(again(p2, 'P2')).rejects.toMatchObject({ code: 'already-disputed' });
      await rule(driver, 'reviewer-9', first, { result: 'upheld' });

      await driver.until(isProposed);
      await approveAll(driver);
      const s1 = await driver.until(isAt('S1'));
      const s1Ms = imposedAt(s1, 'S1');
      expect(about(s1Ms, p2Ms + 7 * DAY_MS)).toBe(p2Ms + 7 * DAY_MS);
      const second = await dispute(driver, 'S1');
      // An hour before another panel would be asked.
      await driver.advance(21 * DAY_MS - HOUR_MS);
      await ruleTwice(driver, second, { result: 'upheld' });
      await expect(again(s1, 'S1')).rejects.toMatchObject({ code: 'already-disputed' });
      await driver.advance(9 * DAY_MS + 2 * HOUR_MS);
      expect(await driver.record()).toMatchObject({
        money: { pendingUnits: '0', finalUnits: S1_UNITS.toString() },
      });
      expect(await driver.standing()).toBe('suspended');
    },
  );
});

describe.concurrent('being well for a moment (rules A4, A10)', () => {
  scenario(
    'flap just under the window: the clock of the rung stands still in each gap, and is never set back',
    {},
    async (driver, world) => {
      const { participantId } = driver;
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      let quietMs = 0;
      const flap = async (firingMs: number, gapMs: number) => {
        await driver.advance(firingMs);
        await driver.clear();
        quietMs += gapMs;
        await driver.advance(gapMs);
        await driver.fire();
      };
      // Well for less than the hold-down, and for less than the reopen window; the last time in the last minutes of the grace.
      await flap(9 * HOUR_MS, 14 * MINUTE_MS);
      await flap(9 * HOUR_MS, 23 * HOUR_MS);
      await flap(6 * HOUR_MS - 2 * MINUTE_MS, 14 * MINUTE_MS);
      const p1 = await driver.until(isAt('P1'));
      const p1Ms = imposedAt(warned, 'W') + DAY_MS + quietMs;
      expect(about(imposedAt(p1, 'P1'), p1Ms)).toBe(p1Ms);
      expect(await charged(driver)).toBe(P1_UNITS);

      quietMs = 0;
      await flap(30 * HOUR_MS, 71 * HOUR_MS);
      await flap(30 * HOUR_MS, 71 * HOUR_MS);
      const p2 = await driver.until(isAt('P2'));
      const p2Ms = p1Ms + 3 * DAY_MS + quietMs;
      expect(about(imposedAt(p2, 'P2'), p2Ms)).toBe(p2Ms);
      expect(await charged(driver)).toBe(P2_UNITS);
      // All of it was one case; no gap gave a fresh start.
      const { items } = await createCaseReader(world.store).list({ participantId, limit: 50 });
      expect(items.map((record) => record.caseId)).toEqual([driver.caseId]);
    },
  );
});
