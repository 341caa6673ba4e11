import { canonicalJson } from '../canonical-json.ts';
import type { PinnedLaw } from '../case/state.ts';
import { lawHashOf } from '../decision/build.ts';
import { fromPlain } from '../decision/exact.ts';
import { isCut, recompute } from '../decision/recompute.ts';
import type { Decision, DecisionRecord } from '../decision/record.ts';
import type { ChainedEntry, Sha256 } from './chain.ts';
import type { Account, CheckName, Finding, Told, Trail, Verification } from './findings.ts';
import { kinCutFaults } from './verify-cuts.ts';
import { balanceFaults, partFaults } from './verify-money.ts';
import { verifyTrail } from './verify-trail.ts';
import { ledgerFaults, transferFaults } from './verify-transfers.ts';

/**
 * Everything about one participant, or the network when there is no account, computed again from what is stored: its chain, its
 * balances, and every decision from its own inputs. `caseId` limits the decisions and the parts to one case; the chain is always whole.
 */
export function verifyParticipant(
  participantId: string | null,
  account: Account | null,
  trail: Trail,
  options: { sha256: Sha256; caseId?: string },
): Verification {
  const { sha256, caseId: only } = options;
  const findings: Finding[] = [];
  const find = (check: CheckName, whats: readonly string[], at: Partial<Finding> = {}): void => {
    for (const what of whats)
      findings.push({ check, participantId, caseId: null, seq: null, entryId: null, ...at, what });
  };
  const { faults, older } = verifyTrail(trail, sha256);
  for (const { seq, entryId, differs } of faults)
    find('chain', [differs], { seq: seq === 0 ? null : seq, entryId });
  const notes = older === 0 ? [] : [`${older} entries are older than the chain.`];

  const { told: all, unreadable } = readDecisions(trail);
  for (const { caseId, seq, entryId } of unreadable)
    find('decision', ['its record cannot be read'], { caseId, seq, entryId });
  const told = all.filter(({ entry }) => only === undefined || entry.caseId === only);
  const laws = lawsOf(all, sha256);
  for (const one of told) {
    const { caseId, seq, entryId } = one.entry;
    const at = { caseId, seq, entryId };
    find(
      'decision',
      guarded(() => decisionFaults(one, laws, sha256)),
      at,
    );
    if (account !== null)
      find(
        'decision',
        guarded(() => ledgerFaults(one.decision, account, one.entry.data['shadow'] === true)),
        at,
      );
    notes.push(...notesOf(one.decision));
  }
  if (account !== null) {
    if (only === undefined) {
      find('balances', balanceFaults(account));
      find('transfer', kinCutFaults(account, trail.entries));
    }
    const caseIds = account.snapshot.cases.map(({ caseId }) => caseId);
    for (const caseId of caseIds.filter((id) => only === undefined || id === only)) {
      find('parts', partFaults(account, caseId), { caseId });
      const ofCase = told.filter(({ entry }) => entry.caseId === caseId);
      const { faults: unmatched, note } = transferFaults(account, caseId, ofCase);
      for (const { what, ...at } of unmatched) find('transfer', [what], { caseId, ...at });
      if (note !== null) notes.push(note);
    }
  }
  return {
    participantId,
    head: trail.head,
    entries: trail.entries.length,
    decisions: told.length,
    transfers: account?.transfers.length ?? 0,
    findings,
    notes,
  };
}

/** The decisions of a history as the law sees them, and the entries whose records make no sense. */
function readDecisions(trail: Trail): { told: Told[]; unreadable: ChainedEntry[] } {
  const told: Told[] = [];
  const unreadable: ChainedEntry[] = [];
  for (const entry of trail.entries) {
    if (entry.decision === undefined) continue;
    try {
      const decision = reviveDecision(entry.decision);
      // The two parts that everything else is found by.
      if (decision.law && decision.inputs?.cut) told.push({ entry, decision });
      else unreadable.push(entry);
    } catch {
      unreadable.push(entry);
    }
  }
  return { told, unreadable };
}

/** A stored record as the law sees it. */
export function reviveDecision({ exact, ...plain }: DecisionRecord): Decision {
  return fromPlain<Decision>(plain, exact);
}

/** The laws that the records of a participant's cases hold, by their hash as it is computed now. */
function lawsOf(told: readonly Told[], sha256: Sha256): Map<string, PinnedLaw> {
  const laws = new Map<string, PinnedLaw>();
  for (const { decision } of told) {
    const { pinned } = decision.law;
    if (pinned !== null) laws.set(lawHashOf(pinned, sha256), pinned);
  }
  return laws;
}

function decisionFaults(
  { entry, decision }: Told,
  laws: ReadonlyMap<string, PinnedLaw>,
  sha256: Sha256,
): string[] {
  const { caseId, participantId, atMs } = entry;
  const told = [decision.caseId, decision.participantId, decision.decidedAtMs];
  if (canonicalJson(told) !== canonicalJson([caseId, participantId, atMs]))
    return ['the record is of another case, participant or instant than its entry'];
  const law = laws.get(decision.law.lawHash);
  if (law === undefined)
    return [`the law with hash ${decision.law.lawHash} is in no record of this participant`];
  return recompute(decision, law, sha256).map((fault) => `${decision.decisionId}: ${fault}`);
}

/** A record that was tampered with may make no sense to the law at all. */
function guarded(check: () => string[]): string[] {
  try {
    return check();
  } catch (error) {
    return [`it cannot be computed again: ${error instanceof Error ? error.message : 'unknown'}`];
  }
}

function notesOf(decision: Decision): string[] {
  const { decisionId } = decision;
  return [
    ...(isCut(decision, 'heads')
      ? [`${decisionId}: too many alerts to keep; its gate is not computed again.`]
      : []),
    ...(isCut(decision, 'movements')
      ? [`${decisionId}: too many movements to keep; its amount is not computed again.`]
      : []),
  ];
}
