import { describe, expect } from 'vitest';
import { CaseDriver } from './case-driver.ts';
import { approve, approveAll, correct, seekRestoration } from './people.ts';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

/** Rules on notices, the ladder and recurrence, each shown by a case that is lived through the whole system. */

const scenario = oneWorld();

describe.concurrent('A7: windows run from the served notice', () => {
  scenario('reading a notice serves it', {}, async (driver, world) => {
    world.outside.setDeaf(driver.participantId, true);
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.advance(5 * HOUR_MS);
    const { items } = await world.registry.notices(driver.participantId, undefined, 10);
    const noticeId = items[0]?.notice.noticeId ?? '';
    const readMs = await world.clock.follow();
    await world.registry.readNotice(driver.participantId, noticeId, readMs);
    const p1 = await driver.advance(26 * HOUR_MS);
    expect(p1.rung).toBe('P1');
    expect(about(imposedAt(p1, 'P1'), readMs + DAY_MS)).toBe(readMs + DAY_MS);
  });
});

describe.concurrent('A8, C12: the first word is always a warning', () => {
  scenario(
    'a major violation that is corrected in its grace costs nothing',
    { severity: 'major' },
    async (driver) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      expect(warned).toMatchObject({ startRung: 'S1', announcedRung: 'S1' });
      expect(await driver.standing()).toBe('active');
      await driver.advance(2 * DAY_MS);
      await correct(driver);
      const ended = await driver.finish();
      expect(ended).toMatchObject({
        outcome: 'corrected',
        rung: 'W',
        money: { heldUnits: '0', pendingUnits: '0', finalUnits: '0' },
      });
      const { balances } = await driver.ledger();
      expect(balances).toMatchObject({ available: 10_000_000n, slashed: 0n });
      expect(await driver.sanction()).toBeUndefined();
    },
  );
});

describe.concurrent('A12: how far time alone goes', () => {
  scenario('a minor violation stays at S1, and governors are asked', {}, async (driver) => {
    await driver.fire();
    await driver.until(isProposed);
    await approveAll(driver);
    const s1 = await driver.until(isAt('S1'));
    const s1Ms = imposedAt(s1, 'S1');
    const askedAt = async (afterMs: number) => {
      for (let { governorsAskedAtMs } = await driver.state(); ; ) {
        if (governorsAskedAtMs !== null && governorsAskedAtMs > afterMs) return governorsAskedAtMs;
        await driver.toNextDeadline();
        governorsAskedAtMs = (await driver.state()).governorsAskedAtMs;
      }
    };
    const firstMs = await askedAt(0);
    expect(about(firstMs, s1Ms + 30 * DAY_MS)).toBe(s1Ms + 30 * DAY_MS);
    const secondMs = await askedAt(firstMs);
    expect(about(secondMs, s1Ms + 60 * DAY_MS)).toBe(s1Ms + 60 * DAY_MS);
    expect(await driver.record()).toMatchObject({
      stage: 'correcting',
      rung: 'S1',
      announcedRung: null,
    });
    expect(await driver.standing()).toBe('suspended');
  });

  scenario(
    'a graver severity announces its own rung with its full windows',
    {},
    async (driver, world) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      expect(warned.announcedRung).toBe('P1');
      await driver.advance(10 * HOUR_MS);
      const risenMs = await world.clock.follow();
      await driver.fire({ severity: 'major' });
      const risen = await driver.record();
      expect(risen).toMatchObject({ rung: 'W', severity: 'major', announcedRung: 'S1' });
      expect(about(risen.announcementServedAtMs, risenMs)).toBe(risenMs);
      const proposed = await driver.until(isProposed);
      expect(proposed.imposed.map((step) => step.rung)).toEqual(['W']);
      const proposal = proposed.proposal;
      expect(about(proposal?.proposedAtMs, risenMs + 3 * DAY_MS)).toBe(risenMs + 3 * DAY_MS);
      expect(about(proposal?.windowEndsAtMs, risenMs + 7 * DAY_MS)).toBe(risenMs + 7 * DAY_MS);
    },
  );

  scenario(
    'a milder severity lets stand what is imposed, and slows what follows',
    { severity: 'major' },
    async (driver) => {
      await driver.fire();
      await driver.until(isAt('W'));
      await driver.advance(DAY_MS);
      await driver.fire({ severity: 'minor' });
      const lowered = await driver.until((record) => record.announcedRung !== 'S1');
      expect(lowered).toMatchObject({ rung: 'W', announcedRung: 'P1', severity: 'minor' });
      expect(await driver.until(isAt('P1'))).toMatchObject({ money: { pendingUnits: '1000' } });
    },
  );
});

describe.concurrent('B1: only fresh evidence says how grave it is', () => {
  scenario(
    'a graver alert that nobody repeats any more raises nothing',
    { severity: 'major' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('W'));
      await driver.advance(DAY_MS);
      // The resolve of the graver alert is lost: its head fires on, and only grows old.
      world.intake.senders.forget(driver.participantId);
      await driver.fire({ severity: 'minor' });
      const lowered = await driver.until((record) => record.announcedRung !== 'S1');
      expect(lowered).toMatchObject({ rung: 'W', announcedRung: 'P1', severity: 'minor' });
      expect(lowered.money.heldUnits).toBe('0');
    },
  );
});

