import { describe, expect } from 'vitest';
import { CaseDriver } from './case-driver.ts';
import { climbToS1, dispute, moneyAt, returnTo, rule, ruleTwice } from './disputing.ts';
import { approveAll, correct } from './people.ts';
import { DAY_MS, HOUR_MS, isAt, isProposed, oneWorld } from './scenario.ts';

/** What falls with an overturned decision, what comes back after a clean probation, and which later cases it changes. */

const scenario = oneWorld();

describe.concurrent('D10: what is under way when a decision falls', () => {
  scenario('a proposal above it drops with what it holds', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    const { balances } = await driver.ledger();
    await driver.until(isAt('P2'));
    const disputeId = await dispute(driver, 'P2');
    expect((await driver.until(isProposed)).money.heldUnits).toBe('90000');
    await approveAll(driver);
    await rule(driver, 'reviewer-1', disputeId, { result: 'overturned', reasonCode: 'procedure' });
    const fallen = await driver.record();
    expect(fallen).toMatchObject({ stage: 'correcting', rung: 'P1', proposal: null });
    expect(fallen.money).toMatchObject({ heldUnits: '0', pendingUnits: '1000' });
    expect((await driver.ledger()).balances).toEqual(balances);
    expect(await driver.advance(20 * DAY_MS)).toMatchObject({ rung: 'P1', proposal: null });
  });

  scenario('in restoring, without a penalty the quiet time ends the case', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    await correct(driver);
    expect(await driver.record()).toMatchObject({ stage: 'restoring' });
    const disputeId = await dispute(driver, 'P1');
    await rule(driver, 'reviewer-1', disputeId, { result: 'reduced', toRung: 'W' });
    expect(await driver.standing()).toBe('active');
    const ended = await driver.until((record) => record.stage === 'ended');
    expect(ended).toMatchObject({ outcome: 'corrected', rung: 'W' });
    expect(moneyAt(ended, 'P1')).toBe('void');
  });

  scenario('a warning that falls ends the case, and it counts for nothing', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    const disputeId = await dispute(driver, 'W');
    await rule(driver, 'reviewer-1', disputeId, { result: 'overturned', reasonCode: 'law' });
    expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
    expect((await driver.ledger()).cases).toMatchObject([{ counts: false }]);
    expect((await driver.ledger()).balances).toMatchObject({ pending: 0n, available: 10_000_000n });
    expect(await driver.standing()).toBe('active');
  });
});

describe.concurrent('D11: the rebate', () => {
  scenario('comes back after a clean probation, once all is final', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P2'));
    await returnTo(driver);
    await driver.finish();
    const { balances, cases } = await driver.ledger();
    expect(balances).toMatchObject({ slashed: 10_000n, rebates: 5_000n });
    expect(cases).toMatchObject([{ rebate: { units: '5000' } }]);
  });

  scenario(
    'not for security',
    { violationType: 'node-compromise', severity: 'moderate' },
    async (driver) => {
      await driver.fire();
      await driver.until(isAt('P1'));
      await returnTo(driver);
      await driver.finish();
      const { balances } = await driver.ledger();
      expect(balances.slashed).toBeGreaterThan(0n);
      expect(balances.rebates).toBe(0n);
    },
  );
});

describe.concurrent('D11: a case that began in the probation and is open at its end', () => {
  const atTheEnd = async (driver: CaseDriver, world: CaseDriver['world']) => {
    await driver.fire();
    await driver.until(isAt('P2'));
    const { probationUntilMs } = await returnTo(driver);
    await driver.advance((probationUntilMs ?? 0) - (await world.clock.follow()) - 12 * HOUR_MS);
    const { participantId } = driver;
    const late = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
    await late.fire();
    await late.until(isAt('W'));
    await late.advance(14 * HOUR_MS);
    expect((await driver.ledger()).balances).toMatchObject({ slashed: 10_000n, rebates: 0n });
    expect((await driver.record()).waitsFor).toContain('for the rebate');
    return late;
  };

  scenario('it costs the rebate if it comes to a penalty', {}, async (driver, world) => {
    const late = await atTheEnd(driver, world);
    // In probation it starts a rung higher (rule C6).
    await late.until(isAt('P2'));
    await driver.finish();
    expect((await driver.ledger()).balances.rebates).toBe(0n);
    await late.leave();
  });

  scenario('it costs nothing if it ends with the warning', {}, async (driver, world) => {
    const late = await atTheEnd(driver, world);
    await correct(late);
    await late.until((record) => record.stage === 'ended');
    await driver.finish();
    expect((await driver.ledger()).balances.rebates).toBe(5_000n);
  });
});

