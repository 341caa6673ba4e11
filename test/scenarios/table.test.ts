import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { reportLines } from '../../apps/ops/verify/report.ts';
import { verifyLedger } from '../../apps/ops/verify/verify-ledger.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { Standing } from '../../domain/sanction.ts';
import type { Family, RungId, Severity } from '../../domain/violation.ts';
import { CaseDriver } from './case-driver.ts';
import { type CaseWorld, openCaseWorld } from './case-world.ts';
import { approveAll, correct, seekRestoration } from './people.ts';
import { addProvider } from './providers.ts';

/**
 * The default law in 48 situations, each a real life of a participant through the whole system: earlier cases that end, then the
 * case in question to its own end. All of them live side by side on one timeline. What they must come to is in a table that
 * imports nothing of the project.
 */

interface Step {
  rung: RungId;
  tier: string;
  announcedAtMs: number;
  proposedAtMs: number | null;
  imposedAtMs: number;
  approvals: number;
  auditors: number;
  chargeUnits: string;
  totalUnits: string;
  standing: string;
  minimumSuspensionMs: number | null;
  suspendedUntilAtLeastMs: number | null;
  rewardCutBps: number;
  rewardCutForMs: number;
  probationMs: number;
  finalAtMs: number;
}

interface Cell {
  family: Family;
  severity: Severity;
  time: number;
  earlier: { daysBefore: number; severity: Severity; servedRung: RungId; chargeUnits: string }[];
  stakeAtFaultUnits: string;
  startRung: RungId;
  firstAnnounced: RungId;
  steps: Step[];
  end: 'excluded' | 'asks-governors';
}

const file = path.join(import.meta.dirname, '../law/table/expected.json');
const {
  cells: all,
  stakeUnits,
  allowanceMs,
} = JSON.parse(readFileSync(file, 'utf8')) as {
  cells: Cell[];
  stakeUnits: string;
  allowanceMs: number;
};

/** Where each task replays its whole history, the cost of a life is the square of it: every fifth shows what does not replay as well. */
const cells = all.filter((_, index) => process.env['CACHED_WORKFLOWS'] !== '0' || index % 5 === 0);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far an instant may lie from the table's: a skip is not exact, and many cases are due at once. */
const TOLERANCE_MS = 60_000;
/** The longest past of a cell: three earlier cases, forty days apart. */
const PAST_MS = 125 * DAY_MS;

const VIOLATION_TYPES: Record<Family, string> = {
  performance: 'downtime',
  operational: 'resource-hoarding',
  security: 'node-compromise',
};

/** What became of one cell, in the table's own words, and what its life left behind. */
interface Life extends Pick<Cell, 'startRung' | 'firstAnnounced' | 'stakeAtFaultUnits'> {
  earlier: { servedRung: RungId | null; chargeUnits: string; standingAfter: Standing }[];
  confirmedAfterMs: number;
  standingWarned: Standing;
  steps: Omit<Step, 'probationMs'>[];
  end: string;
  probationMs: number | null;
  last: CaseRecord;
  lastStanding: Standing;
  /** What became of the money of each step. */
  final: { rung: RungId; status: string; finalAtMs: number }[];
}

let world: CaseWorld;
const lives = new Map<Cell, Life>();

beforeAll(async () => {
  world = await openCaseWorld('default.json');
  const startMs = (await world.clock.follow()) + PAST_MS;
  const results = await world.timeline.all(cells.map((cell) => () => live(cell, startMs)));
  for (const [index, cell] of cells.entries()) {
    const life = results[index];
    if (life) lives.set(cell, life);
  }
}, 900_000);
afterAll(() => world?.close());

/** One participant's whole life. */
async function live(cell: Cell, startMs: number): Promise<Life> {
  const participantId = `${cell.family}-${cell.severity}-${cell.time}`;
  await addProvider(world, participantId, { stakeUnits: BigInt(stakeUnits) });
  const violationType = VIOLATION_TYPES[cell.family];
  // Each time of the table begins an hour after the one before, so that not all of them are due in the same second.
  const firedAtMs = startMs + cell.time * HOUR_MS;
  const earlier: Life['earlier'] = [];
  for (const { daysBefore, severity, servedRung } of cell.earlier) {
    await world.timeline.until(firedAtMs - daysBefore * DAY_MS);
    const driver = new CaseDriver(world, { participantId, violationType, severity });
    earlier.push(await liveEarlier(driver, servedRung));
  }
  await world.timeline.until(firedAtMs);
  const setting = { participantId, violationType, severity: cell.severity };
  return { ...(await liveCase(new CaseDriver(world, setting), cell)), earlier };
}

