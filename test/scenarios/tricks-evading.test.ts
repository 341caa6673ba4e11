import { describe, expect } from 'vitest';
import { blockedUnits, freeUnits } from '../../domain/law/blocks.ts';
import type { CaseDriver } from './case-driver.ts';
import { askToLeave, onlyExit, pass, payIn } from './exits.ts';
import { approveAll, correct } from './people.ts';
import { STAKE_UNITS } from './providers.ts';
import { DAY_MS, HOUR_MS, isAt, isProposed, oneWorld } from './scenario.ts';

/**
 * Rule D8, shown against everything that a participant may try so that less can be charged. Each trick is lived through the whole
 * system: two monitors, the real workflows of case and withdrawal, and the law's own weeks.
 */

const scenario = oneWorld();

/** What a minor downtime of the whole stake costs in all at S1: 100 bps. */
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

describe('D8: a withdrawal waits for cases', () => {
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
});

describe('C8: a share shrinks after its notice', () => {
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
      await declare(1, 1);
      await driver.until(isAt('W'));
      await declare(2, 1_000);
      const act = { actor: 'admin', atMs: await world.clock.follow() };
      await expect(
        registry.releaseResource(driver.participantId, driver.node(1), act, policy),
      ).rejects.toMatchObject({ code: 'resource-has-open-case' });
      await climb(driver);
      expect(await charged(driver)).toBe(quarter);
    },
  );
});
