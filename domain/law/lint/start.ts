import { FULL_BPS } from '../../money.ts';
import type { FamilyLaw, StartCell } from '../../policy.ts';
import {
  type Family,
  RUNG_IDS,
  type RungId,
  rungOrder,
  SEVERITIES,
  type Severity,
} from '../../violation.ts';
import { nextRung } from '../ladder.ts';
import { bps, failing } from './words.ts';

/** What a case with one start goes through by time alone, from its first announced rung on. */
export interface Climb {
  readonly severity: Severity;
  /** 0 for the first time. */
  readonly earlierCases: number;
  readonly start: StartCell;
  /** Rungs that time announces, in their order. */
  readonly rungs: readonly RungId[];
  /** How it ends: excluded, or at a ceiling where only people move it (rule A12). */
  readonly end: 'excluded' | 'ceiling';
}

/**
 * The start matrix never rewards a graver or repeated violation, a rate never passes that of the rung above, and every rung is
 * reached by some case (design §6; rules A12, D3). Returns a sentence per fault; needs a whole ladder.
 */
export function lintStart(family: Family, law: FamilyLaw): string[] {
  const cells = SEVERITIES.flatMap((severity, row) =>
    law.start[severity].flatMap((cell, column) => {
      const place = `families.${family}.start.${severity}.${column + 1}`;
      const milderSeverity = SEVERITIES[row - 1];
      const milder = milderSeverity && law.start[milderSeverity][column];
      return [
        ...lintOrder(place, cell, law.start[severity][column - 1], milder),
        ...lintRate(place, law, cell),
        ...failing([
          [
            severity !== 'minor' || cell.rung !== 'S2',
            `${place} starts at S2: a minor violation never passes S1 without a person (rule A12)`,
          ],
        ]),
      ];
    }),
  );
  return [...cells, ...unreachable(family, law)];
}

function lintOrder(
  place: string,
  cell: StartCell,
  oneLess: StartCell | undefined,
  milder: StartCell | undefined,
): string[] {
  return failing([
    [
      oneLess === undefined || startWeight(cell) >= startWeight(oneLess),
      `${place} starts lower than one recurrence less`,
    ],
    [
      milder === undefined || startWeight(cell) >= startWeight(milder),
      `${place} starts lower than a milder severity`,
    ],
  ]);
}

/** Rung first, rate second: no multiplier outweighs a rung. */
function startWeight(cell: StartCell): number {
  return rungOrder(cell.rung) * 1_000_000 + cell.multiplierBps;
}

function lintRate(place: string, law: FamilyLaw, cell: StartCell): string[] {
  const order = rungOrder(cell.rung);
  const own = law.rungs[order]?.slashBps ?? 0;
  const above = law.rungs[order + 1];
  const rate = startRateBps(law, cell);
  return failing([
    [
      cell.multiplierBps >= FULL_BPS,
      `${place} multiplies ${cell.rung} by less than one: the rung would be milder than it is`,
    ],
    [rate <= FULL_BPS, `${place} takes ${bps(rate)}: more than the whole base (rule D3)`],
    [
      above === undefined || rate <= Math.max(above.slashBps, own),
      `${place} takes ${bps(rate)} at ${cell.rung}, more than ${above?.id} above it with ${bps(above?.slashBps ?? 0)}`,
    ],
  ]);
}

/** The rate of a start cell's own rung with its multiplier, in basis points. */
export function startRateBps(law: FamilyLaw, cell: StartCell): number {
  const own = law.rungs[rungOrder(cell.rung)]?.slashBps ?? 0;
  return (own * cell.multiplierBps) / FULL_BPS;
}

/** Every way through the ladder that time alone takes, one per start cell (rules A8, A12). */
export function climbsOf(family: Family, law: FamilyLaw): Climb[] {
  return SEVERITIES.flatMap((severity) =>
    law.start[severity].map((start, earlierCases) => {
      const rungs: RungId[] = [];
      let current: RungId = 'W';
      for (;;) {
        const next = nextRung({ family }, current, severity, start.rung);
        if (next === null) break;
        rungs.push(next);
        current = next;
        if (law.rungs[rungOrder(next)]?.suspension.kind === 'exclusion') break;
      }
      const last = law.rungs[rungOrder(current)];
      const end = last?.suspension.kind === 'exclusion' ? 'excluded' : 'ceiling';
      return { severity, earlierCases, start, rungs, end } as const;
    }),
  );
}

function unreachable(family: Family, law: FamilyLaw): string[] {
  const reached = new Set<RungId>(['W', ...climbsOf(family, law).flatMap(({ rungs }) => rungs)]);
  return RUNG_IDS.filter((id) => !reached.has(id)).map(
    (id) =>
      `families.${family}.rungs.${id} is never reached: every start lies above it, or the ladder ends below it`,
  );
}
