import { describe, expect } from 'vitest';
import { freeUnits } from '../../domain/law/blocks.ts';
import type { CaseDriver } from './case-driver.ts';
import { climbToS1, dispute, rule, type Said } from './disputing.ts';
import { approve, approveAll } from './people.ts';
import { STAKE_UNITS } from './providers.ts';
import { DAY_MS, HOUR_MS, isAt, isProposed, oneWorld } from './scenario.ts';
import { SENDER_TOKEN } from './senders.ts';

/**
 * Everything that others may try so that somebody is charged, or is charged more. Each trick is refused by a stable code or comes to
 * nothing, and the case goes on as if nobody had tried: who is really at fault pays what the law says. See docs/reference/tricks.md.
 */

const scenario = oneWorld();

/** What a major downtime, or a minor one that went on, costs in all at S1: 100 bps of the earning share. */
const S1_UNITS = STAKE_UNITS / 100n;

const conflict = { code: 'conflict-of-interest' };

/** What is proposed, by name and hash. */
async function draftOf(driver: CaseDriver): Promise<{ proposalId: string; draftHash: string }> {
  const { proposal } = await driver.record();
  if (!proposal) throw new Error('Nothing is proposed.');
  return { proposalId: proposal.proposalId, draftHash: proposal.draftHash };
}

/** Nothing is held, pending or final, nothing is kept from leaving, and access is whole. */
async function expectUnharmed(driver: CaseDriver): Promise<void> {
  const ledger = await driver.ledger();
  expect(ledger.balances).toMatchObject({
    available: STAKE_UNITS,
    held: 0n,
    pending: 0n,
    slashed: 0n,
  });
  expect(freeUnits(ledger)).toBe(STAKE_UNITS);
  expect(await driver.standing()).toBe('active');
}

describe.concurrent('false evidence (rules B2, B3, D8)', () => {
  scenario(
    'a single forged source: without credentials nothing, with stolen ones a warning that costs nothing',
    { violationType: 'subpar-delivery', severity: 'major' },
    async (driver, world) => {
      const { participantId, violationType, severity } = driver;
      const { intake } = world;
      const lie = { participantId, resourceId: driver.node(1), violationType, severity };
      for (const token of ['guessed', SENDER_TOKEN.slice(1)]) {
        const nowMs = await world.clock.follow();
        expect(await intake.senders.forge('monitor-a', nowMs, lie, token)).toMatchObject({
          status: 401,
          code: 'signature-invalid',
        });
      }
      expect(await intake.relayStore.readSlot(participantId, violationType)).toBeNull();

      await driver.fire({ sources: ['monitor-a'] });
      expect(await driver.until(isAt('W'))).toMatchObject({ announcedRung: 'S1' });
      const held = await driver.advance(10 * DAY_MS);
      expect(held).toMatchObject({
        rung: 'W',
        holds: [{ cause: 'insufficient-evidence' }],
        money: { heldUnits: '0', pendingUnits: '0' },
      });
      await expectUnharmed(driver);

      // Where a second, independent monitor sees the same, the very same case goes on.
      await driver.fire({ sources: ['monitor-b'] });
      expect(await driver.record()).toMatchObject({
        stage: 'proposed',
        holds: [],
        money: { heldUnits: S1_UNITS.toString() },
      });
    },
  );

  scenario(
    'one monitor under two names: two sources of one group count once',
    { violationType: 'subpar-delivery' },
    async (driver, world) => {
      await world.intake.addSource('twin', { independenceGroup: 'group-of-monitor-a' });
      await driver.fire({ sources: ['monitor-a', 'twin'] });
      await driver.until(isAt('W'));
      expect(await driver.advance(2 * DAY_MS)).toMatchObject({
        rung: 'W',
        holds: [{ cause: 'insufficient-evidence' }],
      });
      await expectUnharmed(driver);
    },
  );
});

