import { describe, expect } from 'vitest';
import type { CaseAction } from '../../domain/case/actions.ts';
import { climbToS1, decisionOf, dispute, moneyAt, returnTo, rule, ruleTwice } from './disputing.ts';
import { approveAll } from './people.ts';
import { DAY_MS, HOUR_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

/** Rules on disputes, overturns and lapses, each shown by a case that is lived through the whole system. */

const scenario = oneWorld();

describe.concurrent('E5: a dispute', () => {
  scenario('stops finality, not the climb, and upheld lets it go on', {}, async (driver) => {
    await driver.fire();
    const p1 = await driver.until(isAt('P1'));
    const p1Ms = imposedAt(p1, 'P1');
    await driver.advance(2 * DAY_MS);
    const disputeId = await dispute(driver, 'P1');
    const opened = await driver.record();
    expect(opened.disputes).toMatchObject([
      { disputeId, rung: 'P1', by: driver.participantId, panel: 1, reviewersNeeded: 1, end: null },
    ]);
    const openedMs = opened.disputes[0]?.openedAtMs ?? 0;
    // P2 would come 3 d after P1; the dispute is to be decided 8 d after it was opened.
    const p2 = await driver.until(isAt('P2'));
    expect(imposedAt(p2, 'P2')).toBeGreaterThanOrEqual(openedMs + 8 * DAY_MS);
    expect(imposedAt(p2, 'P2')).toBeLessThan(openedMs + 8 * DAY_MS + HOUR_MS);
    await driver.advance(p1Ms + 15 * DAY_MS - imposedAt(p2, 'P2'));
    expect(moneyAt(await driver.record(), 'P1')).toBe('pending');
    await rule(driver, 'reviewer-9', disputeId, { result: 'upheld' });
    await driver.advance(HOUR_MS);
    const decided = await driver.record();
    expect(moneyAt(decided, 'P1')).toBe('final');
    expect(decided.disputes[0]?.end).toMatchObject({ result: 'upheld', by: ['reviewer-9'] });
    expect(await driver.standing()).toBe('suspended');
  });

  scenario('decided early lets the higher rung come at once', {}, async (driver) => {
    await driver.fire();
    const p1Ms = imposedAt(await driver.until(isAt('P1')), 'P1');
    const disputeId = await dispute(driver, 'P1');
    await driver.advance(5 * DAY_MS);
    expect(await driver.record()).toMatchObject({
      rung: 'P1',
      waitsFor: 'the dispute of P1 to be decided, or its due date',
    });
    await rule(driver, 'reviewer-1', disputeId, { result: 'upheld' });
    const p2Ms = imposedAt(await driver.until(isAt('P2')), 'P2');
    expect(p2Ms).toBeGreaterThanOrEqual(p1Ms + 5 * DAY_MS);
    expect(p2Ms).toBeLessThan(p1Ms + 5 * DAY_MS + HOUR_MS);
  });

  scenario('is refused out of time, twice, by others and about nothing', {}, async (driver) => {
    await driver.fire();
    const w = await driver.until(isAt('W'));
    const object = (decisionId: string): CaseAction => ({
      kind: 'openDispute',
      decisionId,
      grounds: 'no',
    });
    const own = driver.participantId;
    await expect(driver.act(own, object('nothing'))).rejects.toMatchObject({
      code: 'decision-unknown',
    });
    await expect(driver.act('operator-7', object(decisionOf(w, 'W')))).rejects.toMatchObject({
      code: 'participant-needed',
    });
    const p1 = await driver.until(isAt('P1'));
    const disputeId = await dispute(driver, 'P1');
    for (const rung of ['P1', 'W'] as const)
      await expect(driver.act(own, object(decisionOf(p1, rung)))).rejects.toMatchObject({
        code: 'already-disputed',
      });
    await rule(driver, 'reviewer-1', disputeId, { result: 'upheld' });
    const decided: CaseAction = {
      kind: 'decideDispute',
      disputeId,
      result: 'upheld',
      toRung: null,
      reasonCode: 'law',
      reason: 'again',
    };
    await expect(driver.act('reviewer-2', decided)).rejects.toMatchObject({
      code: 'dispute-decided',
    });
    await expect(driver.act('reviewer-2', { ...decided, disputeId: 'none' })).rejects.toMatchObject(
      { code: 'dispute-unknown' },
    );
  });

  scenario('of a penalty is out of time after fourteen days', {}, async (driver) => {
    await driver.fire();
    const p1 = await driver.until(isAt('P1'));
    await driver.advance(14 * DAY_MS + HOUR_MS);
    await expect(
      driver.act(driver.participantId, {
        kind: 'openDispute',
        decisionId: decisionOf(p1, 'P1'),
        grounds: 'too late',
      }),
    ).rejects.toMatchObject({ code: 'dispute-window-over' });
  });
});

describe.concurrent('D10: a decision that falls', () => {
  scenario('overturned while pending: the case stands a rung lower', {}, async (driver) => {
    await driver.fire();
    const before = await driver.until(isAt('P1'));
    const atP1 = (await driver.ledger()).balances;
    await driver.until(isAt('P2'));
    const disputeId = await dispute(driver, 'P2');
    await rule(driver, 'reviewer-1', disputeId, { result: 'overturned', reasonCode: 'law' });
    const after = await driver.record();
    expect(after).toMatchObject({ stage: 'correcting', rung: 'P1', announcedRung: null });
    expect(moneyAt(after, 'P2')).toBe('void');
    expect((await driver.ledger()).balances).toEqual(atP1);
    expect(await driver.standing()).toBe('suspended');
    expect((await driver.sanction())?.rung).toBe('P1');
    expect(after.imposed[1]).toEqual(before.imposed[1]);
    // Only a person raises it again.
    expect(await driver.advance(20 * DAY_MS)).toMatchObject({ rung: 'P1', proposal: null });
    const back = await returnTo(driver);
    expect(back.outcome).toBe('reinstated');
  });

  scenario(
    'overturned on evidence: nothing of the case is left',
    { severity: 'major' },
    async (driver) => {
      const fresh = (await driver.ledger()).balances;
      await climbToS1(driver);
      expect(await driver.standing()).toBe('suspended');
      const disputeId = await dispute(driver, 'S1');
      await ruleTwice(driver, disputeId, { result: 'overturned', reasonCode: 'evidence' });
      expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
      const ledger = await driver.ledger();
      expect(ledger.balances).toEqual(fresh);
      expect(ledger.cases).toMatchObject([{ counts: false }]);
      expect(await driver.standing()).toBe('active');
      expect(await driver.sanction()).toMatchObject({ rewardCutBps: 0, probationUntilMs: null });
    },
  );

  scenario('reduced in settlement: money and probation follow', {}, async (driver) => {
    const s1 = await climbToS1(driver);
    expect(s1.money.pendingUnits).toBe('100000');
    const ended = await returnTo(driver);
    expect(ended).toMatchObject({ stage: 'ended', outcome: 'reinstated' });
    const disputeId = await dispute(driver, 'S1');
    await rule(driver, 'reviewer-1', disputeId, { result: 'overturned' });
    await rule(driver, 'reviewer-2', disputeId, { result: 'reduced', toRung: 'P2' });
    expect((await driver.record()).disputes[0]?.end).toBeNull();
    await rule(driver, 'reviewer-3', disputeId, { result: 'reduced', toRung: 'P2' });
    const reduced = await driver.record();
    expect(reduced.rung).toBe('P2');
    expect(reduced.disputes[0]?.end).toMatchObject({
      result: 'reduced',
      standingRung: 'P2',
      by: ['reviewer-2', 'reviewer-3'],
      returnedUnits: '90000',
    });
    expect(reduced.probationUntilMs).toBeLessThan(ended.probationUntilMs ?? 0);
    const settled = await driver.finish();
    // P1 and P2, of which half comes back after the probation (rule D11).
    expect(settled.money).toMatchObject({ pendingUnits: '0', finalUnits: '10000' });
    expect((await driver.ledger()).balances).toMatchObject({ slashed: 10_000n, rebates: 5_000n });
  });

  scenario(
    'reduced to a rung it had never been at keeps that rung’s amount',
    { severity: 'major' },
    async (driver) => {
      await climbToS1(driver);
      const disputeId = await dispute(driver, 'S1');
      await ruleTwice(driver, disputeId, { result: 'reduced', toRung: 'P2', reasonCode: 'amount' });
      const reduced = await driver.record();
      expect(reduced).toMatchObject({ stage: 'correcting', rung: 'P2' });
      expect(reduced.imposed.at(-1)).toMatchObject({
        rung: 'P2',
        reducedFrom: 'S1',
        chargedUnits: '10000',
        returnedUnits: '90000',
        money: 'pending',
      });
      expect(reduced.money).toMatchObject({ pendingUnits: '10000', returnedUnits: '90000' });
      expect(await driver.sanction()).toMatchObject({ rung: 'P2', access: 'suspended' });
    },
  );

  scenario(
    'an overturned exclusion gives access back into probation of what stands',
    { violationType: 'node-compromise', severity: 'critical' },
    async (driver) => {
      await climbToS1(driver);
      await driver.until(isProposed);
      await approveAll(driver);
      const excluded = await driver.until((record) => record.stage === 'ended');
      expect(excluded.outcome).toBe('excluded');
      expect(await driver.standing()).toBe('excluded');
      await driver.clear();
      const disputeId = await dispute(driver, 'S2');
      const said = { result: 'overturned', reasonCode: 'procedure' } as const;
      await rule(driver, 'reviewer-1', disputeId, said);
      await rule(driver, 'reviewer-2', disputeId, said);
      const back = await driver.record();
      expect(back).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
      // S1 suspends for 28 days; what was served counts.
      expect(await driver.standing()).toBe('suspended');
      const s1Ms = imposedAt(back, 'S1');
      await driver.advance(s1Ms + 28 * DAY_MS + HOUR_MS - (await driver.world.clock.follow()));
      expect(await driver.standing()).toBe('probation');
      const settled = await driver.finish();
      expect(await driver.standing()).toBe('active');
      expect(settled.money).toMatchObject({ pendingUnits: '0', finalUnits: '500000' });
    },
  );
});

describe.concurrent('D7: a dispute that nobody decides', () => {
  scenario(
    'goes to a second panel, is asked after, and lapses at the hard stop',
    { severity: 'major' },
    async (driver) => {
      const fresh = (await driver.ledger()).balances;
      const s1 = await climbToS1(driver);
      const s1Ms = imposedAt(s1, 'S1');
      await returnTo(driver);
      const disputeId = await dispute(driver, 'S1');
      await rule(driver, 'reviewer-1', disputeId, { result: 'upheld' });
      await driver.advance(21 * DAY_MS + HOUR_MS);
      expect((await driver.record()).disputes[0]).toMatchObject({
        panel: 2,
        rulings: [],
        replaced: ['reviewer-1'],
      });
      await expect(
        rule(driver, 'reviewer-1', disputeId, { result: 'upheld' }),
      ).rejects.toMatchObject({ code: 'panel-replaced' });
      await driver.advance(21 * DAY_MS + HOUR_MS);
      expect((await driver.record()).disputes[0]?.escalatedAtMs).not.toBeNull();
      const lapsed = await driver.until((record) => record.disputes[0]?.end !== null);
      expect(lapsed.disputes[0]?.end).toMatchObject({ result: 'lapsed', returnedUnits: '100000' });
      expect(lapsed.disputes[0]?.end?.atMs).toBeGreaterThanOrEqual(s1Ms + 56 * DAY_MS);
      expect(lapsed.disputes[0]?.end?.atMs).toBeLessThan(s1Ms + 56 * DAY_MS + HOUR_MS);
      expect(moneyAt(lapsed, 'S1')).toBe('lapsed');
      expect((await driver.ledger()).balances).toEqual(fresh);
    },
  );

  scenario('everything disputed: each once, and all of it ends', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    const first = await dispute(driver, 'P1');
    await driver.until(isProposed);
    await approveAll(driver);
    await driver.until(isAt('S1'));
    const second = await dispute(driver, 'S1');
    expect(second).not.toBe(first);
    await returnTo(driver);
    const settled = await driver.finish();
    expect(settled.disputes.map(({ end }) => end?.result)).toEqual(['lapsed', 'moot']);
    expect(settled.money).toMatchObject({ pendingUnits: '0', finalUnits: '0' });
    expect(await driver.standing()).toBe('active');
  });
});
