import { describe, expect } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { caseWorkflowId } from '../../contracts/temporal.ts';
import { priorityOf, reputationIn } from '../../domain/reputation/track.ts';
import { shadowReport } from '../../domain/shadow/report.ts';
import { CaseDriver } from './case-driver.ts';
import type { CaseWorld } from './case-world.ts';
import { approveAll, correct, seekRestoration } from './people.ts';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

/** Violation types in shadow and what cases do to a reputation, each shown by a case that is lived through the whole system. */

const scenario = oneWorld({ inShadow: ['downtime', 'subpar-delivery'] });

/** Nothing of the participant's money and access has moved, and nobody was told of anything (invariant H15). */
async function expectUntouched(
  driver: CaseDriver,
  world: CaseWorld,
  before: Awaited<ReturnType<CaseDriver['ledger']>>,
): Promise<void> {
  const { participantId } = driver;
  expect(await driver.ledger()).toEqual(before);
  expect(await world.cases.sanctions(participantId)).toEqual([]);
  expect((await world.registry.notices(participantId, undefined, 10)).items).toEqual([]);
  const { items } = await world.registry.transfers(participantId, undefined, 10);
  expect(items.map(({ kind }) => kind)).toEqual(['deposit']);
  expect((await world.registry.reviews(undefined, 100)).items).not.toContainEqual(
    expect.objectContaining({ participantId }),
  );
}

async function kindsOf(driver: CaseDriver, world: CaseWorld): Promise<string[]> {
  const timeline = createCaseReader(world.store).timeline(driver.caseId, undefined, 200);
  return (await timeline).items.map(({ kind }) => kind);
}

describe('a violation type in shadow', () => {
  scenario('climbs as a real one would, and nothing happens', {}, async (driver, world) => {
    const before = await driver.ledger();
    await driver.fire();
    const warned = await driver.until(isAt('W'));
    const warnedMs = imposedAt(warned, 'W');
    await driver.until(isAt('P2'));
    await expectUntouched(driver, world, before);
    const proposed = await driver.until(isProposed);
    expect(proposed.proposal).toMatchObject({ heldUnits: '0', wouldHoldUnits: '90000' });
    const severe = await driver.until(isAt('S1'));
    expect(severe).toMatchObject({
      shadow: true,
      suspendedUntilMs: null,
      money: { heldUnits: '0', pendingUnits: '0', finalUnits: '0' },
    });
    expect(severe.imposed).toMatchObject([
      { rung: 'W', chargedUnits: '0', wouldChargeUnits: '0', money: 'none' },
      { rung: 'P1', chargedUnits: '0', wouldChargeUnits: '1000', money: 'none' },
      { rung: 'P2', chargedUnits: '0', wouldChargeUnits: '9000', money: 'none' },
      { rung: 'S1', chargedUnits: '0', wouldChargeUnits: '90000', money: 'none' },
    ]);
    for (const [rung, days] of [
      ['P1', 1],
      ['P2', 4],
      ['S1', 11],
    ] as const) {
      const expectedMs = warnedMs + days * DAY_MS;
      expect(about(imposedAt(severe, rung), expectedMs), rung).toBe(expectedMs);
    }
    await expectUntouched(driver, world, before);
    await driver.advance(HOUR_MS);
    await correct(driver);
    const ended = await driver.finish();
    // There is nothing to restore and nothing to settle.
    expect(ended).toMatchObject({
      outcome: 'corrected',
      workflowId: caseWorkflowId('main', driver.caseId),
    });
    await expectUntouched(driver, world, before);
    const kinds = await kindsOf(driver, world);
    expect(kinds.filter((kind) => kind === 'would-impose')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === 'would-propose')).toHaveLength(1);
    expect(kinds).not.toContain('rung-imposed');
    expect(kinds).not.toContain('rung-proposed');
    expect(kinds).not.toContain('settled');
  });

  scenario(
    'excludes nobody: what fires on opens the next case',
    { severity: 'major' },
    async (driver, world) => {
      const before = await driver.ledger();
      await driver.fire();
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended).toMatchObject({ shadow: true, outcome: 'excluded', rung: 'S2' });
      expect(await driver.standing()).toBe('active');
      await expectUntouched(driver, world, before);
      await driver.advance(DAY_MS);
      const { participantId, severity } = driver;
      const next = new CaseDriver(world, { participantId, severity });
      await next.adopt();
      expect(next.caseId).not.toBe(driver.caseId);
      // Nothing counted, so the next one starts as a first one does.
      const again = await next.until(isAt('W'));
      expect(again).toMatchObject({ shadow: true, recurrence: { counted: 0 } });
      await next.leave();
    },
  );

  scenario('is reported with what it would have done', {}, async (driver, world) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    const reader = createCaseReader(world.store);
    const { items } = await reader.list({ shadow: true, limit: 200 });
    const own = items.filter(({ participantId }) => participantId === driver.participantId);
    expect(shadowReport(own)).toMatchObject([
      {
        violationType: 'downtime',
        cases: 1,
        wouldImpose: { W: 1, P1: 1 },
        wouldChargeUnits: 1_000n,
      },
    ]);
    const real = await reader.list({ shadow: false, limit: 200 });
    expect(real.items.map(({ caseId }) => caseId)).not.toContain(driver.caseId);
  });

  scenario(
    'that goes live leaves its open case in shadow, and the next one is real',
    { violationType: 'subpar-delivery' },
    async (driver, world) => {
      const before = await driver.ledger();
      await driver.fire();
      await driver.until(isAt('W'));
      const types = { ...world.policy.violationTypes };
      const type = types['subpar-delivery'];
      if (!type) throw new Error('no such type');
      types['subpar-delivery'] = { ...type, shadow: false };
      const nowMs = await world.clock.follow();
      const live = { ...world.policy, version: 'live-1', hash: 'live-1', violationTypes: types };
      await putPolicy(world.store, live, nowMs);
      const punished = await driver.until(isAt('P1'));
      expect(punished).toMatchObject({ shadow: true, policyVersion: world.policy.version });
      await expectUntouched(driver, world, before);
      await driver.advance(HOUR_MS);
      await correct(driver);
      await driver.until((record) => record.stage === 'ended');
      await driver.advance(DAY_MS);
      await driver.fire();
      await driver.adopt();
      const next = await driver.until(isAt('P1'));
      expect(next).toMatchObject({ shadow: false, policyVersion: 'live-1' });
      // The one in shadow left nothing that this one could count.
      expect(next.recurrence).toMatchObject({ counted: 0 });
      expect((await driver.ledger()).balances.pending).toBe(1_000n);
      expect(await driver.standing()).toBe('suspended');
    },
  );
});

