import type { AuditEntry } from '../../domain/case/record.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Written } from './test-store.ts';

/** A decision that moved or set money aside, as it was written. */
export interface Charge {
  decision: DecisionRecord;
  entry: AuditEntry;
  written: Written;
}

/** Decisions of every kind, those in shadow left out. */
export function decisionsOf(written: readonly Written[]): Charge[] {
  return written.flatMap((one) =>
    one.step.audit.flatMap((entry) =>
      entry.decision && !one.step.record?.shadow
        ? [{ decision: entry.decision, entry, written: one }]
        : [],
    ),
  );
}

/** Proposals and impositions above the warning. */
export function chargesOf(written: readonly Written[]): Charge[] {
  return decisionsOf(written).filter(
    ({ decision }) =>
      (decision.kind === 'imposed' || decision.kind === 'proposed') && decision.rung !== 'W',
  );
}
