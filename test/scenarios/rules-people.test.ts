import { describe, expect } from 'vitest';
import type { CaseAction } from '../../domain/case/actions.ts';
import type { CaseDriver } from './case-driver.ts';
import { approve, approveAll, correct, seekRestoration } from './people.ts';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

/** Rules on people and on the way back, each shown by a case that is lived through the whole system. */

const scenario = oneWorld();

const remedy: CaseAction = { kind: 'submitRemediation', cause: 'a worm', actions: 'rebuilt' };
const confirm: CaseAction = { kind: 'confirmRemediation', note: 'seen' };
const appeal: CaseAction = { kind: 'appeal', grounds: 'repaired' };
const pass: CaseAction = { kind: 'recordFinding', result: 'pass', note: 'seen on site' };
const fail: CaseAction = { kind: 'recordFinding', result: 'fail', note: 'still open' };

/** Through the first severe rung, and an hour beyond. */
async function climbToS1(driver: CaseDriver): Promise<number> {
  await driver.fire();
  await driver.until(isProposed);
  await approveAll(driver);
  const record = await driver.until(isAt('S1'));
  await driver.advance(HOUR_MS);
  return imposedAt(record, 'S1');
}

/** What is proposed, by name and hash, for an action on it. */
async function draftOf(driver: CaseDriver): Promise<{ proposalId: string; draftHash: string }> {
  const { proposal } = await driver.record();
  if (!proposal) throw new Error('Nothing is proposed.');
  return { proposalId: proposal.proposalId, draftHash: proposal.draftHash };
}

async function veto(
  driver: CaseDriver,
  person: string,
  stance: 'veto' | 'confirm' | 'lift',
): Promise<void> {
  const draft = await draftOf(driver);
  await driver.act(person, { kind: 'veto', ...draft, stance, reason: 'a second look' });
}

describe.concurrent('C4: the way back', () => {
  scenario(
    'from S1 needs an auditor and the minimum suspension',
    { severity: 'major' },
    async (driver) => {
      const s1Ms = await climbToS1(driver);
      await correct(driver);
      await expect(driver.act(driver.participantId, appeal)).rejects.toMatchObject({
        code: 'remediation-missing',
      });
      await driver.act(driver.participantId, remedy);
      await driver.act('operator-1', confirm);
      await driver.act(driver.participantId, appeal);
      await driver.advance(DAY_MS);
      expect(await driver.record()).toMatchObject({ stage: 'restoring' });
      await driver.act('auditor-1', pass);
      expect(await driver.standing()).toBe('suspended');
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended.outcome).toBe('reinstated');
      expect(about(ended.endedAtMs, s1Ms + 7 * DAY_MS)).toBe(s1Ms + 7 * DAY_MS);
      expect(await driver.standing()).toBe('probation');
    },
  );

  scenario(
    'without an audit nobody returns, however long they wait',
    { severity: 'major' },
    async (driver) => {
      await climbToS1(driver);
      await correct(driver);
      await driver.act(driver.participantId, remedy);
      await driver.act('operator-1', confirm);
      await driver.act(driver.participantId, appeal);
      expect(await driver.advance(20 * DAY_MS)).toMatchObject({ stage: 'restoring' });
      expect(await driver.standing()).toBe('suspended');
    },
  );

  scenario(
    'from S1 of security needs two auditors',
    { violationType: 'node-compromise', severity: 'major' },
    async (driver) => {
      const s1Ms = await climbToS1(driver);
      await correct(driver);
      await driver.act(driver.participantId, remedy);
      await driver.act('operator-1', confirm);
      await driver.act(driver.participantId, appeal);
      await driver.act('auditor-1', pass);
      await expect(driver.act('auditor-1', pass)).rejects.toMatchObject({
        code: 'already-recorded',
      });
      await driver.advance(30 * DAY_MS);
      expect(await driver.record()).toMatchObject({ stage: 'restoring' });
      await driver.act('auditor-2', pass);
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended.outcome).toBe('reinstated');
      expect(ended.endedAtMs).toBeGreaterThanOrEqual(s1Ms + 28 * DAY_MS);
    },
  );

  scenario('a failed audit begins it again', { severity: 'major' }, async (driver) => {
    await climbToS1(driver);
    await correct(driver);
    await driver.act(driver.participantId, remedy);
    await driver.act('operator-1', confirm);
    await driver.act(driver.participantId, appeal);
    await driver.act('auditor-1', fail);
    expect(await driver.advance(10 * DAY_MS)).toMatchObject({
      stage: 'restoring',
      remediation: null,
      appeal: null,
    });
    expect((await driver.state()).failedAudits).toBe(1);
    expect(await driver.standing()).toBe('suspended');
    await driver.act(driver.participantId, remedy);
    await driver.act('operator-1', confirm);
    await driver.act(driver.participantId, appeal);
    await driver.act('auditor-2', pass);
    const ended = await driver.until((record) => record.stage === 'ended');
    expect(ended.outcome).toBe('reinstated');
  });

  scenario(
    'stake below the minimum must be topped up first',
    { stakeUnits: 10_000n },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('P1'));
      await driver.advance(HOUR_MS);
      await correct(driver);
      // Held and pending stake counts as bonded; once it is final it is gone.
      const final = await driver.advance(15 * DAY_MS);
      expect(final.money).toMatchObject({ pendingUnits: '0', finalUnits: '1' });
      await seekRestoration(driver);
      const refused = await driver.advance(HOUR_MS);
      expect(refused).toMatchObject({ stage: 'restoring', checks: { passed: false } });
      expect(await driver.standing()).toBe('suspended');
      const atMs = await world.clock.follow();
      await world.registry.deposit(
        { participantId: driver.participantId, externalRef: 'top-up', units: 1n },
        { actor: 'treasurer', atMs },
      );
      const ended = await driver.until((record) => record.stage === 'ended');
      expect(ended).toMatchObject({ outcome: 'reinstated', checks: { passed: true } });
    },
  );
});

