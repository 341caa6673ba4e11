import type { FamilyLaw, Rung, Suspension } from '../../policy.ts';
import { type Family, RUNG_IDS, type RungId, rungOrder, type Tier } from '../../violation.ts';
import { bps, failing, lasting } from './words.ts';

/** How many people a rung needs at least before it is imposed (rule E2). */
const APPROVALS: Partial<Record<RungId, number>> = { S1: 1, S2: 2 };

/** The weaker the way of execution, the lower: nobody is asked, somebody may stop it, somebody must agree. */
const SAFEGUARD = { automatic: 0, 'unless-vetoed': 1, 'on-approval': 2 } as const;

/**
 * The ladder is whole, each rung is what its place says, and no rung is milder, or decided with less care, than the one below
 * (design §6; rules A8, C12, E2, E3). Returns a sentence per fault.
 */
export function lintLadder(family: Family, law: FamilyLaw): string[] {
  const gap = gapIn(family, law);
  if (gap !== null) return [gap];
  return law.rungs.flatMap((rung, index) => {
    const place = `families.${family}.rungs.${rung.id}`;
    const below = law.rungs[index - 1];
    return [
      ...lintRung(place, rung),
      ...(below === undefined
        ? []
        : [...milder(place, rung, below), ...lessCare(place, rung, below)]),
    ];
  });
}

/** Why the ladder of a family cannot be climbed at all; null when it has its five rungs in order. */
export function gapIn(family: Family, law: FamilyLaw): string | null {
  return law.rungs.map(({ id }) => id).join() === RUNG_IDS.join()
    ? null
    : `families.${family}.rungs must be ${RUNG_IDS.join(', ')} in this order`;
}

function tierOf(id: RungId): Tier {
  if (id === 'W') return 'warning';
  return rungOrder(id) < rungOrder('S1') ? 'penalty' : 'severe';
}

function lintRung(place: string, rung: Rung): string[] {
  const tier = tierOf(rung.id);
  const approvals = APPROVALS[rung.id] ?? 0;
  const cuts = rung.rewardCutBps > 0;
  return [
    ...failing([
      [rung.tier === tier, `${place} must be of tier ${tier}`],
      [
        (rung.execution === 'on-approval') === rung.approvals > 0,
        `${place} needs approvals exactly when it runs on approval (rule E2)`,
      ],
      [
        rung.approvals >= approvals,
        `${place} needs at least ${approvals} approval(s), it has ${rung.approvals} (rule E2)`,
      ],
      [
        cuts === rung.rewardCutForMs > 0,
        `${place} cuts rewards by ${bps(rung.rewardCutBps)} for ${lasting(rung.rewardCutForMs)}: a cut has a rate and a time, or neither (rule C3)`,
      ],
    ]),
    ...(rung.id === 'W' ? lintWarning(place, rung) : lintCostly(place, rung)),
  ];
}

function lintWarning(place: string, rung: Rung): string[] {
  const isFree =
    rung.slashBps === 0 &&
    rung.rewardCutBps === 0 &&
    rung.probationMs === 0 &&
    rung.reputationWeight === 0 &&
    rung.suspension.kind === 'none' &&
    rung.execution === 'automatic';
  return failing([
    [isFree, `${place} must cost nothing and run automatically (rule C12)`],
    [
      rung.graceBeforeMs === 0 && rung.answerWindowMs === 0,
      `${place} must have no windows: no notice comes before the first word (rule A8)`,
    ],
  ]);
}

function lintCostly(place: string, rung: Rung): string[] {
  return failing([
    [rung.graceBeforeMs > 0, `${place} must leave a grace before it (rule A8)`],
    [rung.answerWindowMs > 0, `${place} must leave time to answer (rule A8)`],
    [
      rung.suspension.kind !== 'exclusion' || rung.id === 'S2',
      `${place} excludes, so the rungs above it can never be reached (rule C5)`,
    ],
  ]);
}

/** One thing that a rung does to a participant: how much of it, and in words. */
interface Dimension {
  readonly verb: string;
  readonly of: (rung: Rung) => number;
  readonly show: (rung: Rung) => string;
  /** What nobody feels who is excluded: no reward accrues, and there is no way back into probation (rules C3, C5). */
  readonly endsWithExclusion?: boolean;
}

const DIMENSIONS: readonly Dimension[] = [
  { verb: 'slashes', of: (rung) => rung.slashBps, show: (rung) => bps(rung.slashBps) },
  {
    verb: 'suspends',
    of: ({ suspension }) => suspensionWeight(suspension),
    show: ({ suspension }) =>
      'minMs' in suspension ? `${suspension.kind} ${lasting(suspension.minMs)}` : suspension.kind,
  },
  {
    verb: 'cuts rewards',
    of: (rung) => rung.rewardCutBps,
    show: (rung) => bps(rung.rewardCutBps),
    endsWithExclusion: true,
  },
  {
    verb: 'cuts rewards for',
    of: (rung) => rung.rewardCutForMs,
    show: (rung) => lasting(rung.rewardCutForMs),
    endsWithExclusion: true,
  },
  {
    verb: 'weighs on reputation',
    of: (rung) => rung.reputationWeight,
    show: (rung) => String(rung.reputationWeight),
  },
  {
    verb: 'puts on probation',
    of: (rung) => rung.probationMs,
    show: (rung) => lasting(rung.probationMs),
    endsWithExclusion: true,
  },
];

function milder(place: string, rung: Rung, below: Rung): string[] {
  const excludes = rung.suspension.kind === 'exclusion';
  return DIMENSIONS.flatMap(({ verb, of, show, endsWithExclusion = false }) =>
    of(rung) >= of(below) || (excludes && endsWithExclusion)
      ? []
      : [
          `${place} ${verb} less than the rung below it: ${show(rung)}, ${below.id} has ${show(below)}`,
        ],
  );
}

/** A graver rung gives no less time to answer and is decided, and undone, by no fewer people. */
function lessCare(place: string, rung: Rung, below: Rung): string[] {
  const excludes = rung.suspension.kind === 'exclusion';
  return failing([
    [
      rung.answerWindowMs >= below.answerWindowMs,
      `${place} leaves less time to answer than the rung below it: ${lasting(rung.answerWindowMs)}, ${below.id} has ${lasting(below.answerWindowMs)} (rule A8)`,
    ],
    [
      SAFEGUARD[rung.execution] >= SAFEGUARD[below.execution],
      `${place} runs ${rung.execution}, but the milder rung below it ${below.execution} (rules E2, E3)`,
    ],
    [
      rung.approvals >= below.approvals,
      `${place} needs ${rung.approvals} approval(s), the milder rung below it ${below.approvals} (rule E2)`,
    ],
    [
      excludes || rung.auditors >= below.auditors,
      `${place} needs ${rung.auditors} auditor(s) for the way back, the milder rung below it ${below.auditors} (rule C4)`,
    ],
  ]);
}

/** How grave a suspension is: its least length; an exclusion outweighs every length. */
export function suspensionWeight(suspension: Suspension): number {
  if (suspension.kind === 'none') return -1;
  return suspension.kind === 'exclusion' ? Number.MAX_SAFE_INTEGER : suspension.minMs;
}
