// What the default law does in each of 48 situations, computed apart from the project: nothing of it is imported, the numbers
// are typed in from the rules and the arithmetic is this file's own. `expected.json` is what it prints; real runs are compared
// with that. Run: node test/law/table/make-table.ts

import { readFileSync, writeFileSync } from 'node:fs';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

type FamilyName = 'performance' | 'operational' | 'security';
type SeverityName = 'minor' | 'moderate' | 'major' | 'critical';
type Step = 'P1' | 'P2' | 'S1' | 'S2';

/** grace, answer: hours. slash, cut: basis points. min: shortest suspension in ms. Days for the rest. */
interface Row {
  grace: number;
  answer: number;
  slash: bigint;
  access: 'suspended' | 'excluded';
  min: number | null;
  cut: number;
  cutDays: number;
  probationDays: number;
  execution: 'automatic' | 'unless-vetoed' | 'on-approval';
}

type Ladder = Record<Step, Row> & { capBps: bigint; spacingDays: number };

// Rules §G, first table.
const LADDERS: Record<FamilyName, Ladder> = {
  performance: {
    capBps: 200n,
    spacingDays: 29,
    P1: {
      grace: 24,
      answer: 24,
      slash: 1n,
      access: 'suspended',
      min: 10 * MINUTE,
      cut: 1000,
      cutDays: 7,
      probationDays: 7,
      execution: 'automatic',
    },
    P2: {
      grace: 24,
      answer: 72,
      slash: 10n,
      access: 'suspended',
      min: 24 * HOUR,
      cut: 2500,
      cutDays: 14,
      probationDays: 28,
      execution: 'automatic',
    },
    S1: {
      grace: 72,
      answer: 168,
      slash: 100n,
      access: 'suspended',
      min: 7 * DAY,
      cut: 5000,
      cutDays: 30,
      probationDays: 37,
      execution: 'on-approval',
    },
    S2: {
      grace: 720,
      answer: 168,
      slash: 250n,
      access: 'excluded',
      min: null,
      cut: 0,
      cutDays: 0,
      probationDays: 0,
      execution: 'on-approval',
    },
  },
  operational: {
    capBps: 500n,
    spacingDays: 40,
    P1: {
      grace: 168,
      answer: 24,
      slash: 10n,
      access: 'suspended',
      min: 0,
      cut: 1000,
      cutDays: 14,
      probationDays: 14,
      execution: 'automatic',
    },
    P2: {
      grace: 72,
      answer: 72,
      slash: 50n,
      access: 'suspended',
      min: 72 * HOUR,
      cut: 2500,
      cutDays: 28,
      probationDays: 28,
      execution: 'unless-vetoed',
    },
    S1: {
      grace: 72,
      answer: 168,
      slash: 250n,
      access: 'suspended',
      min: 14 * DAY,
      cut: 5000,
      cutDays: 30,
      probationDays: 56,
      execution: 'on-approval',
    },
    S2: {
      grace: 720,
      answer: 168,
      slash: 850n,
      access: 'excluded',
      min: null,
      cut: 0,
      cutDays: 0,
      probationDays: 0,
      execution: 'on-approval',
    },
  },
  security: {
    capBps: 1000n,
    spacingDays: 40,
    P1: {
      grace: 24,
      answer: 24,
      slash: 50n,
      access: 'suspended',
      min: 24 * HOUR,
      cut: 2500,
      cutDays: 14,
      probationDays: 28,
      execution: 'automatic',
    },
    P2: {
      grace: 24,
      answer: 72,
      slash: 200n,
      access: 'suspended',
      min: 7 * DAY,
      cut: 5000,
      cutDays: 28,
      probationDays: 56,
      execution: 'unless-vetoed',
    },
    S1: {
      grace: 24,
      answer: 168,
      slash: 500n,
      access: 'suspended',
      min: 28 * DAY,
      cut: 5000,
      cutDays: 30,
      probationDays: 84,
      execution: 'on-approval',
    },
    S2: {
      grace: 24,
      answer: 168,
      slash: 1000n,
      access: 'excluded',
      min: null,
      cut: 0,
      cutDays: 0,
      probationDays: 0,
      execution: 'on-approval',
    },
  },
};