/** An earlier time: corrected after a rung, and back in full standing before the next. */
async function liveEarlier(driver: CaseDriver, rung: RungId): Promise<Life['earlier'][number]> {
  await driver.fire();
  await driver.until((record) => record.rung === rung);
  await driver.advance(HOUR_MS);
  await correct(driver);
  if (rung !== 'W') await seekRestoration(driver);
  const { rung: servedRung, money } = await driver.finish();
  return { servedRung, chargeUnits: money.finalUnits, standingAfter: await driver.standing() };
}

async function liveCase(driver: CaseDriver, cell: Cell): Promise<Omit<Life, 'earlier'>> {
  const { balances } = await driver.ledger();
  const firedAtMs = await world.clock.follow();
  await driver.fire();
  const warned = await driver.until((record) => record.rung === 'W');
  const standingWarned = await driver.standing();
  const warnedAtMs = warned.imposed[0]?.imposedAtMs ?? 0;
  const steps: Life['steps'] = [];
  while (steps.length < cell.steps.length) steps.push(await liveStep(driver, warnedAtMs));
  const end = await liveEnd(driver);
  const { endedAtMs, probationUntilMs } = await driver.record();
  const last = await driver.finish();
  const { cases } = await driver.ledger();
  const parts = cases.find((entry) => entry.caseId === driver.caseId)?.parts ?? [];
  const proposedAt = await proposals(driver);
  return {
    startRung: warned.startRung ?? 'S2',
    firstAnnounced: warned.announcedRung ?? 'S2',
    stakeAtFaultUnits: balances.available.toString(),
    confirmedAfterMs: warnedAtMs - firedAtMs,
    standingWarned,
    steps: steps.map((step) => ({
      ...step,
      proposedAtMs: sinceWarning(proposedAt.get(step.rung), warnedAtMs),
    })),
    end,
    probationMs: probationUntilMs === null ? null : probationUntilMs - (endedAtMs ?? 0),
    last,
    lastStanding: await driver.standing(),
    final: parts.map(({ rung, status, settledAtMs }) => ({
      rung,
      status,
      finalAtMs: (settledAtMs ?? 0) - warnedAtMs,
    })),
  };
}

/** From one announcement to the rung that it announced, approvals on the way. */
async function liveStep(driver: CaseDriver, warnedAtMs: number): Promise<Life['steps'][number]> {
  const before = await driver.record();
  let record = await driver.toNextDeadline();
  const approvals = record.stage === 'proposed' ? await approveAll(driver) : 0;
  if (record.stage === 'proposed') record = await driver.toNextDeadline();
  const { law, rung } = await driver.state();
  const imposed = record.imposed.at(-1);
  const sanction = await driver.sanction();
  const atMs = imposed?.imposedAtMs ?? 0;
  const untilMs = sanction?.minimumUntilMs ?? null;
  return {
    rung: rung ?? 'W',
    tier: record.tier ?? 'none',
    announcedAtMs: (before.announcementServedAtMs ?? 0) - warnedAtMs,
    proposedAtMs: null,
    imposedAtMs: atMs - warnedAtMs,
    approvals,
    auditors: law?.rungs.find((one) => one.id === rung)?.auditors ?? 0,
    chargeUnits: imposed?.chargedUnits ?? '',
    totalUnits: (BigInt(record.money.pendingUnits) + BigInt(record.money.finalUnits)).toString(),
    standing: await driver.standing(),
    minimumSuspensionMs: untilMs === null ? null : untilMs - atMs,
    suspendedUntilAtLeastMs: untilMs === null ? null : untilMs - warnedAtMs,
    rewardCutBps: sanction?.rewardCutBps ?? 0,
    rewardCutForMs: (sanction?.rewardCutUntilMs ?? 0) - atMs,
    finalAtMs: (imposed?.finalDueAtMs ?? 0) - warnedAtMs,
  };
}

/** When each rung was proposed, from the case's own history: a proposal whose window has ended is imposed in the same breath. */
async function proposals(driver: CaseDriver): Promise<Map<string, number>> {
  const { items } = await createCaseReader(world.store).timeline(driver.caseId, undefined, 200);
  const proposed = items.filter((entry) => entry.kind === 'rung-proposed');
  return new Map(proposed.map((entry) => [entry.summary.slice(0, 2), entry.atMs]));
}

