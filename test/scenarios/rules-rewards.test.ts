import { describe, expect } from 'vitest';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { rewardMultiplier } from '../../domain/law/reward-cut.ts';
import { caseFaults } from '../../domain/ledger/conservation.ts';
import { creditReward } from '../../functions/participants-api/operations/credit-reward.ts';
import type { CaseDriver } from './case-driver.ts';
import { dispute, rule } from './disputing.ts';
import { approveAll, correct, seekRestoration } from './people.ts';
import { addProvider, STAKE_UNITS } from './providers.ts';
import { about, DAY_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

/** Rule C3 and rule D5, each shown by rewards that are credited beside a case that is lived through the whole system. */

const scenario = oneWorld();
let serial = 0;

/** Credits a reward through the operation of the API; returns what was withheld. */
async function credit(
  { world, participantId }: Pick<CaseDriver, 'world' | 'participantId'>,
  units: bigint,
  earnedAtMs: number,
): Promise<bigint> {
  serial += 1;
  const { body } = await creditReward(
    { ledger: world.cases, keys: createIdempotencyKeys(world.store) },
    {
      params: { participantId },
      query: {},
      body: {
        amount: { asset: world.policy.asset, units: units.toString() },
        earnedAt: new Date(earnedAtMs).toISOString(),
        externalRef: `wage-${serial}`,
      },
      principal: {
        account: 'tess',
        person: 'tess',
        organisation: 'network',
        roles: ['treasurer'],
        participantId: null,
        controlGroup: null,
      },
      ownOnly: null,
      key: `key-of-wage-${serial}`,
      nowMs: await world.clock.follow(),
    },
  );
  return BigInt(body.withheldUnits);
}

const multiplier = async (driver: CaseDriver) =>
  rewardMultiplier(
    await driver.world.cases.sanctions(driver.participantId),
    await driver.world.clock.follow(),
  );

describe('C3: rewards beside a case', () => {
  scenario(
    'a reward earned before is cut, one earned in the suspension is withheld, one earned after both is whole',
    { severity: 'moderate' },
    async (driver) => {
      const before = await driver.world.clock.follow();
      expect(await credit(driver, 1_000n, before)).toBe(0n);
      await driver.fire();
      const p1Ms = imposedAt(await driver.until(isAt('P1')), 'P1');
      expect(await multiplier(driver)).toEqual({ bps: 0, untilMs: null });
      expect(await credit(driver, 1_000n, before)).toBe(100n);
      expect(await credit(driver, 1_000n, p1Ms)).toBe(1_000n);
      await correct(driver);
      await seekRestoration(driver);
      await driver.until((record) => record.stage === 'ended');
      const { bps, untilMs } = await multiplier(driver);
      expect([bps, about(untilMs, p1Ms + 7 * DAY_MS)]).toEqual([9_000, p1Ms + 7 * DAY_MS]);
      // Credited after the return, it was earned in the suspension all the same.
      expect(await credit(driver, 1_000n, p1Ms + 1)).toBe(1_000n);
      await driver.advance(8 * DAY_MS);
      expect(await multiplier(driver)).toEqual({ bps: 10_000, untilMs: null });
      expect(await credit(driver, 1_000n, await driver.world.clock.follow())).toBe(0n);
    },
  );

  scenario(
    'security S1 takes all while suspended, and half for thirty days after the return',
    { violationType: 'node-compromise', severity: 'major' },
    async (driver) => {
      const before = await driver.world.clock.follow();
      await driver.fire();
      await driver.until(isProposed);
      await approveAll(driver);
      await driver.until(isAt('S1'));
      expect(await credit(driver, 1_000n, before)).toBe(1_000n);
      await correct(driver);
      await seekRestoration(driver);
      const { endedAtMs } = await driver.until((record) => record.stage === 'ended');
      const { bps, untilMs } = await multiplier(driver);
      const expected = (endedAtMs ?? 0) + 30 * DAY_MS;
      // Half, scaled by severity: one and a half for major.
      expect([bps, about(untilMs, expected)]).toEqual([2_500, expected]);
    },
  );

  scenario('D5: unpaid rewards earned by the fault pay first', {}, async (driver) => {
    const before = await driver.world.clock.follow();
    await credit(driver, 400n, before);
    await driver.fire();
    await driver.until(isAt('P1'));
    const { balances, cases } = await driver.ledger();
    expect(cases[0]?.parts).toMatchObject([{ rewardUnits: 400n, stakeUnits: 600n }]);
    expect(balances).toMatchObject({ rewardsUnpaid: 0n, available: STAKE_UNITS - 600n });
  });
});

describe('C8 and D10: a fall, and the rewards of the kin', () => {
  /** The withheld and the unpaid units of both, while they are the same. */
  const ofBoth = async (driver: CaseDriver, kinId: string) => {
    const own = await driver.ledger();
    const kin = await driver.world.cases.snapshot(kinId);
    expect([...caseFaults(own), ...caseFaults(kin)]).toEqual([]);
    expect(kin.balances.withheld).toBe(own.balances.withheld);
    expect(kin.unpaidRewards).toEqual(own.unpaidRewards);
    return own.balances.withheld;
  };

  for (const [title, said, due] of [
    [
      'a reduction keeps what the rung that stands cuts and bars, in each of the group',
      { result: 'reduced', toRung: 'P1' },
      10_100n,
    ],
    ['a reduction to a warning gives all back to each', { result: 'reduced', toRung: 'W' }, 0n],
    [
      'a case that falls whole gives all back to each',
      { result: 'overturned', reasonCode: 'platform-fault' },
      0n,
    ],
  ] as const)
    scenario(
      title,
      { severity: 'moderate', controlGroup: `of-two-ids-${due}-${said.result}` },
      async (driver, world) => {
        const { participantId } = await addProvider(world, `${driver.participantId}-too`, {
          controlGroup: `of-two-ids-${due}-${said.result}`,
        });
        const both = [driver, { world, participantId }];
        const beforeMs = await world.clock.follow();
        await driver.fire();
        const p2Ms = imposedAt(await driver.until(isAt('P2')), 'P2');
        for (const one of both) {
          expect(await credit(one, 10_000n, p2Ms)).toBe(10_000n);
          expect(await credit(one, 1_000n, beforeMs)).toBe(250n);
        }
        await rule(driver, 'reviewer-1', await dispute(driver, 'P2'), said);
        expect(await ofBoth(driver, participantId)).toBe(due);
      },
    );
});
