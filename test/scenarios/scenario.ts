import { afterAll, beforeAll, test } from 'vitest';
import { reportLines } from '../../apps/ops/verify/report.ts';
import { verifyLedger } from '../../apps/ops/verify/verify-ledger.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { RungId } from '../../domain/violation.ts';
import { CaseDriver, type CaseSetting } from './case-driver.ts';
import { type CaseWorld, openCaseWorld, type WorldOptions } from './case-world.ts';
import { addProvider, type ProviderChanges } from './providers.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** What a scenario is about beside its script. */
export type ScenarioSetting = Partial<Omit<CaseSetting, 'participantId'>> & ProviderChanges;

/** One scenario: a participant of its own, driven through one case, and perhaps more. */
export type Scenario = (
  name: string,
  setting: ScenarioSetting,
  script: (driver: CaseDriver, world: CaseWorld) => Promise<void>,
) => void;

/** One that waits for the time of all others takes as long as they do together. */
const PATIENCE_MS = 300_000;

/** How far an instant may lie from the one that is expected. */
const TOLERANCE_MS = MINUTE_MS;

/**
 * Opens a world under the default law for the scenarios of one test file. Those of one `describe` are lived side by side, and those of
 * several that are `concurrent` too: time moves when all of them wait.
 */
export function oneWorld(options: WorldOptions = {}): Scenario {
  let world: CaseWorld;
  let providers = 0;
  beforeAll(async () => {
    world = await openCaseWorld('default.json', options);
    world.timeline.stepAside();
  });
  afterAll(async () => {
    try {
      if (world) await everythingIsAsDecided(world);
    } finally {
      await world?.close();
    }
  });
  return (name, { violationType, severity, ...provider }, script) => {
    providers += 1;
    const participantId = `provider-${providers}`;
    const live = () =>
      world.timeline.alongside(async () => {
        await addProvider(world, participantId, provider);
        const driver = new CaseDriver(world, {
          participantId,
          ...(violationType !== undefined && { violationType }),
          ...(severity !== undefined && { severity }),
        });
        await script(driver, world);
        await driver.leave();
      });
    test.concurrent(name, live, PATIENCE_MS);
  };
}

/** Whatever was lived in a world: its books and chains are whole, and every decision comes out of its record again (invariants H1, H4, H8). */
async function everythingIsAsDecided(world: CaseWorld): Promise<void> {
  const lines = reportLines(await verifyLedger(world.store));
  if (lines.at(-1) !== 'Everything is as it was decided.') throw new Error(lines.join('\n'));
}

/** When a rung was imposed; throws when it was not. */
export function imposedAt(record: CaseRecord, rung: RungId): number {
  const step = record.imposed.find((one) => one.rung === rung);
  if (!step) throw new Error(`${rung} was not imposed; the case is at ${record.rung}.`);
  return step.imposedAtMs;
}

/** An instant rounded to the tolerance around what is expected, so that equality says what it means. */
export function about(atMs: number | null | undefined, expectedMs: number): number | null {
  if (atMs === null || atMs === undefined) return null;
  return Math.abs(atMs - expectedMs) <= TOLERANCE_MS ? expectedMs : atMs;
}

/** A record at which a rung is in force. */
export const isAt = (rung: RungId) => (record: CaseRecord) => record.rung === rung;

/** A record in which a rung is proposed. */
export const isProposed = (record: CaseRecord) => record.stage === 'proposed';