describe.concurrent('A13: a correction while a rung is proposed', () => {
  scenario(
    'drops it and its hold; a re-fire returns to it without a new window',
    { severity: 'major' },
    async (driver, world) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      const proposed = await driver.until(isProposed);
      expect(proposed.money.heldUnits).toBe('100000');
      const draft = proposed.proposal;
      await driver.advance(DAY_MS);
      await driver.clear();
      const clearedMs = await world.clock.follow();
      const corrected = await driver.until((record) => record.correctedAtMs !== null);
      expect(corrected).toMatchObject({ stage: 'correcting', rung: 'W', proposal: null });
      expect(corrected.money.heldUnits).toBe('0');
      expect((await driver.ledger()).balances).toMatchObject({ available: 10_000_000n, held: 0n });
      const { proposalId = '', draftHash = '' } = draft ?? {};
      const late = { kind: 'approve', proposalId, draftHash, reason: 'late' } as const;
      await expect(driver.act('governor-1', late)).rejects.toMatchObject({
        code: 'rung-superseded',
      });

      await driver.advance(2 * HOUR_MS);
      await driver.fire();
      const gapMs = (await world.clock.follow()) - clearedMs;
      const again = await driver.record();
      expect(again).toMatchObject({ stage: 'proposed', money: { heldUnits: '100000' } });
      await approveAll(driver);
      const s1 = await driver.until(isAt('S1'));
      const expectedMs = imposedAt(warned, 'W') + 7 * DAY_MS + gapMs;
      expect(about(imposedAt(s1, 'S1'), expectedMs)).toBe(expectedMs);
    },
  );
});

describe.concurrent('B6: what an ended case leaves behind', () => {
  scenario(
    'after exclusion alerts are recorded only',
    { violationType: 'node-compromise', severity: 'critical' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isProposed);
      await approveAll(driver);
      await driver.until(isAt('S1'));
      await driver.until(isProposed);
      await approveAll(driver);
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended).toMatchObject({ outcome: 'excluded', rung: 'S2' });
      await driver.advance(2 * DAY_MS);
      const slot = await world.intake.relayStore.readSlot(
        driver.participantId,
        driver.violationType,
      );
      expect(slot).toBeNull();
      expect(await driver.standing()).toBe('excluded');
    },
  );

  scenario(
    'after a dismissal its alerts are silent for a week, then they speak again',
    {},
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('W'));
      const reasonCode = 'false-alarm';
      const asked = await driver.act('operator-1', {
        kind: 'propose',
        what: 'dismiss',
        reasonCode,
        reason: 'a broken probe',
      });
      expect(asked.proposalId).not.toBeNull();
      await approve(driver, 'governor-1');
      expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
      const endedMs = await world.clock.follow();
      const slot = () =>
        world.intake.relayStore.readSlot(driver.participantId, driver.violationType);
      await driver.advance(6 * DAY_MS);
      expect(await slot()).toBeNull();
      await driver.advance(2 * DAY_MS);
      const next = new CaseDriver(world, { participantId: driver.participantId });
      await next.adopt();
      expect(next.caseId).not.toBe(driver.caseId);
      const reopened = await next.until(isAt('W'));
      expect(reopened.openedAtMs).toBeGreaterThanOrEqual(endedMs + 7 * DAY_MS);
      // Dismissed, the first case does not count (rule C11).
      expect(reopened).toMatchObject({ startRung: 'W', recurrence: { counted: 0 } });
      await next.leave();
    },
  );
});

describe.concurrent('C6, C11: what earlier cases mean', () => {
  scenario('in probation a new case starts one rung higher', {}, async (driver, world) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    await driver.advance(HOUR_MS);
    await correct(driver);
    await seekRestoration(driver);
    expect(await driver.standing()).toBe('probation');
    await driver.advance(DAY_MS);
    const next = new CaseDriver(world, { participantId: driver.participantId });
    await next.fire();
    expect(await next.until(isAt('W'))).toMatchObject({
      recurrence: { counted: 1, onlyWarnings: false, probation: true },
      startRung: 'P2',
      announcedRung: 'P2',
    });
    const p2 = await next.until(isAt('P2'));
    expect(p2.imposed.map((step) => step.rung)).toEqual(['W', 'P2']);
    // Ten bps of what the first case has left, the first case's charge still pending and still owned.
    expect(p2.money.pendingUnits).toBe('10000');
    await next.leave();
  });

  scenario('warnings alone lift the start no higher than P1', {}, async (driver, world) => {
    const { participantId } = driver;
    const past: CaseDriver[] = [];
    for (let number = 1; number <= 3; number += 1) {
      const warning = new CaseDriver(world, { participantId });
      past.push(warning);
      await warning.fire();
      await warning.until(isAt('W'));
      await warning.advance(HOUR_MS);
      await correct(warning);
      await warning.until((record) => record.stage === 'ended');
    }
    await driver.fire();
    expect(await driver.until(isAt('W'))).toMatchObject({
      recurrence: { counted: 3, onlyWarnings: true, probation: false },
      startRung: 'P1',
    });
    for (const warning of past) await warning.leave();
  });
});
