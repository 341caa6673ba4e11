import { expect } from 'vitest';
import type { CaseDriver } from './case-driver.ts';
import type { CaseWorld } from './case-world.ts';
import { holdClocks, incidentsOf, releaseIncident } from './incidents.ts';
import { approve } from './people.ts';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, isProposed, oneWorld } from './scenario.ts';

// Rules A5 and A6 under the default law: a person holds the escalation clocks of a whole scope.

const scenario = oneWorld();

const ownScope = ({ participantId }: CaseDriver) => ({
  kind: 'participant' as const,
  participantId,
});

/** Fires and waits for the warning, whose notice is served at once. Returns when the window of P1 would end. */
async function warned(driver: CaseDriver): Promise<number> {
  await driver.fire();
  const record = await driver.until(isAt('W'));
  return imposedAt(record, 'W') + DAY_MS;
}

/** Goes to an instant, whatever the case does on the way. */
async function goTo(driver: CaseDriver, world: CaseWorld, atMs: number): Promise<void> {
  await driver.advance(Math.max(0, atMs - (await world.clock.follow())));
}

scenario(
  'a hold that begins and ends within a window moves its end by as long as it lasted',
  {},
  async (driver, world) => {
    const dueMs = await warned(driver);
    await goTo(driver, world, dueMs - 12 * HOUR_MS);
    const { incidentId } = await holdClocks(world, ownScope(driver));
    await goTo(driver, world, dueMs - 4 * HOUR_MS);
    await releaseIncident(world, incidentId, 'governor-2');
    const record = await driver.until(isAt('P1'));
    expect(about(imposedAt(record, 'P1'), dueMs + 8 * HOUR_MS)).toBe(dueMs + 8 * HOUR_MS);
    expect((await driver.state()).frozenMs).toBeGreaterThan(7 * HOUR_MS);
  },
);

scenario(
  'a case that falls due under a hold is held, and goes on where it was',
  {},
  async (driver, world) => {
    const dueMs = await warned(driver);
    await goTo(driver, world, dueMs - 4 * HOUR_MS);
    const { incidentId } = await holdClocks(world, ownScope(driver));
    const held = await driver.until(({ holds }) => holds.length > 0);
    expect(held).toMatchObject({ rung: 'W', holds: [{ cause: 'incident', owner: 'platform' }] });
    await goTo(driver, world, dueMs + 6 * HOUR_MS);
    await releaseIncident(world, incidentId, 'governor-2');
    // Four hours were left when the hold began, so four hours are left when it ends.
    const record = await driver.until(isAt('P1'));
    expect(about(imposedAt(record, 'P1'), dueMs + 10 * HOUR_MS)).toBe(dueMs + 10 * HOUR_MS);
    expect(record.holds).toEqual([]);
  },
);

scenario(
  'a hold that nobody ends is a task of governors after a day, and over after seven',
  {},
  async (driver, world) => {
    const dueMs = await warned(driver);
    await goTo(driver, world, dueMs - HOUR_MS);
    const { incidentId, openedAtMs } = await holdClocks(world, ownScope(driver));
    const asked = await driver.until(({ holds }) => holds[0]?.owner === 'governors');
    expect(about(asked.holds[0]?.limitAtMs, openedAtMs + DAY_MS)).toBe(openedAtMs + DAY_MS);
    const record = await driver.until(isAt('P1'), 400);
    expect(about(imposedAt(record, 'P1'), dueMs + 7 * DAY_MS)).toBe(dueMs + 7 * DAY_MS);
    const ended = (await incidentsOf(world)).find((one) => one.incidentId === incidentId);
    expect(ended).toMatchObject({ outcome: 'lapsed', closedAtMs: openedAtMs + 7 * DAY_MS });
  },
);

scenario('what is being confirmed is not confirmed under a hold', {}, async (driver, world) => {
  const { incidentId } = await holdClocks(world, ownScope(driver));
  await driver.fire();
  const held = await driver.until(({ holds }) => holds.length > 0);
  expect(held).toMatchObject({ stage: 'confirming', holds: [{ cause: 'incident' }], imposed: [] });
  await driver.advance(2 * HOUR_MS);
  await releaseIncident(world, incidentId, 'governor-2');
  expect(await driver.until(isAt('W'))).toMatchObject({ stage: 'correcting', holds: [] });
});

scenario(
  'an approved draft stays approved under a hold, and is imposed after it',
  { severity: 'major' },
  async (driver, world) => {
    await driver.fire();
    const { proposal } = await driver.until(isProposed);
    await approve(driver, 'governor-3');
    const { incidentId } = await holdClocks(world, ownScope(driver));
    const held = await driver.until(({ holds }) => holds.length > 0);
    expect(held).toMatchObject({ stage: 'proposed', holds: [{ cause: 'incident' }] });
    await driver.advance(5 * HOUR_MS);
    await releaseIncident(world, incidentId, 'governor-2');
    const record = await driver.until(isAt('S1'));
    expect(imposedAt(record, 'S1')).toBeGreaterThan((proposal?.windowEndsAtMs ?? 0) + 4 * HOUR_MS);
  },
);

scenario('a hold of another scope holds nothing', {}, async (driver, world) => {
  const dueMs = await warned(driver);
  await holdClocks(world, { kind: 'participant', participantId: 'somebody-else' });
  await holdClocks(world, { kind: 'family', family: 'security' });
  await holdClocks(world, { kind: 'source', sourceId: 'monitor-z' });
  const record = await driver.until(isAt('P1'));
  expect(about(imposedAt(record, 'P1'), dueMs)).toBe(dueMs);
});
