import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaseDriver } from '../test/scenarios/case-driver.ts';
import { type CaseWorld, openCaseWorld } from '../test/scenarios/case-world.ts';
import { committedEvents, totalOf, withoutChance } from '../test/scenarios/history-events.ts';
import { addProvider } from '../test/scenarios/providers.ts';
import { expectUse, noteUse, sumOf } from '../test/scenarios/store-costs.ts';
import { meterOf, STEPS, type StoreMeter, type StoreUse } from '../test/scenarios/store-meter.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let world: CaseWorld;
let meter: StoreMeter;
beforeAll(async () => {
  world = await openCaseWorld('default.json');
  meter = meterOf(world.store);
});
afterAll(() => world?.close());

describe('a performance case, minor, first time (rules §J)', () => {
  it('follows the timetable from the first firing to the end of probation', async () => {
    await addProvider(world, 'op-1');
    const driver = new CaseDriver(world, { participantId: 'op-1' });
    meter.enter('test');
    const uses: StoreUse[] = [];
    const counted = (step: string) => {
      const use = meter.take(STEPS);
      uses.push(use);
      noteUse(`full path: ${step}`, use);
    };
    await driver.fire();
    expect(await driver.record()).toMatchObject({ stage: 'confirming', rung: null });
    const warned = await driver.toNextDeadline();
    expect(warned).toMatchObject({
      stage: 'correcting',
      rung: 'W',
      tier: 'warning',
      announcedRung: 'P1',
    });
    counted('opened and warned');
    const p1 = await driver.toNextDeadline();
    expect(p1).toMatchObject({ stage: 'correcting', rung: 'P1', announcedRung: 'P2' });
    expect(p1.money.pendingUnits).toBe('1000');
    expect(await driver.standing()).toBe('suspended');
    counted('P1 imposed');
    const p2 = await driver.toNextDeadline();
    expect(p2).toMatchObject({ rung: 'P2', announcedRung: 'S1' });
    expect(p2.money.pendingUnits).toBe('10000');
    counted('P2 imposed');
    const proposed = await driver.toNextDeadline();
    expect(proposed).toMatchObject({ stage: 'proposed', rung: 'P2' });
    expect(proposed.money.heldUnits).toBe('90000');
    counted('S1 proposed');
    const draft = proposed.proposal;
    if (!draft) throw new Error('no proposal');
    await driver.act('gov-a', {
      kind: 'approve',
      proposalId: draft.proposalId,
      draftHash: draft.draftHash,
      reason: 'evidence is clear',
    });
    counted('approved');
    const s1 = await driver.toNextDeadline();
    expect(s1).toMatchObject({
      stage: 'correcting',
      rung: 'S1',
      tier: 'severe',
      announcedRung: null,
    });
    counted('S1 imposed');
    expect(s1.money).toMatchObject({ heldUnits: '0', pendingUnits: '100000' });
    const at = (rung: string) => s1.imposed.find((step) => step.rung === rung)?.imposedAtMs ?? 0;
    expect(Math.round((at('P1') - at('W')) / HOUR_MS)).toBe(24);
    expect(Math.round((at('P2') - at('W')) / HOUR_MS)).toBe(4 * 24);
    expect(Math.round((at('S1') - at('W')) / HOUR_MS)).toBe(11 * 24);

    await driver.advance(HOUR_MS);
    await driver.clear();
    const restoring = await driver.toNextDeadline();
    counted('corrected');
    expect(restoring).toMatchObject({ stage: 'restoring' });
    await driver.act('op-1', {
      kind: 'submitRemediation',
      cause: 'power supply',
      actions: 'replaced',
    });
    await driver.act('ops-1', { kind: 'confirmRemediation', note: 'seen' });
    await driver.act('op-1', { kind: 'appeal', grounds: 'repaired' });
    await driver.act('aud-1', { kind: 'recordFinding', result: 'pass', note: 'checked on site' });
    counted('four actions of people');
    expect(await driver.record()).toMatchObject({ stage: 'restoring' });
    const reinstated = await driver.until((record) => record.stage === 'ended');
    counted('reinstated');
    expect(reinstated).toMatchObject({ stage: 'ended', outcome: 'reinstated' });
    expect(await driver.standing()).toBe('probation');
    const settled = await driver.finish();
    expect(settled.money).toMatchObject({ pendingUnits: '0', finalUnits: '100000' });
    expect(await driver.standing()).toBe('active');
    counted('settled');
    expectUse('full path', sumOf(uses));
    const kinds = await driver.eventKinds();
    expect(totalOf(kinds)).toBeLessThanOrEqual(280);
    const committed = committedEvents('fullPath', kinds);
    expect(withoutChance(kinds, committed)).toEqual(committed);
  });

  it('ends quietly when corrected in warning', async () => {
    await addProvider(world, 'op-2');
    const driver = new CaseDriver(world, { participantId: 'op-2' });
    meter.enter('test');
    meter.take(STEPS);
    await driver.fire();
    await driver.toNextDeadline();
    await driver.advance(30 * MINUTE_MS);
    await driver.clear();
    const record = await driver.finish();
    expect(record).toMatchObject({ stage: 'ended', outcome: 'corrected' });
    expect(record.money).toMatchObject({ pendingUnits: '0', finalUnits: '0' });
    expectUse('heals by itself', meter.take(STEPS));
    const kinds = await driver.eventKinds();
    expect(totalOf(kinds)).toBeLessThanOrEqual(100);
    const committed = committedEvents('selfHealing', kinds);
    expect(withoutChance(kinds, committed)).toEqual(committed);
  });
});
