import { describe, expect } from 'vitest';
import type { CaseAction } from '../../domain/case/actions.ts';
import { blocksOf } from '../../domain/law/blocks.ts';
import { cutsOn } from '../../domain/law/reward-cut.ts';
import { CaseDriver } from './case-driver.ts';
import { approve, approveAll, correct, seekRestoration } from './people.ts';
import { addProvider } from './providers.ts';
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

/** Rules on standing, causes, newcomers and control groups, each shown by a case that is lived through the whole system. */

const scenario = oneWorld();

const appeal: CaseAction = { kind: 'appeal', grounds: 'repaired' };
const remedy: CaseAction = { kind: 'submitRemediation', cause: 'a worm', actions: 'rebuilt' };
const confirm: CaseAction = { kind: 'confirmRemediation', note: 'seen' };
const ask: CaseAction = { kind: 'askReadmission', grounds: 'rebuilt from the ground up' };
const finding = (result: 'pass' | 'fail'): CaseAction => ({
  kind: 'recordFinding',
  result,
  note: 'seen on site',
});

/** Through the first severe rung, and an hour beyond. */
async function climbToS1(driver: CaseDriver): Promise<void> {
  await driver.fire();
  await driver.until(isProposed);
  await approveAll(driver);
  await driver.until(isAt('S1'));
  await driver.advance(HOUR_MS);
}

describe.concurrent('C8: a control group is one before the law', () => {
  scenario('another owner is not touched', { controlGroup: 'an-owner' }, async (driver, world) => {
    const stranger = await addProvider(world, `${driver.participantId}-stranger`);
    await driver.fire();
    await driver.until(isAt('P1'));
    const other = new CaseDriver(world, { participantId: stranger.participantId });
    expect(await other.standing()).toBe('active');
    await other.fire();
    expect(await other.until(isAt('W'))).toMatchObject({
      recurrence: { counted: 0 },
      startRung: 'W',
    });
    await other.leave();
  });
});

describe.concurrent('C9: one cause is charged once', () => {
  scenario(
    'a brief fault in front of it spares a lasting one nothing: charge, access, block and recurrence are its own',
    {},
    async (driver, world) => {
      const { participantId } = driver;
      const brief = new CaseDriver(world, {
        participantId,
        violationType: 'subpar-delivery',
        severity: 'moderate',
      });
      await brief.fire();
      await driver.fire();
      await driver.advance(20 * MINUTE_MS);
      expect((await driver.until(isAt('W'))).startRung).toBe('W');
      await correct(brief);
      // Our own look at the node finds it down as before.
      await driver.fire();
      await driver.until(isAt('P2'));
      const { cases } = await driver.ledger();
      const own = cases.find((entry) => entry.caseId === driver.caseId);
      expect(own).toMatchObject({ inert: 'cause', behind: brief.caseId, servedRung: 'P2' });
      expect(await driver.standing()).toBe('suspended');
      const ledger = await driver.ledger();
      // The dearest rung within reach, S1, is kept from leaving but for what it has taken.
      expect(blocksOf(ledger)).toEqual([{ caseId: driver.caseId, units: 90_000n }]);
      const sanctions = await world.cases.sanctions(participantId);
      const earnedAtMs = await world.clock.follow();
      const reward = { earnedAtMs, creditedAtMs: earnedAtMs };
      expect(cutsOn(reward, sanctions, cases)).toEqual([
        { caseId: driver.caseId, bps: 10_000, barred: true },
      ]);
      const next = new CaseDriver(world, {
        participantId,
        violationType: 'subpar-delivery',
        severity: 'minor',
      });
      await driver.advance(3 * HOUR_MS);
      await next.fire();
      expect(await next.until(isAt('W'))).toMatchObject({
        recurrence: { counted: 1, onlyWarnings: false },
      });
      for (const one of [brief, next]) await one.leave();
    },
  );

  scenario(
    'of an outage that shows as two types one case charges, the other is recorded',
    {},
    async (driver, world) => {
      const { participantId } = driver;
      await driver.fire();
      await driver.advance(20 * MINUTE_MS);
      const slow = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
      await slow.fire();
      await slow.until(isAt('W'));
      expect(await slow.record()).toMatchObject({
        inert: { because: 'cause', caseId: driver.caseId },
        recurrence: { counted: 0 },
      });
      await driver.until(isAt('P1'));
      const waits = await slow.advance(2 * DAY_MS);
      expect(waits).toMatchObject({ rung: 'W', announcedRung: 'P1', money: { pendingUnits: '0' } });
      expect(waits.waitsFor).toContain(driver.caseId);
      const { cases, balances } = await driver.ledger();
      expect(balances.pending).toBe(1_000n);
      expect(cases.find((entry) => entry.caseId === slow.caseId)).toMatchObject({
        counts: false,
        inert: 'cause',
        parts: [],
      });

      // The outage ends, the slowness goes on: from here on it stands for itself, with its full grace.
      await correct(driver);
      await slow.fire();
      const again = await slow.until((record) => record.inert === undefined);
      expect(again).toMatchObject({ rung: 'W', announcedRung: 'P1' });
      const p1 = await slow.until(isAt('P1'));
      const announcedMs = again.announcementServedAtMs ?? 0;
      expect(imposedAt(p1, 'P1')).toBeGreaterThanOrEqual(announcedMs + DAY_MS);
      // What the lead has charged for the same rung is not charged again.
      expect(p1.money).toMatchObject({ pendingUnits: '0' });
      await slow.leave();
    },
  );

  scenario(
    'who is suspended for a node is not charged for what else it shows',
    {},
    async (driver, world) => {
      const { participantId } = driver;
      await driver.fire();
      await driver.until(isAt('P1'));
      const slow = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
      await slow.fire();
      const warned = await slow.until(isAt('W'));
      expect(warned).toMatchObject({
        inert: { because: 'consequential', caseId: driver.caseId },
      });
      // The case that suspended goes on.
      await driver.until(isAt('P2'));
      expect(await slow.advance(DAY_MS)).toMatchObject({ rung: 'W', money: { pendingUnits: '0' } });
      expect((await driver.ledger()).balances.pending).toBe(10_000n);
      await slow.clear();
      await slow.leave();
    },
  );
});

