import type { CaseRecord } from '../case/record.ts';

/**
 * The record of a case in shadow as it may be shown: what would have been charged, held and suspended is told under names of its own, and
 * everything that says what is true of money and access says that nothing happened (invariant H15).
 */
export function wouldBeRecord(record: CaseRecord): CaseRecord {
  const nothing = { heldUnits: '0', pendingUnits: '0', finalUnits: '0', returnedUnits: '0' };
  return {
    ...record,
    shadow: true,
    money: { ...record.money, ...nothing },
    suspendedUntilMs: null,
    probationUntilMs: null,
    imposed: record.imposed.map((step) => ({
      ...step,
      chargedUnits: '0',
      money: 'none',
      wouldChargeUnits: step.chargedUnits,
    })),
    proposal: record.proposal && {
      ...record.proposal,
      heldUnits: '0',
      wouldHoldUnits: record.proposal.heldUnits,
    },
    waitsFor:
      record.stage === 'ended'
        ? record.waitsFor
        : `${record.waitsFor} (in shadow: nothing is imposed)`,
  };
}
