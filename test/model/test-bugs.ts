import { LATER_BUGS } from './test-later-bugs.ts';
import { committing, looking, type PlantedBug, seeing } from './test-planting.ts';

/** Bugs that one run of a story must show. */
export const BUGS: readonly PlantedBug[] = [
  {
    invariant: 'H1',
    what: 'books of a void draft that keep what it held',
    seed: 4,
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
    bugs: looking((snapshot) => {
      const cases = snapshot.cases.map((entry) => ({
        ...entry,
        parts: entry.parts.filter(({ status }) => status === 'held'),
      }));
      return { ...snapshot, cases };
    }),
  },
  {
    invariant: 'H3',
    what: 'a charge on stake that came in after the fault',
    seed: 25,
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
    seed: 12,
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
    seed: 315,
    bugs: { isRoleChecked: false },
  },
  {
    invariant: 'H4',
    what: 'rewards paid to who is barred',
    seed: 11,
    bugs: { habits: { paysBarred: true } },
  },
  {
    invariant: 'H5',
    what: 'access that returns without the minimum suspension',
    seed: 4,
    bugs: seeing(['tryRestoration'], (state) => ({ ...state, suspendedUntilMs: null })),
  },
  {
    invariant: 'H5',
    what: 'access that returns without an audit',
    seed: 183,
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
    seed: 4,
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
    seed: 4,
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
    seed: 4,
    bugs: committing((step) => {
      const isFall = step.audit.some(({ kind }) => kind === 'dispute-decided');
      return step.ledger && isFall ? { ...step, ledger: { ...step.ledger, sanction: null } } : step;
    }),
  },
  {
    invariant: 'H6',
    what: 'a fall that gives nothing back to the kin',
    seed: 201,
    bugs: committing((step) =>
      step.ledger?.kinFall ? { ...step, ledger: null, audit: [] } : step,
    ),
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
  ...LATER_BUGS,
];