describe.concurrent('C7: new providers', () => {
  scenario(
    'a performance slash is nothing, a suspension is not; once for the whole group',
    { controlGroup: 'new-hands', registeredAtMs: Date.now(), checksPassed: 0 },
    async (driver, world) => {
      await driver.fire();
      const p1 = await driver.until(isAt('P1'));
      expect(p1.money).toMatchObject({ pendingUnits: '0', finalUnits: '0' });
      expect(await driver.standing()).toBe('suspended');
      await driver.advance(HOUR_MS);
      await correct(driver);
      await seekRestoration(driver);
      await driver.until((record) => record.stage === 'ended');
      // Restoration ran three checks; the network's own checkers report the rest.
      const { participantId } = driver;
      expect((await world.registry.read(participantId))?.checksPassed).toBe(3);
      const report = { participantId, externalRef: `probes-of-${participantId}`, passed: 97 };
      const atMs = await world.clock.follow();
      await world.registry.recordChecks(report, { actor: 'prober', atMs });
      await driver.advance(22 * DAY_MS);

      const late = await addProvider(world, `${participantId}-late`, {
        controlGroup: 'new-hands',
        registeredAtMs: await world.clock.follow(),
        checksPassed: 0,
      });
      const other = new CaseDriver(world, { participantId: late.participantId });
      await other.fire();
      const charged = await other.until(isAt('P1'));
      expect(charged.money).toMatchObject({ pendingUnits: '1000' });
      await other.leave();
    },
  );
});

describe.concurrent('C10: a shortfall that is ours', () => {
  scenario(
    'gets time to top up, and neither slash nor recurrence',
    { stakeUnits: 10_000n },
    async (driver, world) => {
      const { participantId } = driver;
      await driver.fire();
      await driver.until(isAt('P1'));
      await driver.advance(HOUR_MS);
      await correct(driver);
      const final = await driver.advance(15 * DAY_MS);
      expect(final.money).toMatchObject({ finalUnits: '1' });

      const short = new CaseDriver(world, { participantId, violationType: 'stake-shortfall' });
      await short.fire();
      const told = await short.until((record) => record.waitsFor === 'the stake to be topped up');
      expect(told).toMatchObject({ stage: 'confirming', rung: null });
      const { items } = await world.registry.notices(participantId, undefined, 1);
      expect(items[0]?.notice).toMatchObject({ kind: 'top-up', graceMs: 168 * HOUR_MS });
      const toldMs = await world.clock.follow();
      const over = await short.until((record) => record.stage === 'ended');
      expect(over).toMatchObject({ outcome: 'unconfirmed', money: { pendingUnits: '0' } });
      expect((over.endedAtMs ?? 0) - toldMs).toBeGreaterThan(167 * HOUR_MS);
      // What it had kept from leaving is free again, and nothing else of it is remembered (rules D8, A4).
      const entry = (await driver.ledger()).cases.find(({ caseId }) => caseId === short.caseId);
      expect(entry).toMatchObject({ counts: false, servedRung: null, parts: [], blockUnits: 0n });
      await short.leave();
    },
  );

  scenario(
    'one that is its own is a violation like any other',
    { stakeUnits: 9_000n, violationType: 'stake-shortfall' },
    async (driver) => {
      await driver.fire();
      expect(await driver.until(isAt('W'))).toMatchObject({ announcedRung: 'P1' });
    },
  );
});