const ORDER: Step[] = ['P1', 'P2', 'S1', 'S2'];
const APPROVALS: Record<Step, number> = { P1: 0, P2: 0, S1: 1, S2: 2 };

// Rules §G, second table: [start, factor] for the first to the fourth time.
const STARTS: Record<SeverityName, ['W' | Step, bigint][]> = {
  minor: [
    ['W', 1n],
    ['P1', 1n],
    ['P2', 1n],
    ['S1', 1n],
  ],
  moderate: [
    ['P1', 1n],
    ['P2', 1n],
    ['S1', 1n],
    ['S2', 1n],
  ],
  major: [
    ['S1', 1n],
    ['S1', 2n],
    ['S2', 1n],
    ['S2', 1n],
  ],
  critical: [
    ['S1', 1n],
    ['S2', 1n],
    ['S2', 1n],
    ['S2', 1n],
  ],
};

// Rule C3: the cut in halves of the rung's own.
const CUT_HALVES: Record<SeverityName, number> = { minor: 1, moderate: 2, major: 3, critical: 4 };

const STAKE = 10_000_000n;

/** Nothing, the smallest that there is, one below what feels a single basis point, and a stake of 38 digits. */
const OTHER_STAKES = [0n, 1n, 9_999n, 10n ** 37n];

/** Up, as rule D3 has it for slashes, but nothing below one unit and never the whole: every rate here is below it. */
function share(stake: bigint, bps: bigint): bigint {
  if (stake * bps < 10_000n) return 0n;
  const up = (stake * bps + 9_999n) / 10_000n;
  return up < stake ? up : stake - 1n;
}

/**
 * Earlier times: minor violations of the same family, the first two corrected after P1, the third in W. They lie
 * `spacingDays` apart: outside the last one's probation, outside the cap's 28 days, inside the recurrence window, and their
 * money is final before the next one. Outside security half of it, rounded down, has come back by then (rule D11). So each finds a
 * little less stake.
 */
function earlierCases(family: FamilyName, times: number, stakeAtFirst = STAKE) {
  const { P1, spacingDays } = LADDERS[family];
  const cases = [];
  let stake = stakeAtFirst;
  for (let index = 0; index < times - 1; index += 1) {
    const served = index < 2 ? 'P1' : 'W';
    const charge = served === 'P1' ? share(stake, P1.slash) : 0n;
    cases.push({
      daysBefore: spacingDays * (times - 1 - index),
      severity: 'minor',
      servedRung: served,
      chargeUnits: charge.toString(),
    });
    stake -= family === 'security' ? charge : charge - charge / 2n;
  }
  return { cases, stake };
}

/** The rungs that time alone leads through (rules A8, A12). */
function pathOf(severity: SeverityName, start: 'W' | Step): Step[] {
  const first = start === 'W' ? 'P1' : start;
  const ceiling = (severity === 'minor' || severity === 'moderate') && start !== 'S2' ? 'S1' : 'S2';
  return ORDER.slice(ORDER.indexOf(first), ORDER.indexOf(ceiling) + 1);
}

