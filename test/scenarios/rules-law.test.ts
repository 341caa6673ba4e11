import { describe, expect } from 'vitest';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { boundsOf } from '../../domain/law/lint/bound.ts';
import { adminApi } from '../../functions/admin-api/admin-api.ts';
import { policyFile } from '../../functions/admin-api/test-admin.ts';
import { incidentParts } from '../../functions/admin-api/test-incidents.ts';
import { newKey, openIssuer, send } from '../../functions/shared/test-http.ts';
import { CaseDriver } from './case-driver.ts';
import type { CaseWorld } from './case-world.ts';
import { approve, correct } from './people.ts';
import { addProvider } from './providers.ts';
import { about, DAY_MS, HOUR_MS, isAt, isProposed, MINUTE_MS, oneWorld } from './scenario.ts';

/** What a changed law does to cases, and how long a case can take that nobody touches. */

const scenario = oneWorld();

/** The shipped law with every rate of performance raised. */
function harsherLaw(version: string): Record<string, unknown> {
  const draft = policyFile(version);
  // biome-ignore lint/suspicious/noExplicitAny: a file is edited at will here
  const { performance } = draft['families'] as any;
  performance.capBps = 300;
  const rates = [0, 2, 20, 150, 400];
  for (const [index, rung] of performance.rungs.entries()) rung.slashBps = rates[index];
  return draft;
}

/** Two governors make a file law, over HTTP, to begin so many ms from now. */
async function publish(world: CaseWorld, policy: unknown, inMs: number): Promise<void> {
  const issuer = await openIssuer();
  const api = adminApi({
    ...incidentParts(world.store, world.clock),
    policies: createPolicyRegister(world.store),
    tokens: issuer.tokens,
    clock: world.clock,
  });
  const nowMs = await world.clock.follow();
  const post = async (sub: string, path: string, json: unknown) => {
    const exp = Math.ceil(nowMs / 1_000) + 3_600;
    const token = await issuer.token({ sub, roles: ['governor'], exp });
    const request = { method: 'POST', path, json, token, key: newKey() };
    const answer = await send<{ version: string; draftHash: string }>(api, request);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const effectiveFrom = new Date(nowMs + inMs).toISOString();
  const draft = await post('alice', '/v1/policies', { policy, effectiveFrom });
  const { version, draftHash } = draft;
  await post('bob', `/v1/policies/${version}/approve`, { draftHash, reason: 'agreed' });
}

describe('H8: a changed law', () => {
  scenario(
    'never alters an open case, and judges what occurs once it is in force',
    {},
    async (driver, world) => {
      await driver.fire();
      await driver.until(isAt('W'));
      const before = (await driver.state()).law;
      await publish(world, harsherLaw('harsh-1'), 7 * DAY_MS + HOUR_MS);
      await driver.until(isProposed);
      await approve(driver, 'gus');
      const severe = await driver.until(isAt('S1'));
      // The new law has been in force for days when the case reaches its severe rung, at the rates of its own.
      expect(severe).toMatchObject({ policyVersion: 'default-1' });
      expect(severe.money.pendingUnits).toBe('100000');
      expect((await driver.state()).law).toEqual(before);

      const other = 'provider-under-the-new-law';
      await addProvider(world, other);
      const next = new CaseDriver(world, { participantId: other });
      await next.fire();
      const penalty = await next.until(isAt('P1'));
      expect(penalty).toMatchObject({ policyVersion: 'harsh-1' });
      expect(penalty.money.pendingUnits).toBe('2000');
      // Who made the law judges nobody by it (rule E1).
      const { people } = await next.state();
      for (const person of ['alice', 'bob'])
        expect(people).toContainEqual({ person, role: 'configured' });
      await next.leave();
    },
  );
});

describe('H10: without further input', () => {
  const boundMs = (world: CaseWorld) =>
    boundsOf(world.policy).find(({ violationType }) => violationType === 'downtime')?.boundMs ?? 0;

  scenario('a violation that goes on comes before people in time', {}, async (driver, world) => {
    world.outside.setDeaf(driver.participantId, true);
    const openedMs = await world.clock.follow();
    await driver.fire();
    const { proposal } = await driver.until(isProposed);
    const tookMs = (proposal?.proposedAtMs ?? 0) - openedMs;
    // Allowance, and for each rung the inbox's two days and its window: the climb to S1 as the linter adds it up.
    const climbMs = 13 * DAY_MS + 5 * MINUTE_MS;
    expect(about(tookMs, climbMs)).toBe(climbMs);
    expect(tookMs).toBeLessThan(boundMs(world));
  });

  scenario('a monitor that falls silent makes it a task of people', {}, async (driver, world) => {
    world.outside.setDeaf(driver.participantId, true);
    const openedMs = await world.clock.follow();
    await driver.fire();
    await driver.until(isAt('W'));
    world.intake.senders.forget(driver.participantId);
    await driver.until((record) => record.holds[0]?.owner === 'operators', 60);
    const tookMs = (await world.clock.follow()) - openedMs;
    expect(tookMs).toBeGreaterThan(6 * DAY_MS);
    expect(tookMs).toBeLessThan(boundMs(world));
  });

  scenario('what is corrected at the last moment ends', {}, async (driver, world) => {
    world.outside.setDeaf(driver.participantId, true);
    const openedMs = await world.clock.follow();
    await driver.fire();
    await driver.until(isAt('W'));
    await driver.advance(3 * DAY_MS - 30 * MINUTE_MS);
    await correct(driver);
    const ended = await driver.until((record) => record.stage === 'ended');
    expect(ended).toMatchObject({ outcome: 'corrected', rung: 'W' });
    expect((await world.clock.follow()) - openedMs).toBeLessThan(boundMs(world));
  });
});