describe.concurrent('D7: nothing is approved by waiting', () => {
  scenario(
    'an undecided proposal lapses, and only a person raises the rung again',
    { severity: 'major' },
    async (driver) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      const proposed = await driver.until(isProposed);
      expect((await driver.ledger()).balances).toMatchObject({ held: 100_000n });
      const lapsesMs = imposedAt(warned, 'W') + 35 * DAY_MS;
      expect(about(proposed.proposal?.lapsesAtMs, lapsesMs)).toBe(lapsesMs);
      const lapsed = await driver.until((record) => record.stage === 'correcting');
      expect(lapsed).toMatchObject({ rung: 'W', announcedRung: null, money: { heldUnits: '0' } });
      expect((await driver.ledger()).balances).toMatchObject({ available: 10_000_000n, held: 0n });
      expect(await driver.advance(20 * DAY_MS)).toMatchObject({ rung: 'W', announcedRung: null });

      const raise = { kind: 'propose', what: 'rung', rung: 'S1', reason: 'it goes on' } as const;
      await driver.act('governor-3', raise);
      const raised = await driver.record();
      expect(raised).toMatchObject({ stage: 'correcting', announcedRung: 'S1' });
      const servedMs = raised.announcementServedAtMs ?? 0;
      await driver.until(isProposed);
      await expect(approve(driver, 'governor-3')).rejects.toMatchObject({
        code: 'conflict-of-interest',
      });
      await approve(driver, 'governor-1');
      const s1 = await driver.until(isAt('S1'));
      expect(about(imposedAt(s1, 'S1'), servedMs + 7 * DAY_MS)).toBe(servedMs + 7 * DAY_MS);
    },
  );
});

describe.concurrent('E1: nobody judges their own matter', () => {
  scenario(
    'who configured, operated or is related is refused; so is a second role',
    { severity: 'major' },
    async (driver) => {
      await driver.fire();
      await driver.until(isAt('W'));
      await driver.act('olga', { kind: 'acknowledge', note: 'on it' });
      await driver.until(isProposed);
      const conflict = { code: 'conflict-of-interest' };
      await expect(approve(driver, 'sam-configures')).rejects.toMatchObject(conflict);
      await expect(approve(driver, 'olga')).rejects.toMatchObject(conflict);
      const controlGroup = `group-of-${driver.participantId}`;
      await expect(approve(driver, 'cousin', { controlGroup })).rejects.toMatchObject(conflict);
      await expect(approve(driver, driver.participantId)).rejects.toMatchObject(conflict);
      expect((await driver.record()).proposal?.approvals).toEqual([]);

      await approve(driver, 'gerda');
      await driver.until(isAt('S1'));
      await correct(driver);
      await driver.act(driver.participantId, remedy);
      await expect(driver.act(driver.participantId, confirm)).rejects.toMatchObject(conflict);
      await driver.act('oskar', confirm);
      await driver.act(driver.participantId, appeal);
      await expect(driver.act('oskar', pass)).rejects.toMatchObject(conflict);
      await expect(driver.act('gerda', pass)).rejects.toMatchObject({ code: 'role-taken' });
      await driver.act('anna', pass);
      expect(await driver.record()).toMatchObject({ findings: [{ auditor: 'anna' }] });
    },
  );
});