function stepsOf(
  family: FamilyName,
  severity: SeverityName,
  start: 'W' | Step,
  factor: bigint,
  stake: bigint,
) {
  const ladder = LADDERS[family];
  const cap = (stake * ladder.capBps) / 10_000n;
  let announcedAtMs = 0;
  let charged = 0n;
  return pathOf(severity, start).map((rung) => {
    const row = ladder[rung];
    const target = share(stake, row.slash * (rung === start ? factor : 1n));
    const total = rung === 'S2' || target < cap ? target : cap;
    const charge = total > charged ? total - charged : 0n;
    charged += charge;
    const graceMs = row.grace * HOUR;
    const imposedAtMs = announcedAtMs + Math.max(graceMs, row.answer * HOUR);
    const step = {
      rung,
      tier: rung.startsWith('P') ? 'penalty' : 'severe',
      announcedAtMs,
      proposedAtMs: row.execution === 'automatic' ? null : announcedAtMs + graceMs,
      imposedAtMs,
      execution: row.execution,
      approvals: APPROVALS[rung],
      auditors: rung === 'S1' ? (family === 'security' ? 2 : 1) : 0,
      targetUnits: target.toString(),
      chargeUnits: charge.toString(),
      totalUnits: charged.toString(),
      standing: row.access,
      minimumSuspensionMs: row.min,
      suspendedUntilAtLeastMs: row.min === null ? null : imposedAtMs + row.min,
      rewardCutBps: Math.min(10_000, Math.floor((row.cut * CUT_HALVES[severity]) / 2)),
      rewardCutForMs: row.cutDays * DAY,
      probationMs: row.probationDays * DAY,
      finalAtMs: imposedAtMs + (rung.startsWith('P') ? 14 : 30) * DAY,
      hardStopAtMs: imposedAtMs + 56 * DAY,
    };
    announcedAtMs = imposedAtMs;
    return step;
  });
}

function cellOf(family: FamilyName, severity: SeverityName, time: number) {
  // Critical counts as major outside security.
  const reckoned = severity === 'critical' && family !== 'security' ? 'major' : severity;
  const cell = STARTS[reckoned][time - 1];
  if (cell === undefined) throw new Error(`There is no time ${time}.`);
  const [start, factor] = cell;
  const { cases, stake } = earlierCases(family, time);
  const steps = stepsOf(family, reckoned, start, factor, stake);
  return {
    family,
    severity,
    time,
    earlier: cases,
    stakeAtFaultUnits: stake.toString(),
    startRung: start,
    multiplierBps: Number(factor) * 10_000,
    firstAnnounced: steps[0]?.rung,
    warning: {
      rung: 'W',
      tier: 'warning',
      imposedAtMs: 0,
      chargeUnits: '0',
      standing: 'active',
      disputeUntilMs: 14 * DAY,
    },
    steps,
    /** Where time alone ends: excluded, or at S1 with the governors asked every 30 days. */
    end: steps.at(-1)?.rung === 'S2' ? 'excluded' : 'asks-governors',
    capUnits: ((stake * LADDERS[family].capBps) / 10_000n).toString(),
    atOtherStakes: chargesAt(family, reckoned, time, cell),
  };
}

/** What the same rungs charge on other stakes: what each earlier case charged and what each step adds, in a row. */
function chargesAt(
  family: FamilyName,
  reckoned: SeverityName,
  time: number,
  [start, factor]: ['W' | Step, bigint],
) {
  return OTHER_STAKES.map((stakeUnits) => {
    const { cases, stake } = earlierCases(family, time, stakeUnits);
    return {
      stakeUnits: stakeUnits.toString(),
      earlierUnits: cases.map(({ chargeUnits }) => chargeUnits).join(' '),
      chargeUnits: stepsOf(family, reckoned, start, factor, stake)
        .map((step) => step.chargeUnits)
        .join(' '),
    };
  });
}

/** The whole table as the text of `expected.json`. */
export function tableText(): string {
  const cells = [];
  for (const family of ['performance', 'operational', 'security'] as const) {
    for (const severity of ['minor', 'moderate', 'major', 'critical'] as const) {
      for (const time of [1, 2, 3, 4]) cells.push(cellOf(family, severity, time));
    }
  }
  const table = {
    about:
      'Made by make-table.ts. Instants are ms after W was imposed; notices are served at once, the violation fires without a gap, approvals are there when the window ends.',
    stakeUnits: STAKE.toString(),
    resources: 1,
    allowanceMs: 5 * MINUTE,
    holdDownMs: 15 * MINUTE,
    cells,
  };
  return `${JSON.stringify(table, null, 2)}\n`;
}

const target = new URL('./expected.json', import.meta.url);
if (process.argv[1] !== undefined && import.meta.url === `file://${process.argv[1]}`) {
  writeFileSync(target, tableText());
  console.log(`${JSON.parse(readFileSync(target, 'utf8')).cells.length} cells written`);
}
