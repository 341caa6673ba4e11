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
  /** Where its first story meets it; without one, the stories of all find it within their first. */
  seed?: number;
  bugs: Bugs;
}

/** Every commit, changed on its way into the store. */
export function committing(change: (step: StepCommit) => StepCommit): Bugs {
  return {
    ports: (ports) => ({
      ...ports,
      cases: { ...ports.cases, commit: (step) => ports.cases.commit(change(step)) },
    }),
  };
}

/** Every ledger as the steps read it, changed on its way. */
export function looking(change: (snapshot: LedgerSnapshot) => LedgerSnapshot): Bugs {
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
export function seeing(
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

/** A step whose transfers of some kinds are not written. */
export const withoutLedger = (step: StepCommit, kinds: readonly string[]): StepCommit => {
  const { ledger } = step;
  if (!ledger?.transfers.some(({ kind }) => kinds.includes(kind))) return step;
  return { ...step, ledger: { ...ledger, transfers: [] } };
};

/** A policy in which nothing runs in shadow. */
export function withoutShadow(policy: Policy): Policy {
  const types = Object.entries(policy.violationTypes);
  return {
    ...policy,
    violationTypes: Object.fromEntries(
      types.map(([name, law]) => [name, { ...law, shadow: false }]),
    ),
  };
}