describe.concurrent('E3: the veto', () => {
  const setting = { violationType: 'node-compromise', severity: 'minor' } as const;

  /** P2 of security is imposed unless vetoed: proposed after a day, imposed after three. */
  async function proposeP2(driver: CaseDriver): Promise<number> {
    await driver.fire();
    const p1 = await driver.until(isAt('P1'));
    await driver.until(isProposed);
    return imposedAt(p1, 'P1');
  }

  scenario('without one the rung comes by itself', setting, async (driver) => {
    const p1Ms = await proposeP2(driver);
    const p2 = await driver.until(isAt('P2'));
    expect(about(imposedAt(p2, 'P2'), p1Ms + 3 * DAY_MS)).toBe(p1Ms + 3 * DAY_MS);
  });

  scenario('two reviewers lift it, and the rung goes its way', setting, async (driver) => {
    const p1Ms = await proposeP2(driver);
    await veto(driver, 'gerda', 'veto');
    expect(await driver.advance(3 * DAY_MS)).toMatchObject({ stage: 'proposed', rung: 'P1' });
    await veto(driver, 'rita', 'lift');
    expect(await driver.record()).toMatchObject({ stage: 'proposed', rung: 'P1' });
    await veto(driver, 'rolf', 'lift');
    const p2 = await driver.until(isAt('P2'));
    expect(imposedAt(p2, 'P2')).toBeGreaterThanOrEqual(p1Ms + 4 * DAY_MS);
    expect(imposedAt(p2, 'P2')).toBeLessThan(p1Ms + 4 * DAY_MS + HOUR_MS);
  });

  scenario('two reviewers confirm it, and everything goes back', setting, async (driver) => {
    await proposeP2(driver);
    const { balances } = await driver.ledger();
    expect(balances.held).toBe(150_000n);
    await veto(driver, 'gerda', 'veto');
    await veto(driver, 'rita', 'confirm');
    await veto(driver, 'rolf', 'confirm');
    const refused = await driver.record();
    expect(refused).toMatchObject({ stage: 'correcting', rung: 'P1', announcedRung: null });
    expect((await driver.ledger()).balances).toMatchObject({ held: 0n, pending: 50_000n });
    expect(await driver.advance(10 * DAY_MS)).toMatchObject({ rung: 'P1', announcedRung: null });
  });

  scenario('undecided for eight days, the rung lapses', setting, async (driver, world) => {
    await proposeP2(driver);
    const vetoedMs = await world.clock.follow();
    await veto(driver, 'gerda', 'veto');
    await driver.until((record) => record.stage === 'correcting');
    const lapsedMs = await world.clock.follow();
    expect(about(lapsedMs, vetoedMs + 8 * DAY_MS)).toBe(vetoedMs + 8 * DAY_MS);
    expect((await driver.ledger()).balances).toMatchObject({ held: 0n });
  });
});

describe.concurrent('E4: dismissal', () => {
  const dismiss: CaseAction = {
    kind: 'propose',
    what: 'dismiss',
    reasonCode: 'false-alarm',
    reason: 'a broken probe',
  };

  scenario('takes two persons outside the conflict set', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.act('olga', dismiss);
    await expect(approve(driver, 'olga', { account: 'olga-2' })).rejects.toMatchObject({
      code: 'conflict-of-interest',
    });
    await expect(approve(driver, 'sam-configures')).rejects.toMatchObject({
      code: 'conflict-of-interest',
    });
    expect(await driver.record()).toMatchObject({ stage: 'correcting' });
    await approve(driver, 'gerda');
    expect(await driver.record()).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
    expect(await driver.standing()).toBe('active');
  });

  scenario('is not for who configured the source', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('W'));
    await expect(driver.act('sam-configures', dismiss)).rejects.toMatchObject({
      code: 'conflict-of-interest',
    });
  });

  scenario('comes too late once a penalty is imposed', {}, async (driver) => {
    await driver.fire();
    await driver.until(isAt('P1'));
    await expect(driver.act('olga', dismiss)).rejects.toMatchObject({ code: 'already-imposed' });
  });
});
