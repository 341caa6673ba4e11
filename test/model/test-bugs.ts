import type { CaseState } from '../../domain/case/state.ts';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import type { Policy } from '../../domain/policy.ts';
import type { StepCommit } from '../../domain/ports/case-store.ts';
import type { Invariant } from './test-broken.ts';
import type { Bugs } from './test-network.ts';

/** A bug that somebody could write, and the invariant that must catch it. */
export interface PlantedBug {
  invariant: Invariant;
  what: string;
  bugs: Bugs;
}

/** Every commit, changed on its way into the store. */
function committing(change: (step: StepCommit) => StepCommit): Bugs {
  return {
    ports: (ports) => ({
      ...ports,
      cases: { ...ports.cases, commit: (step) => ports.cases.commit(change(step)) },
    }),
  };
}

/** Every ledger as the steps read it, changed on its way. */
function looking(change: (snapshot: LedgerSnapshot) => LedgerSnapshot): Bugs {
  return {
    ports: (ports) => ({
      ...ports,
      cases: {
        ...ports.cases,
        snapshot: async (id) => change(await ports.cases.snapshot(id)),
      },
    }),
  };
}

/** Every case as its steps are given it, changed before they look at it. */
function seeing(
  steps: readonly string[],
  change: (state: CaseState, nowMs: number) => CaseState,
): Bugs {
  return {
    activities: (activities) => {
      const changed = Object.entries(activities).map(([name, run]) => [
        name,
        steps.includes(name)
          ? (input: { state: CaseState; nowMs: number }) =>
              run({ ...input, state: change(input.state, input.nowMs) } as never)
          : run,
      ]);
      return Object.fromEntries(changed);
    },
  };
}

const withoutLedger = (step: StepCommit, kinds: readonly string[]): StepCommit => {
  const { ledger } = step;
  if (!ledger?.transfers.some(({ kind }) => kinds.includes(kind))) return step;
  return { ...step, ledger: { ...ledger, transfers: [] } };
};

function withoutShadow(policy: Policy): Policy {
  const types = Object.entries(policy.violationTypes);
  return {
    ...policy,
    violationTypes: Object.fromEntries(
      types.map(([name, law]) => [name, { ...law, shadow: false }]),
    ),
  };
}