describe.concurrent('C5: the way back from an exclusion', () => {
  scenario(
    'takes 180 days, two governors of two organisations, auditors and the whole gate',
    { violationType: 'node-compromise', severity: 'critical' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isProposed);
      await approveAll(driver);
      await driver.until(isAt('S1'));
      await driver.until(isProposed);
      await approveAll(driver);
      const out = await driver.until((record) => record.stage === 'ended');
      expect(out.outcome).toBe('excluded');
      await driver.clear();
      await driver.finish();
      const owner = driver.participantId;
      await expect(driver.act(owner, ask)).rejects.toMatchObject({
        code: 'readmission-too-early',
      });
      expect(await driver.standing()).toBe('excluded');

      await driver.advance((out.endedAtMs ?? 0) + 181 * DAY_MS - (await world.clock.follow()));
      await driver.act(owner, ask);
      await expect(driver.act(owner, ask)).rejects.toMatchObject({ code: 'readmission-open' });
      expect(await driver.record()).toMatchObject({
        stage: 'restoring',
        outcome: 'excluded',
        proposal: { kind: 'readmit' },
      });
      await driver.act(owner, remedy);
      await driver.act('operator-1', confirm);
      await driver.act('auditor-1', finding('pass'));
      await driver.act('auditor-2', finding('pass'));
      await approve(driver, 'governor-1');
      await expect(
        approve(driver, 'governor-9', { organisation: 'org-of-governor-1' }),
      ).rejects.toMatchObject({ code: 'same-organisation' });
      await driver.advance(2 * DAY_MS);
      expect(await driver.standing()).toBe('excluded');
      await approve(driver, 'governor-2');
      const back = await driver.until((record) => record.outcome === 'reinstated');
      expect(await driver.standing()).toBe('probation');
      expect(about(back.probationUntilMs, (back.endedAtMs ?? 0) + 84 * DAY_MS)).toBe(
        (back.endedAtMs ?? 0) + 84 * DAY_MS,
      );
      await driver.finish();
      expect(await driver.standing()).toBe('active');
    },
  );

  scenario(
    'undecided for 30 days, the exclusion stands, and it may be asked for again',
    { violationType: 'node-compromise', severity: 'critical' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isProposed);
      await approveAll(driver);
      await driver.until(isAt('S1'));
      await driver.until(isProposed);
      await approveAll(driver);
      const out = await driver.until((record) => record.stage === 'ended');
      await driver.clear();
      await driver.finish();
      await driver.advance((out.endedAtMs ?? 0) + 181 * DAY_MS - (await world.clock.follow()));
      const owner = driver.participantId;
      await driver.act(owner, ask);
      await approve(driver, 'governor-1');
      await approve(driver, 'governor-2');
      // Governors alone are not the gate.
      const over = await driver.until((record) => record.stage === 'ended');
      expect(over).toMatchObject({ outcome: 'excluded', proposal: null });
      expect(await driver.standing()).toBe('excluded');
      await driver.act(owner, ask);
      expect(await driver.record()).toMatchObject({ stage: 'restoring' });
    },
  );
});

describe.concurrent('E6: audits that are late or fail', () => {
  scenario(
    'a late audit ends the reward cut, and is called overdue again at twice its term',
    { severity: 'major' },
    async (driver, world) => {
      await climbToS1(driver);
      await correct(driver);
      await driver.act(driver.participantId, remedy);
      await driver.act('operator-1', confirm);
      await driver.act(driver.participantId, appeal);
      const askedMs = await world.clock.follow();
      expect((await driver.sanction())?.rewardCutUntilMs).toBeGreaterThan(askedMs + 20 * DAY_MS);
      await driver.advance(15 * DAY_MS);
      const cutUntilMs = (await driver.sanction())?.rewardCutUntilMs ?? null;
      expect(about(cutUntilMs, askedMs + 14 * DAY_MS)).toBe(askedMs + 14 * DAY_MS);
      expect(await driver.standing()).toBe('suspended');
      await driver.advance(14 * DAY_MS);
      expect((await driver.state()).auditsOverdue).toBe(2);
      await driver.act('auditor-1', finding('pass'));
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended.outcome).toBe('reinstated');
    },
  );

  scenario(
    'three failed audits in a row, and no appeal for 28 days',
    { severity: 'major' },
    async (driver) => {
      const { participantId } = driver;
      await climbToS1(driver);
      await correct(driver);
      for (const auditor of ['auditor-1', 'auditor-2', 'auditor-3']) {
        await driver.act(participantId, remedy);
        await driver.act('operator-1', confirm);
        await driver.act(participantId, appeal);
        await driver.act(auditor, finding('fail'));
      }
      await driver.act(participantId, remedy);
      await driver.act('operator-1', confirm);
      await expect(driver.act(participantId, appeal)).rejects.toMatchObject({
        code: 'audit-cooldown',
      });
      await driver.advance(29 * DAY_MS);
      await driver.act(participantId, appeal);
      await driver.act('auditor-4', finding('pass'));
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended.outcome).toBe('reinstated');
    },
  );
});