describe.concurrent('judging one’s own matter (rules E1, E2, E5)', () => {
  scenario(
    'approver who set the mapping: refused under every account, and another one decides',
    { severity: 'major' },
    async (driver, world) => {
      await driver.fire();
      await driver.until(isProposed);
      await expect(approve(driver, 'sam-configures')).rejects.toMatchObject(conflict);
      await expect(
        approve(driver, 'sam-configures', { account: 'sam-2', organisation: 'elsewhere' }),
      ).rejects.toMatchObject(conflict);

      // The other way round: approve first, then set a source that bears the case out.
      await approve(driver, 'mallory');
      await world.intake.addSource('monitor-c', { setBy: ['mallory'] });
      await driver.fire({ sources: ['monitor-c'] });
      expect(await driver.advance(8 * DAY_MS)).toMatchObject({
        stage: 'proposed',
        rung: 'W',
        proposal: { approvals: [] },
      });
      await expect(approve(driver, 'mallory')).rejects.toMatchObject(conflict);
      await approve(driver, 'gerda');
      expect(await driver.until(isAt('S1'))).toMatchObject({
        money: { pendingUnits: S1_UNITS.toString() },
      });
    },
  );

  scenario(
    'two accounts of one person: S2 takes two persons of two organisations, each naming the draft as it is',
    { violationType: 'node-compromise', severity: 'critical' },
    async (driver) => {
      await climbToS1(driver);
      await driver.until(isProposed);
      const draft = await draftOf(driver);
      const other = { ...draft, draftHash: 'f'.repeat(64) };
      await expect(
        driver.act('gerda', { kind: 'approve', ...other, reason: 'unread' }),
      ).rejects.toMatchObject({ code: 'draft-changed' });
      await approve(driver, 'gerda');
      const twice = { account: 'gerda-2', organisation: 'elsewhere' };
      await expect(approve(driver, 'gerda', twice)).rejects.toMatchObject({
        code: 'already-approved',
      });
      await expect(approve(driver, 'gina', { organisation: 'org-of-gerda' })).rejects.toMatchObject(
        { code: 'same-organisation' },
      );
      const waiting = await driver.advance(8 * DAY_MS);
      expect(waiting).toMatchObject({ stage: 'proposed', rung: 'S1' });
      await approve(driver, 'gus');
      expect(await driver.record()).toMatchObject({
        stage: 'ended',
        outcome: 'excluded',
        rung: 'S2',
        money: { heldUnits: '0', pendingUnits: '1000000' },
      });
      expect(await driver.standing()).toBe('excluded');
    },
  );

  scenario(
    'reviewer of the rival’s group: a dispute is decided by others than those who decided, are related or complained',
    { severity: 'major' },
    async (driver, world) => {
      await world.intake.addSource('rival-monitor', { ownerControlGroup: 'the-rival' });
      await driver.fire({ sources: ['monitor-a', 'rival-monitor'] });
      await driver.until(isProposed);
      const rival = { controlGroup: 'the-rival' };
      await expect(approve(driver, 'rita', rival)).rejects.toMatchObject(conflict);
      await approveAll(driver);
      await driver.until(isAt('S1'));
      const disputeId = await dispute(driver, 'S1');
      const said: Said = { result: 'upheld', reasonCode: 'evidence' };
      const uphold = (person: string, options = {}) =>
        rule(driver, person, disputeId, said, options);
      await expect(uphold('rita', rival)).rejects.toMatchObject(conflict);
      await expect(uphold('rolf', { ...rival, organisation: 'elsewhere' })).rejects.toMatchObject(
        conflict,
      );
      await expect(uphold('governor-1')).rejects.toMatchObject({ code: 'role-taken' });
      await expect(
        uphold('cousin', { controlGroup: `group-of-${driver.participantId}` }),
      ).rejects.toMatchObject(conflict);
      await expect(uphold('auditor-1', { roles: ['auditor'] })).rejects.toMatchObject({
        code: 'reviewer-needed',
      });
      await uphold('reviewer-1');
      await expect(uphold('reviewer-1')).rejects.toMatchObject({ code: 'already-reviewed' });
      await expect(
        uphold('reviewer-3', { organisation: 'org-of-reviewer-1' }),
      ).rejects.toMatchObject({ code: 'same-organisation' });
      expect((await driver.record()).disputes[0]).toMatchObject({
        rulings: [{ person: 'reviewer-1' }],
        end: null,
      });
      await uphold('reviewer-2');
      expect((await driver.record()).disputes[0]?.end).toMatchObject({
        result: 'upheld',
        by: ['reviewer-1', 'reviewer-2'],
      });
    },
  );

  scenario(
    'approval of a draft that changed: it stands for nothing but the draft that it names',
    { severity: 'major', nodes: 2 },
    async (driver) => {
      // The second node is well for a day, so the first one alone has earned the draft.
      await driver.fire({ nodes: [1, 2] });
      await driver.until(isAt('W'));
      await driver.advance(DAY_MS);
      await driver.clear({ nodes: [2] });
      await driver.advance(DAY_MS);
      await driver.fire({ nodes: [2] });
      const half = { heldUnits: (S1_UNITS / 2n).toString() };
      expect(await driver.until(isProposed)).toMatchObject({ money: half });
      const small = await draftOf(driver);
      // Approved while its window still runs: nothing is imposed yet.
      await approve(driver, 'gerda');
      expect(await driver.record()).toMatchObject({ stage: 'proposed', rung: 'W' });

      // It drops with a correction; both nodes have earned the one that comes next, and it is twice as dear.
      await driver.advance(DAY_MS + HOUR_MS);
      await driver.clear({ nodes: [1, 2] });
      await driver.until((record) => record.correctedAtMs !== null);
      await driver.fire({ nodes: [1, 2] });
      const whole = { heldUnits: S1_UNITS.toString(), pendingUnits: '0' };
      expect(await driver.until(isProposed)).toMatchObject({ money: whole });
      const large = await draftOf(driver);
      expect((await driver.record()).proposal?.approvals).toEqual([]);
      const reason = 'read a week ago';
      for (const [named, code] of [
        [small, 'proposal-unknown'],
        [{ ...large, draftHash: small.draftHash }, 'draft-changed'],
      ] as const)
        await expect(
          driver.act('gus', { kind: 'approve', ...named, reason }),
        ).rejects.toMatchObject({ code });
      // Ten days on its window is long over, and nobody has approved it.
      expect(await driver.advance(10 * DAY_MS)).toMatchObject({ stage: 'proposed', money: whole });
      await approve(driver, 'gus');
      expect(await driver.until(isAt('S1'))).toMatchObject({
        money: { heldUnits: '0', pendingUnits: S1_UNITS.toString() },
      });
    },
  );
});
