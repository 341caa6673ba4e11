import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goesBefore } from '../../domain/breaker/queue.ts';
import { SEVERITIES, type Severity } from '../../domain/violation.ts';
import { CaseDriver } from './case-driver.ts';
import { type CaseWorld, openCaseWorld } from './case-world.ts';
import { incidentsOf, releaseIncident } from './incidents.ts';
import { addProvider, STAKE_UNITS } from './providers.ts';
import { DAY_MS, HOUR_MS, imposedAt, isAt, MINUTE_MS } from './scenario.ts';

// Rule D12 under the default law: a whole network, whose participants fail at once.

const BYSTANDERS = 22;

let world: CaseWorld;
beforeAll(async () => {
  world = await openCaseWorld('default.json', { breaker: 'as-written' });
  for (let number = 1; number <= BYSTANDERS; number += 1)
    await addProvider(world, `bystander-${number}`);
});
afterAll(() => world?.close());

const drivers: CaseDriver[] = [];

/** Participants that fail at once, each with a case of its own. */
async function failAtOnce(names: string, severities: readonly Severity[]): Promise<CaseDriver[]> {
  const failing: CaseDriver[] = [];
  for (const [index, severity] of severities.entries()) {
    const participantId = `${names}-${index + 1}`;
    await addProvider(world, participantId);
    const driver = new CaseDriver(world, { participantId, severity });
    await driver.fire();
    failing.push(driver);
  }
  drivers.push(...failing);
  return failing;
}

const alongside = <T>(failing: CaseDriver[], live: (driver: CaseDriver) => Promise<T>) =>
  world.timeline.all(failing.map((driver) => () => live(driver)));

/** The most impositions that lie in any one hour. */
function mostInAnHour(instants: readonly number[]): number {
  const counts = instants.map(
    (atMs) => instants.filter((one) => one <= atMs && one >= atMs - HOUR_MS).length,
  );
  return Math.max(...counts);
}

const isWaiting = (driver: CaseDriver) =>
  driver.record().then(({ holds }) => holds[0]?.cause === 'breaker');

describe('when eight of thirty participants fail at once', () => {
  let failing: CaseDriver[];
  const places = new Map<string, { severity: Severity; sinceMs: number; caseId: string }>();

  it('three are imposed, and the others wait without losing anything', async () => {
    const mixed = SEVERITIES.filter((severity) => severity === 'minor' || severity === 'moderate');
    failing = await failAtOnce('failing', [...mixed, ...mixed, ...mixed, ...mixed]);
    await alongside(failing, (driver) =>
      driver.until(({ rung, holds }) => rung === 'P1' || holds[0]?.cause === 'breaker'),
    );
    const waiting: CaseDriver[] = [];
    for (const driver of failing) if (await isWaiting(driver)) waiting.push(driver);
    expect(waiting).toHaveLength(5);
    for (const driver of waiting) {
      const state = await driver.state();
      expect(state).toMatchObject({ stage: 'correcting', rung: 'W', announced: { rung: 'P1' } });
      expect(await driver.standing()).toBe('active');
      expect((await driver.ledger()).balances.pending).toBe(0n);
      if (state.queued) places.set(driver.caseId, { ...state.queued, caseId: driver.caseId });
    }
    expect(places.size).toBe(5);
    expect(await incidentsOf(world)).toMatchObject([
      { kind: 'breaker', openedBy: 'system', closedAtMs: null },
    ]);
  });

  it('the rest follows, gravest first and the oldest of them, and never more than three in an hour', async () => {
    await alongside(failing, (driver) => driver.until(isAt('P1')));
    const imposed = new Map<string, number>();
    for (const driver of failing)
      imposed.set(driver.caseId, imposedAt(await driver.record(), 'P1'));
    expect(mostInAnHour([...imposed.values()])).toBe(3);
    const inQueue = [...places.values()].sort((a, b) => (goesBefore(a, b) ? -1 : 1));
    const inTime = inQueue.map(({ caseId }) => imposed.get(caseId) ?? 0);
    // Three go together after the first hour, two after the second; nobody before one that stood before it.
    expect(Math.max(...inTime.slice(0, 3))).toBeLessThan(Math.min(...inTime.slice(3)));
    const firstMs = Math.min(...imposed.values());
    expect(Math.max(...inTime)).toBeLessThan(firstMs + 2 * (HOUR_MS + 6 * MINUTE_MS) + MINUTE_MS);
    for (const driver of failing) {
      const { balances } = await driver.ledger();
      expect(balances.pending).toBe(STAKE_UNITS / 10_000n);
      expect(await driver.standing()).toBe('suspended');
      expect(await driver.state()).toMatchObject({ holds: [], announced: { rung: 'P2' } });
    }
  });

  it('its incident closes by itself when nothing waits any more', async () => {
    expect(await incidentsOf(world)).toMatchObject([{ kind: 'breaker', outcome: 'passed' }]);
    for (const driver of drivers) await driver.leave();
  });
});

describe('when a third of the network is suspended', () => {
  it('further suspensions wait for governors, two of two organisations', async () => {
    // Eight of 34 are suspended; eleven may be.
    const failing = await failAtOnce('further', ['minor', 'minor', 'minor', 'minor']);
    await alongside(failing, (driver) =>
      driver.until(({ rung, holds }) => rung === 'P1' || holds[0]?.cause === 'breaker'),
    );
    const waiting: CaseDriver[] = [];
    for (const driver of failing) if (await isWaiting(driver)) waiting.push(driver);
    for (const driver of failing) if (!waiting.includes(driver)) await driver.leave();
    expect(waiting).toHaveLength(1);
    const last = waiting[0] as CaseDriver;
    await last.until(({ holds }) => holds[0]?.owner === 'governors');
    const held = await last.record();
    expect((held.holds[0]?.limitAtMs ?? 0) - (held.holds[0]?.sinceMs ?? 0)).toBe(DAY_MS);
    const [open] = await incidentsOf(world);
    if (!open) throw new Error('There is no incident.');
    await releaseIncident(world, open.incidentId, 'governor-1');
    await last.advance(2 * HOUR_MS);
    expect(await isWaiting(last)).toBe(true);
    const done = await releaseIncident(world, open.incidentId, 'governor-2');
    expect(done).toMatchObject({ outcome: 'released' });
    await last.advance(HOUR_MS + MINUTE_MS);
    expect(await last.record()).toMatchObject({ rung: 'P1', holds: [] });
    expect(await last.standing()).toBe('suspended');
    await last.leave();
  });
});
