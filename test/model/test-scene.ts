import { createHash } from 'node:crypto';
import { lintPolicy } from '../../domain/law/lint.ts';
import { aSource, DAY_MS, defaultPolicy, HOUR_MS, T0 } from '../../domain/law/test-fixtures.ts';
import type { Source } from '../../domain/observation.ts';
import type { Participant } from '../../domain/participant.ts';
import type { Policy } from '../../domain/policy.ts';
import { LAWYER, RIVALS, SETTER } from './test-people.ts';

/** How far a policy is from the default one, in hundredths, and what else it says. */
export interface PolicyShape {
  slash: number;
  cut: number;
  windows: number;
  rebate: number;
  /** How many impositions a window of the breaker lets through whatever they take. */
  atLeast: number;
  breakerHours: number;
  minimumStake: number;
}

/** Everything that is so before the first command. */
export interface Scene {
  policy: PolicyShape;
  /** Violation types in shadow, by their number. */
  shadow: number[];
  stakes: bigint[];
  /** Capacities of the nodes of every participant. */
  capacities: number[];
  /** Whether the participants registered only now (rule C7). */
  isNew: boolean;
  /** Participants whose endpoint answers nobody at first. */
  unreachable: number[];
  /** Whether nothing comes in any more at the end, and everything must come to rest. */
  rests: boolean;
  /** What happens to steps, one after the other, round and round. */
  fates: number[];
}

/** The types that the monitors of the model report: two of one family, and the others. */
export const TYPES = [
  'downtime',
  'node-compromise',
  'resource-hoarding',
  'subpar-delivery',
  'stake-shortfall',
] as const;

/** Repeats of a firing alert are this far apart, so that few of them make a long story. */
export const REPEAT_MS = 6 * HOUR_MS;

/** The first two are one control group (rule C8). */
export const GROUPS = ['group-1', 'group-1', 'group-2', 'group-3', 'group-4'] as const;

/** Id of a participant by its number. */
export function idOf(no: number): string {
  return `p-${(no % GROUPS.length) + 1}`;
}

/** Two monitors of two groups; the second belongs to rivals. */
export const SOURCES: readonly Source[] = [
  aSource('s0', { repeatIntervalMs: REPEAT_MS, setBy: [SETTER] }),
  aSource('s1', { repeatIntervalMs: REPEAT_MS, ownerControlGroup: RIVALS }),
];

/** The participants of a scene. */
export function participantsOf({ capacities, isNew }: Scene): Participant[] {
  return GROUPS.map((controlGroup, index) => ({
    participantId: idOf(index),
    kind: 'hardware-provider',
    displayName: `Provider ${index + 1}`,
    controlGroup,
    registeredAtMs: isNew ? T0 : T0 - 60 * DAY_MS,
    checksPassed: isNew ? 0 : 100,
    resources: capacities.map((capacity, node) => ({
      resourceId: `node-${node + 1}`,
      capacity,
      probeUrl: 'https://node.example',
    })),
    endpoint: { url: `https://${idOf(index)}.example`, secretId: 's' },
  }));
}

const POLICIES = new Map<string, Policy>();

/** The policy of a scene; it passes the project's own lint, or the scene is wrong. */
export function policyOf({ policy: shape, shadow }: Pick<Scene, 'policy' | 'shadow'>): Policy {
  const name = JSON.stringify([shape, shadow]);
  const known = POLICIES.get(name);
  if (known) return known;
  const policy = { ...shaped(shape, shadow), hash: sha256(name), version: `v-${name}` };
  const faults = lintPolicy(policy);
  if (faults.length > 0) throw new Error(`The scene has no lawful policy: ${faults.join('; ')}`);
  if (POLICIES.size > 500) POLICIES.clear();
  POLICIES.set(name, policy);
  return policy;
}

function shaped(shape: PolicyShape, shadow: number[]): Policy {
  const { slash, cut, windows } = shape;
  const part = (value: number, hundredths: number) => Math.floor((value * hundredths) / 100);
  const families = Object.fromEntries(
    Object.entries(defaultPolicy.families).map(([family, law]) => [
      family,
      {
        ...law,
        capBps: Math.min(10_000, Math.ceil((law.capBps * slash) / 100)),
        rebateBps: family === 'security' ? 0 : shape.rebate,
        rungs: law.rungs.map((rung) => ({
          ...rung,
          slashBps:
            rung.slashBps === 0 ? 0 : Math.min(10_000, Math.max(1, part(rung.slashBps, slash))),
          rewardCutBps: Math.min(10_000, part(rung.rewardCutBps, cut)),
          graceBeforeMs: part(rung.graceBeforeMs, windows),
          answerWindowMs: part(rung.answerWindowMs, windows),
        })),
      },
    ]),
  ) as Policy['families'];
  const violationTypes = Object.fromEntries(
    TYPES.map((type, index) => {
      const law = defaultPolicy.violationTypes[type];
      if (!law) throw new Error(`The default policy has no ${type}.`);
      // Few words: they are in every step's input.
      const guidance = { ...law.guidance, impact: 'impact', steps: ['mend it'], links: [] };
      return [type, { ...law, guidance, shadow: shadow.includes(index) }];
    }),
  );
  const breaker = {
    ...defaultPolicy.breaker,
    atLeast: shape.atLeast,
    windowMs: shape.breakerHours * HOUR_MS,
  };
  const minimumStakeUnits = String(shape.minimumStake);
  const publishedBy = [LAWYER];
  return {
    ...defaultPolicy,
    publishedBy,
    families,
    violationTypes,
    breaker,
    minimumStakeUnits,
    // Held cases look again more seldom, so that long stories stay short.
    reopenMs: 4 * DAY_MS,
  };
}

/** SHA-256 of a text, hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
