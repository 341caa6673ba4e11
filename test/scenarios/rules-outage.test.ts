import { describe, expect } from 'vitest';
import { about, DAY_MS, HOUR_MS, imposedAt, isAt, MINUTE_MS, oneWorld } from './scenario.ts';

/** Our own outage slashes nobody. These scenarios have a world of their own: they disturb everybody in it. */

const scenario = oneWorld();

describe('A6: an observation that waits undelivered holds the gate', () => {
  scenario(
    'nothing is imposed while news waits in the inbox; afterwards the rung comes',
    { nodes: 2 },
    async (driver, world) => {
      await driver.fire();
      const warned = await driver.until(isAt('W'));
      const dueMs = imposedAt(warned, 'W') + DAY_MS;
      await driver.advance(DAY_MS - 10 * MINUTE_MS);
      await driver.fire({ nodes: [2], isRelayed: false });
      const held = await driver.until((record) => record.holds.length > 0);
      expect(held).toMatchObject({
        stage: 'correcting',
        rung: 'W',
        holds: [{ cause: 'lateness', owner: 'platform' }],
        money: { pendingUnits: '0' },
      });
      expect(about(held.holds[0]?.sinceMs, dueMs)).toBe(dueMs);
      expect(await driver.advance(3 * HOUR_MS)).toMatchObject({ rung: 'W' });

      await world.intake.relayFor(driver.participantId);
      await driver.settle();
      const p1 = await driver.record();
      expect(p1).toMatchObject({ rung: 'P1', holds: [] });
      expect(imposedAt(p1, 'P1')).toBeGreaterThanOrEqual(dueMs + 3 * HOUR_MS);
      // Only the first node has fired through its window: half of the capacity, half of the charge.
      expect(p1.money.pendingUnits).toBe('500');
      const { announced } = await driver.state();
      expect(announced?.notices.map((notice) => notice.resourceIds)).toEqual([
        [driver.node(1), driver.node(2)],
      ]);
    },
  );
});
