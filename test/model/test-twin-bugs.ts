import { pinLaw } from '../../domain/law/pin.ts';
import type { Bugs } from './test-network.ts';

/** Bugs that only two runs of one story show. */
export const TWIN_BUGS = {
  graverTwice: {
    ports: (ports, network) => ({
      ...ports,
      evidence: {
        ...ports.evidence,
        headsOfCase: async (caseId) => {
          const heads = await ports.evidence.headsOfCase(caseId);
          const again = new Set(
            network.intake.told.flatMap(({ alertKey, fate, seq }) =>
              fate === 'repeat' && seq === null ? [alertKey] : [],
            ),
          );
          return heads.map((head) =>
            again.has(head.alertKey) ? { ...head, severity: 'critical' as const } : head,
          );
        },
      },
    }),
  },
  lawOfToday: {
    activities: (activities, network) => ({
      ...activities,
      decideRung: (input) => {
        const law = pinLaw(network.policyAt(input.nowMs), input.state.violationType);
        return activities.decideRung({ ...input, state: { ...input.state, law } });
      },
    }),
  },
  dearerForHolds: {
    activities: (activities) => ({
      ...activities,
      decideRung: (input) => {
        const { law, frozenMs } = input.state;
        if (!law || frozenMs === 0) return activities.decideRung(input);
        const rungs = law.rungs.map((rung) => ({ ...rung, slashBps: rung.slashBps * 2 }));
        const capBps = law.capBps * 2;
        const dearer = { ...law, rungs, capBps };
        return activities.decideRung({ ...input, state: { ...input.state, law: dearer } });
      },
    }),
  },
  seesTheLast: {
    ports: (ports) => ({
      ...ports,
      evidence: {
        ...ports.evidence,
        headsOfCase: async (caseId) => {
          const heads = await ports.evidence.headsOfCase(caseId);
          const last = heads
            .map(({ resourceId }) => resourceId ?? '')
            .sort()
            .at(-1);
          return heads.filter(({ resourceId }) => (resourceId ?? '') === last);
        },
      },
    }),
  },
  neverEnough: {
    ports: (ports) => ({
      ...ports,
      evidence: { ...ports.evidence, oldestUndeliveredMs: async () => 0 },
    }),
  },
  chargesNothing: {
    activities: (activities) => ({
      ...activities,
      decideRung: (input) => {
        const { law } = input.state;
        if (!law) return activities.decideRung(input);
        const rungs = law.rungs.map((rung) => ({ ...rung, slashBps: 0 }));
        return activities.decideRung({
          ...input,
          state: { ...input.state, law: { ...law, rungs } },
        });
      },
    }),
  },
} satisfies Record<string, Bugs>;
