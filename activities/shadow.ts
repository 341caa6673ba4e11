import type { AuditEntry } from '../domain/case/record.ts';
import type { CaseState } from '../domain/case/state.ts';
import { booksAfter, isShadow, ledgerInShadow } from '../domain/shadow/books.ts';
import type { ActivityPorts } from './ports.ts';
import type { PlannedStep } from './step.ts';

/**
 * Lets nothing of a step out that would touch anybody, if its case runs in shadow (design §6, invariant H15): no posting, no sanction, no entry that
 * counts, no notice. The record and the history stay, and the books of the case take up what would have been. Every step goes through
 * here, so none can forget it.
 */
export function withoutEffects({ commit, outcome }: PlannedStep): PlannedStep {
  if (!commit.record?.shadow) return { commit, outcome };
  const { change } = outcome;
  const shadow = commit.ledger ? booksAfter(change.shadow, commit.ledger) : change.shadow;
  const { record, recordIsNew, freeSlot } = commit;
  // What goes out is named, not what stays in: an effect that steps learn later stays in by itself.
  return {
    commit: {
      record,
      recordIsNew,
      freeSlot,
      ledger: null,
      notices: [],
      audit: commit.audit.map(asWouldBe),
    },
    outcome: { ...outcome, serve: [], change: { ...change, ...(shadow && { shadow }) } },
  };
}

/** The ports of a step: one of a case in shadow finds its own books in the ledger and among the sanctions, as if they were real. */
export function portsFor(ports: ActivityPorts, state: CaseState | undefined): ActivityPorts {
  if (!state || !isShadow(state)) return ports;
  const { cases } = ports;
  const { shadow, participantId: ownId } = state;
  return {
    ...ports,
    cases: {
      ...cases,
      snapshot: async (participantId) => {
        const snapshot = await cases.snapshot(participantId);
        return participantId === ownId ? ledgerInShadow(snapshot, shadow) : snapshot;
      },
      sanctions: async (participantId, controlGroup) => {
        const real = await cases.sanctions(participantId, controlGroup);
        const own = participantId === ownId ? shadow?.sanction : null;
        return own ? [...real, own] : real;
      },
    },
  };
}

/** What the history calls a step whose effects stayed out. */
const WOULD_BE: Readonly<Record<string, string>> = {
  'rung-imposed': 'would-impose',
  'rung-proposed': 'would-propose',
  'proposal-lapsed': 'would-lapse',
  'reputation-review-opened': 'would-open-review',
};

/** An entry of the history, so marked that nobody takes it for a decision with effects. */
function asWouldBe(entry: AuditEntry): AuditEntry {
  const kind = WOULD_BE[entry.kind] ?? entry.kind;
  const summary =
    kind === entry.kind ? entry.summary : `In shadow, without effect: ${entry.summary}`;
  return { ...entry, kind, summary, data: { ...entry.data, shadow: true } };
}
