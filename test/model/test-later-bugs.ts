import {
  committing,
  looking,
  type PlantedBug,
  withoutLedger,
  withoutShadow,
} from './test-planting.ts';

/** Bugs against the invariants from H8 on. */
export const LATER_BUGS: readonly PlantedBug[] = [
  {
    invariant: 'H8',
    what: 'a record of other inputs than the decision had',
    bugs: committing((step) => ({
      ...step,
      audit: step.audit.map((one) => {
        const charge = one.decision?.inputs.charge;
        if (!one.decision || !charge) return one;
        const input = { ...charge.input, nowMs: charge.input.nowMs + 1 };
        const inputs = { ...one.decision.inputs, charge: { ...charge, input } };
        return { ...one, decision: { ...one.decision, inputs } };
      }),
    })),
  },
  {
    invariant: 'H9',
    what: 'an inbox that drops what changed nothing',
    bugs: { habits: { forgets: ['repeat'] } },
  },
  {
    invariant: 'H9',
    what: 'an inbox that drops late copies',
    seed: 404,
    bugs: { habits: { forgets: ['recorded-only'] } },
  },
  {
    invariant: 'H10',
    what: 'a hold that nobody looks at again',
    bugs: {
      activities: (activities) => ({
        ...activities,
        decideRung: async (input) => {
          const outcome = await activities.decideRung(input);
          if (outcome.verdict !== 'held') return outcome;
          const { change } = outcome;
          return { ...outcome, change: { ...change, recheck: null, announced: null, holds: [] } };
        },
      }),
    },
  },
  {
    invariant: 'H10',
    what: 'a record that shows no deadline',
    bugs: committing((step) => ({
      ...step,
      record: step.record && { ...step.record, nextDeadlineMs: null },
    })),
  },
  {
    invariant: 'H11',
    what: 'a case that forgets who did what in it',
    bugs: {
      activities: (activities) => ({
        ...activities,
        recordAction: async (input) => {
          const recorded = await activities.recordAction(input);
          const change = { ...recorded.outcome.change, people: [] };
          return { ...recorded, outcome: { ...recorded.outcome, change } };
        },
      }),
    },
  },
  {
    invariant: 'H11',
    what: 'a case that never knows who set its monitors',
    seed: 24,
    bugs: {
      ports: (ports) => ({
        ...ports,
        directory: {
          ...ports.directory,
          source: async (id) => {
            const source = await ports.directory.source(id);
            return source && { ...source, setBy: [], ownerControlGroup: 'platform' };
          },
        },
      }),
    },
  },
  {
    invariant: 'H13',
    what: 'a breaker that forgets what it let through',
    bugs: {
      ports: (ports) => ({
        ...ports,
        breaker: {
          ...ports.breaker,
          look: async (nowMs, maxAgeMs) => ({
            ...(await ports.breaker.look(nowMs, maxAgeMs)),
            shards: [],
          }),
        },
        cases: {
          ...ports.cases,
          commit: (step) => {
            const { breaker } = step;
            return ports.cases.commit(
              breaker ? { ...step, breaker: { ...breaker, writes: [] } } : step,
            );
          },
        },
      }),
    },
  },
  {
    invariant: 'H14',
    what: 'an overturn that takes final money along',
    bugs: looking((snapshot) => {
      const cases = snapshot.cases.map((entry) => ({
        ...entry,
        parts: entry.parts.map((part) =>
          part.status === 'final' ? { ...part, status: 'pending' as const } : part,
        ),
      }));
      return { ...snapshot, cases };
    }),
  },
  {
    invariant: 'H14',
    what: 'a rebate that gives everything back',
    bugs: {
      ports: (ports) => ({
        ...ports,
        cases: {
          ...ports.cases,
          commit: (step) => {
            const transfers = step.ledger?.transfers.map((one) =>
              one.kind === 'rebate'
                ? {
                    ...one,
                    postings: one.postings.map((leg) => ({
                      ...leg,
                      deltaUnits: leg.deltaUnits * 4n,
                    })),
                  }
                : one,
            );
            return ports.cases.commit(
              step.ledger && transfers ? { ...step, ledger: { ...step.ledger, transfers } } : step,
            );
          },
        },
      }),
    },
  },
  {
    invariant: 'H14',
    what: 'a rebate that waits for no open case',
    seed: 1_555,
    bugs: {
      ports: (ports) => ({ ...ports, cases: { ...ports.cases, readCase: async () => null } }),
    },
  },
  {
    invariant: 'H15',
    what: 'a policy that is read without its shadow',
    bugs: {
      ports: (ports) => ({
        ...ports,
        directory: {
          ...ports.directory,
          policyAt: async (atMs) => withoutShadow(await ports.directory.policyAt(atMs)),
        },
      }),
    },
  },
  {
    invariant: 'H17',
    what: 'a ledger whose transfers were not all written',
    bugs: committing((step) => withoutLedger(step, ['impose', 'void', 'finalise'])),
  },
  {
    invariant: 'H17',
    what: 'a sanction that the history does not tell of',
    seed: 4,
    bugs: committing((step) => ({
      ...step,
      audit: step.audit.map((one) =>
        one.kind === 'dispute-decided'
          ? {
              ...one,
              data: { ...one.data, sanction: null },
              ...(one.decision && { decision: { ...one.decision, sanction: null } }),
            }
          : one,
      ),
    })),
  },
  {
    invariant: 'H17',
    what: 'a record that shows money which is not there',
    bugs: committing((step) => ({
      ...step,
      record: step.record && {
        ...step.record,
        money: { ...step.record.money, pendingUnits: step.record.money.finalUnits },
      },
    })),
  },
];