function sinceWarning(atMs: number | undefined, warnedAtMs: number): number | null {
  return atMs === undefined ? null : atMs - warnedAtMs;
}

/** Where time alone ends; from the ceiling the participant then takes the way back. */
async function liveEnd(driver: CaseDriver): Promise<string> {
  const { outcome, stage, announcedRung } = await driver.record();
  if (outcome !== null) return outcome;
  if (stage !== 'correcting' || announcedRung !== null) return `${stage} ${announcedRung}`;
  const { waitsFor } = await driver.record();
  await correct(driver);
  await seekRestoration(driver);
  await driver.until((record) => record.stage === 'ended');
  return waitsFor.startsWith('a governor to propose') ? 'asks-governors' : waitsFor;
}

/** Cuts do not add up: the largest that runs is in force, for as long as the longest (rule C3). */
function withLargestCut(steps: Step[]): Step[] {
  let bps = 0;
  let untilMs = 0;
  return steps.map((step) => {
    bps = Math.max(bps, step.rewardCutBps);
    untilMs = Math.max(untilMs, step.imposedAtMs + step.rewardCutForMs);
    return { ...step, rewardCutBps: bps, rewardCutForMs: untilMs - step.imposedAtMs };
  });
}

/** What is instant or length of time may differ by a little; the rest must be the table's. */
function close(observed: object, expected: object): object {
  const entries = Object.entries(observed).map(([name, value]) => {
    const wanted: unknown = Reflect.get(expected, name);
    const isClose =
      name.endsWith('Ms') &&
      typeof value === 'number' &&
      typeof wanted === 'number' &&
      Math.abs(value - wanted) <= TOLERANCE_MS;
    return [name, isClose ? wanted : value];
  });
  return Object.fromEntries(entries);
}

/** The table's words for what was observed, so that nothing is compared that a life does not show. */
function wanted(step: Step, observed: object): object {
  return Object.fromEntries(Object.keys(observed).map((name) => [name, Reflect.get(step, name)]));
}

describe.each(cells)('$family, $severity, time $time', (cell) => {
  const lifeOf = () => lives.get(cell) as Life;

  test('earlier cases end and leave full standing', () => {
    const expected = cell.earlier.map(({ servedRung, chargeUnits }) => ({
      servedRung,
      chargeUnits,
      standingAfter: 'active',
    }));
    expect(lifeOf().earlier).toEqual(expected);
  });

  test('starts where the table says, with a warning that costs nothing', () => {
    const { startRung, firstAnnounced, stakeAtFaultUnits } = cell;
    const life = lifeOf();
    expect(life).toMatchObject({ startRung, firstAnnounced, stakeAtFaultUnits });
    expect(life.standingWarned).toBe('active');
    expect(life.confirmedAfterMs).toBeGreaterThanOrEqual(allowanceMs);
    expect(life.confirmedAfterMs).toBeLessThanOrEqual(allowanceMs + TOLERANCE_MS);
  });

  test('climbs the rungs, amounts, windows and standings of the table', () => {
    const expected = withLargestCut(cell.steps);
    const { steps } = lifeOf();
    expect(steps.map((step, index) => close(step, expected[index] ?? {}))).toEqual(
      expected.map((step, index) => wanted(step, steps[index] ?? {})),
    );
  });

  test('ends as the table says, with its probation, and all money final at its instant', () => {
    const life = lifeOf();
    const top = cell.steps.at(-1);
    const isExcluded = cell.end === 'excluded';
    expect(life.end).toBe(cell.end);
    expect(life.probationMs).toBe(isExcluded ? null : top?.probationMs);
    expect(life.lastStanding).toBe(isExcluded ? 'excluded' : 'active');
    expect(life.last).toMatchObject({
      stage: 'ended',
      outcome: isExcluded ? 'excluded' : 'reinstated',
      money: { heldUnits: '0', pendingUnits: '0', finalUnits: top?.totalUnits },
    });
    const charged = cell.steps.filter((step) => step.chargeUnits !== '0');
    expect(life.final.map((part, index) => close(part, charged[index] ?? {}))).toEqual(
      charged.map(({ rung, finalAtMs }) => ({ rung, finalAtMs, status: 'final' })),
    );
  });
});

test('every chain of all these lives is whole, and every decision comes out of its record again', async () => {
  const report = await verifyLedger(world.store);
  expect(reportLines(report).slice(1)).toEqual(['Everything is as it was decided.']);
  const decided = report.verifications.reduce((sum, { decisions }) => sum + decisions, 0);
  expect(decided).toBeGreaterThan(6 * cells.length);
});