/** Bugs that one run of a story must show. */
export const BUGS: readonly PlantedBug[] = [
  {
    invariant: 'H1',
    what: 'books of a void draft that keep what it held',
    bugs: committing((step) => {
      const isRelease = step.ledger?.transfers.some(({ kind }) => kind === 'release');
      if (!step.ledger || !isRelease) return step;
      const { balances } = step.ledger;
      const held = balances.held + 1n;
      return { ...step, ledger: { ...step.ledger, balances: { ...balances, held } } };
    }),
  },
  {
    invariant: 'H1',
    what: 'a transfer that lost one of its legs',
    bugs: committing((step) => {
      if (!step.ledger) return step;
      const transfers = step.ledger.transfers.map((one) =>
        one.kind === 'charge' ? { ...one, postings: one.postings.slice(0, 1) } : one,
      );
      return { ...step, ledger: { ...step.ledger, transfers } };
    }),
  },
  {
    invariant: 'H3',
    what: 'a charge reckoned without what the case has charged before',
    bugs: {
      ports: (ports) => ({
        ...ports,
        cases: {
          ...ports.cases,
          snapshot: async (id) => {
            const snapshot = await ports.cases.snapshot(id);
            const cases = snapshot.cases.map((entry) => ({
              ...entry,
              parts: entry.parts.filter(({ status }) => status === 'held'),
            }));
            return { ...snapshot, cases };
          },
        },
      }),
    },
  },
  {
    invariant: 'H3',
    what: 'a charge on stake that came in after the fault',
    bugs: looking((snapshot) => ({
      ...snapshot,
      deposits: snapshot.deposits.map((one) => ({ ...one, atMs: 0 })),
    })),
  },
  {
    invariant: 'H3',
    what: 'a step that is asked again and answers anew',
    bugs: {
      activities: (activities) => {
        let asked = 0;
        return {
          ...activities,
          decideRung: async (input) => {
            asked += 1;
            const outcome = await activities.decideRung(input);
            return { ...outcome, change: { ...outcome.change, frozenMs: asked } };
          },
        };
      },
    },
  },
  {
    invariant: 'H4',
    what: 'a rung on the word of a single monitor',
    bugs: seeing(['decideRung'], (state) => ({
      ...state,
      law: state.law && {
        ...state.law,
        rungs: state.law.rungs.map((rung) => ({ ...rung, tier: 'warning' as const })),
      },
    })),
  },
  {
    invariant: 'H4',
    what: 'a window that runs from the announcement and not from the served notice',
    bugs: {
      activities: (activities, network) => ({
        ...activities,
        serveNotice: async (input) => {
          const served = await activities.serveNotice(input).catch(() => null);
          return served ?? { servedAtMs: network.now };
        },
      }),
    },
  },
  {
    invariant: 'H4',
    what: 'an imposition that waits for nobody’s word',
    bugs: {
      activities: (activities) => ({
        ...activities,
        decideRung: async (input) => {
          const outcome = await activities.decideRung(input);
          const { change } = outcome;
          const { proposal } = change;
          if (outcome.verdict !== 'proposed' || !proposal) return outcome;
          const ballot = { person: 'nobody', organisation: 'none', atMs: 0, reason: '' };
          const approvals = [ballot, { ...ballot, person: 'no one', organisation: 'nowhere' }];
          return { ...outcome, change: { ...change, proposal: { ...proposal, approvals } } };
        },
      }),
    },
  },
  {
    invariant: 'H4',
    what: 'votes of people without the role',
    bugs: { isRoleChecked: false },
  },
  {
    invariant: 'H4',
    what: 'rewards paid to who is barred',
    bugs: { habits: { paysBarred: true } },
  },
  {
    invariant: 'H5',
    what: 'access that returns without the minimum suspension',
    bugs: seeing(['tryRestoration'], (state) => ({ ...state, suspendedUntilMs: null })),
  },
  {
    invariant: 'H5',
    what: 'access that returns without an audit',
    bugs: seeing(['tryRestoration', 'recordAction'], (state) => ({
      ...state,
      law: state.law && {
        ...state.law,
        rungs: state.law.rungs.map((rung) => ({ ...rung, auditors: 0 })),
      },
    })),
  },
  {
    invariant: 'H5',
    what: 'a step that lifts the sanction of another case',
    bugs: {
      ports: (ports) => ({
        ...ports,
        cases: {
          ...ports.cases,
          commit: async (step) => {
            const { sanction, participantId } = step.ledger ?? {};
            if (!step.ledger || !sanction || !participantId) return ports.cases.commit(step);
            const all = await ports.cases.sanctions(participantId);
            const other = all.find(
              (one) => one.participantId === participantId && one.caseId !== sanction.caseId,
            );
            const wrong = other && { ...sanction, caseId: other.caseId };
            return ports.cases.commit({
              ...step,
              ledger: { ...step.ledger, sanction: wrong ?? sanction },
            });
          },
        },
      }),
    },
  },
  {
    invariant: 'H6',
    what: 'an overturned case that goes on counting',
    bugs: committing((step) => {
      const entry = step.ledger?.entry;
      const isFall = step.audit.some(({ kind }) => kind === 'dispute-decided');
      if (!step.ledger || !entry || !isFall) return step;
      return { ...step, ledger: { ...step.ledger, entry: { ...entry, counts: true } } };
    }),
  },
  {
    invariant: 'H6',
    what: 'a fall that leaves the sanction as it was',
    bugs: committing((step) => {
      const isFall = step.audit.some(({ kind }) => kind === 'dispute-decided');
      return step.ledger && isFall ? { ...step, ledger: { ...step.ledger, sanction: null } } : step;
    }),
  },
  {
    invariant: 'H7',
    what: 'withdrawals that no case keeps back',
    bugs: committing((step) => {
      const entry = step.ledger?.entry;
      if (!step.ledger || !entry) return step;
      return { ...step, ledger: { ...step.ledger, entry: { ...entry, blockUnits: 0n } } };
    }),
  },
  {
    invariant: 'H7',
    what: 'a block of a tenth of what the case can charge',
    bugs: committing((step) => {
      const entry = step.ledger?.entry;
      if (!step.ledger || !entry) return step;
      const blockUnits = (entry.blockUnits ?? 0n) / 10n;
      return { ...step, ledger: { ...step.ledger, entry: { ...entry, blockUnits } } };
    }),
  },
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
    bugs: {
      ports: (ports) => ({
        ...ports,
        cases: {
          ...ports.cases,
          snapshot: async (id) => {
            const snapshot = await ports.cases.snapshot(id);
            const cases = snapshot.cases.map((entry) => ({
              ...entry,
              parts: entry.parts.map((part) =>
                part.status === 'final' ? { ...part, status: 'pending' as const } : part,
              ),
            }));
            return { ...snapshot, cases };
          },
        },
      }),
    },
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
    bugs: committing((step) => ({
      ...step,
      audit: step.audit.map((one) =>
        one.kind === 'dispute-decided' ? { ...one, data: { ...one.data, sanction: null } } : one,
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
