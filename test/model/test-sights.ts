import type { Network } from './test-network.ts';

/** What happened in a run, for those who must know that the stories go everywhere. */
export function counted(network: Network): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (what: string): void => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  const charged = new Set<string>();
  for (const { step } of network.store.written) {
    const held = step.record?.holds[0]?.cause;
    if (held) count(`held ${held}`);
    for (const { kind, decision, data } of step.audit) {
      const { rung, family } = decision ?? {};
      count(decision ? `${kind} ${family} ${rung ?? ''}`.trim() : kind);
      if (kind === 'rung-imposed' && rung && rung !== 'W') {
        count(`imposed ${rung}`);
        if (decision?.amount && decision.amount.units !== '0') count(`charge ${family}`);
      }
      if (kind === 'dispute-decided') count(`dispute ${endOf(data)}`);
    }
    for (const { kind, participantId } of step.ledger?.transfers ?? []) {
      count(`transfer ${kind}`);
      if (kind === 'charge' || kind === 'impose') charged.add(participantId);
    }
  }
  for (const record of network.store.tables.records.values()) {
    if (record.outcome) count(`outcome ${record.outcome}`);
    if (record.shadow) count('case in shadow');
  }
  for (const { cases } of network.store.tables.books.values())
    for (const { inert } of cases.values()) if (inert) count(`inert ${inert}`);
  for (const { withdrawals, cases } of network.store.tables.books.values()) {
    for (const { left } of withdrawals.values()) if (left.length > 1) count('leave in parts');
    for (const part of [...cases.values()].flatMap(({ parts }) => parts)) {
      count(`part ${part.status}`);
      if (part.exitTranches) count('charge from the exit');
      if (part.rewardUnits > 0n) count('charge from rewards');
    }
  }
  // The first two are one control group.
  if (charged.has('p-1') && charged.has('p-2')) count('kin charged');
  return counts;
}

function endOf(data: Record<string, unknown>): string {
  const dispute = data['dispute'] as { end?: { result?: string } } | undefined;
  return dispute?.end?.result ?? 'open';
}