describe('reputation', () => {
  scenario(
    'falls with each rung by its weight, and a severe one opens a review',
    { violationType: 'node-compromise', severity: 'minor' },
    async (driver, world) => {
      const law = world.policy.reputation;
      const scoreAt = async (atMs: number) =>
        reputationIn('security', (await driver.ledger()).cases, law, atMs).score;
      await driver.fire();
      await driver.until(isAt('W'));
      expect(await scoreAt(await world.clock.follow())).toBe('1.0000');
      const punished = await driver.until(isAt('P1'));
      expect(await scoreAt(imposedAt(punished, 'P1'))).toBe('0.9950');
      const second = await driver.until(isAt('P2'));
      expect(await scoreAt(imposedAt(second, 'P2'))).toBe('0.9852');
      await driver.until(isProposed);
      await approveAll(driver);
      const severe = await driver.until(isAt('S1'));
      const severeMs = imposedAt(severe, 'S1');
      expect(await scoreAt(severeMs)).toBe('0.9259');
      expect(priorityOf((await driver.ledger()).cases, law, severeMs)).toBe('review');
      const { participantId } = driver;
      const { items } = await world.registry.reviews(undefined, 100);
      expect(items.filter((review) => review.participantId === participantId)).toEqual([
        {
          participantId,
          family: 'security',
          openedAtMs: severeMs,
          caseId: driver.caseId,
          decisionId: severe.imposed.at(-1)?.decisionId,
          score: '0.9259',
        },
      ]);
      const kinds = await kindsOf(driver, world);
      expect(kinds.filter((kind) => kind === 'reputation-review-opened')).toHaveLength(1);
      // Final with its money, and half forgotten by then.
      await driver.advance(HOUR_MS);
      await correct(driver);
      await driver.advance(30 * DAY_MS);
      const late = severeMs + 31 * DAY_MS;
      const reputation = reputationIn('security', (await driver.ledger()).cases, law, late);
      expect(reputation).toMatchObject({ provisionalWeightFixed: 0n, band: 'lower-priority' });
      expect(reputation.causes).toMatchObject([{ rung: 'S1', isFinal: true }]);
    },
  );

  scenario(
    'weighs a rung that charged nothing too, provisional until its decision is final',
    { violationType: 'node-compromise', severity: 'minor', stakeUnits: 100n },
    async (driver, world) => {
      const reputation = async () =>
        reputationIn(
          'security',
          (await driver.ledger()).cases,
          world.policy.reputation,
          await world.clock.follow(),
        );
      await driver.fire();
      const punished = await driver.until(isAt('P1'));
      expect(punished.imposed.at(-1)).toMatchObject({ chargedUnits: '0', money: 'none' });
      expect((await reputation()).causes).toMatchObject([{ rung: 'P1', isFinal: false }]);
      await driver.advance(HOUR_MS);
      await correct(driver);
      await driver.advance(20 * DAY_MS);
      // The stake is below the minimum: the case stays in restoration, and its decision waits for the end of the episode.
      expect(await driver.record()).toMatchObject({ stage: 'restoring' });
      const units = world.policy.minimumStakeUnits;
      const deposit = {
        participantId: driver.participantId,
        externalRef: 'more',
        units: BigInt(units),
      };
      await world.registry.deposit(deposit, { actor: 't', atMs: await world.clock.follow() });
      await seekRestoration(driver);
      await driver.finish();
      expect((await reputation()).causes).toMatchObject([{ rung: 'P1', isFinal: true }]);
    },
  );
});