describe.concurrent('D10 and D11: what falls, and the rebate', () => {
  scenario('a penalty in the probation that falls costs no rebate', {}, async (driver, world) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    await returnTo(driver);
    await driver.advance(DAY_MS);
    const { participantId } = driver;
    const later = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
    await later.fire();
    await later.until((record) => record.rung !== null && record.rung !== 'W');
    await correct(later);
    const finalMs = (await driver.record()).imposed.find(
      (step) => step.rung === 'P1',
    )?.finalDueAtMs;
    await driver.advance((finalMs ?? 0) - (await world.clock.follow()) + HOUR_MS);
    expect((await driver.ledger()).balances).toMatchObject({ slashed: 1_000n, rebates: 0n });
    const { rung } = await later.record();
    if (rung === null) throw new Error('It has come to a penalty.');
    const disputeId = await dispute(later, rung);
    await rule(later, 'reviewer-1', disputeId, {
      result: 'overturned',
      reasonCode: 'platform-fault',
    });
    await driver.finish();
    expect((await driver.ledger()).balances).toMatchObject({ slashed: 1_000n, rebates: 500n });
  });

  scenario(
    'when all of a case falls, what is final of it comes back as far as a clean probation would have brought it',
    {},
    async (driver) => {
      await climbToS1(driver);
      await driver.advance(20 * DAY_MS);
      const { balances } = await driver.ledger();
      expect(balances.slashed).toBeGreaterThan(0n);
      const disputeId = await dispute(driver, 'S1');
      await ruleTwice(driver, disputeId, { result: 'overturned', reasonCode: 'platform-fault' });
      const fallen = await driver.record();
      expect(fallen).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
      expect((await driver.ledger()).balances).toMatchObject({
        pending: 0n,
        slashed: balances.slashed,
        rebates: balances.slashed / 2n,
      });
      expect(await driver.standing()).toBe('active');
    },
  );
});

describe.concurrent('D10: cases that depended', () => {
  scenario('a dismissed one lifts the later ones no more', {}, async (a, world) => {
    await a.fire();
    await a.until(isAt('W'));
    const { participantId } = a;
    const b = new CaseDriver(world, { participantId, violationType: 'subpar-delivery' });
    await a.advance(2 * HOUR_MS);
    await b.fire();
    const lifted = await b.until(isAt('W'));
    expect(lifted).toMatchObject({ startRung: 'P1', recurrence: { counted: 1 } });
    const dismissal = { kind: 'propose', what: 'dismiss', reasonCode: 'false-alarm' } as const;
    await a.act('governor-8', { ...dismissal, reason: 'the probe was wrong' });
    const { proposal } = await a.record();
    await a.act('governor-9', {
      kind: 'approve',
      proposalId: proposal?.proposalId ?? '',
      draftHash: proposal?.draftHash ?? '',
      reason: 'agreed',
    });
    await b.settle();
    expect(await b.record()).toMatchObject({ startRung: 'W', recurrence: { counted: 0 } });
    await b.leave();
  });

  scenario(
    'worked example 3: A overturned, B becomes the first and falls to 750',
    { violationType: 'node-compromise', severity: 'major', stakeUnits: 10_000n },
    async (a, world) => {
      const participantId = a.participantId;
      await climbToS1(a);
      expect((await a.record()).money.pendingUnits).toBe('500');
      await correct(a);
      const at = { actor: 'seed', atMs: await world.clock.follow() };
      const more = { participantId, externalRef: `more-${participantId}`, units: 5_000n };
      await world.registry.deposit(more, at);
      await a.advance(DAY_MS);
      const b = new CaseDriver(world, {
        participantId,
        violationType: 'unauthorized-access',
        severity: 'major',
      });
      await b.fire();
      await b.until(isProposed);
      await approveAll(b);
      const twice = await b.until(isAt('S1'));
      expect(twice.recurrence).toMatchObject({ counted: 1 });
      expect(twice.money.pendingUnits).toBe('1000');
      const disputeId = await dispute(a, 'S1');
      await ruleTwice(a, disputeId, { result: 'overturned', reasonCode: 'platform-fault' });
      await b.settle();
      const once = await b.record();
      expect(once.recurrence).toMatchObject({ counted: 0 });
      expect(once.money).toMatchObject({ pendingUnits: '750', returnedUnits: '250' });
      expect((await b.ledger()).balances).toMatchObject({ pending: 750n, available: 14_250n });
      await b.leave();
    },
  );
});
