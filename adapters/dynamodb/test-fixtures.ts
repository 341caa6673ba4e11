import type { AuditEntry, CaseRecord } from '../../domain/case/record.ts';
import type { CaseEntry, LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import type { StoredNotice } from '../../domain/notice.ts';
import type { Participant } from '../../domain/participant.ts';
import type { LedgerChange, StepCommit } from '../../domain/ports/case-store.ts';
import type { Sanction } from '../../domain/sanction.ts';

/** An instant that the fixtures share. */
export const T0 = Date.UTC(2026, 10, 1);

/** A participant with one resource named after it. */
export function aParticipant(id: string, changes: Partial<Participant> = {}): Participant {
  return {
    participantId: id,
    kind: 'hardware-provider',
    displayName: `Provider ${id}`,
    controlGroup: `group-${id}`,
    registeredAtMs: T0,
    checksPassed: 0,
    resources: [{ resourceId: `${id}-node`, capacity: 1 }],
    endpoint: { url: 'http://127.0.0.1:9/notices', secretId: `notices/${id}` },
    ...changes,
  };
}

/** A case record in `confirming`. */
export function aRecord(
  caseId: string,
  participantId: string,
  changes: Partial<CaseRecord> = {},
): CaseRecord {
  return {
    v: 1,
    networkId: 'main',
    caseId,
    participantId,
    violationType: 'downtime',
    family: 'performance',
    severity: 'minor',
    stage: 'confirming',
    tier: null,
    rung: null,
    announcedRung: null,
    announcementServedAtMs: null,
    announcementNoticeId: null,
    holds: [],
    disputes: [],
    money: {
      asset: null,
      heldUnits: '0',
      pendingUnits: '0',
      finalUnits: '0',
      returnedUnits: '0',
    },
    outcome: null,
    openedAtMs: T0,
    occurredAtMs: null,
    correctedAtMs: null,
    suspendedUntilMs: null,
    probationUntilMs: null,
    endedAtMs: null,
    waitsFor: 'confirmation',
    nextDeadlineMs: T0 + 300_000,
    workflowId: `case/${caseId}`,
    policyVersion: null,
    policyHash: null,
    recurrence: null,
    startRung: null,
    imposed: [],
    proposal: null,
    remediation: null,
    appeal: null,
    findings: [],
    checks: null,
    acknowledgedBy: null,
    ...changes,
  };
}

/** A step that writes nothing but its guard; tests add what they are about. */
export function aStep(stepKey: string, changes: Partial<StepCommit> = {}): StepCommit {
  return {
    stepKey,
    inputHash: `hash-of-${stepKey}`,
    resultJson: JSON.stringify({ step: stepKey }),
    record: null,
    recordIsNew: false,
    ledger: null,
    notices: [],
    audit: [],
    freeSlot: null,
    ...changes,
  };
}

/** An entry that charged nothing yet. */
export function anEntry(caseId: string, changes: Partial<CaseEntry> = {}): CaseEntry {
  return {
    caseId,
    family: 'performance',
    violationType: 'downtime',
    severity: 'minor',
    occurredAtMs: T0,
    servedRung: 'P1',
    counts: true,
    parts: [],
    ...changes,
  };
}

/** A charge of one decision: available stake becomes pending. */
export function aCharge(
  snapshot: LedgerSnapshot,
  caseId: string,
  decision: string,
  units: bigint,
): LedgerChange {
  const { participantId, version, balances, cases } = snapshot;
  const decisionId = `${caseId}/${decision}`;
  const before = cases.find((each) => each.caseId === caseId) ?? anEntry(caseId);
  return {
    participantId,
    expectedVersion: version,
    balances: {
      ...balances,
      available: balances.available - units,
      pending: balances.pending + units,
    },
    transfers: [
      {
        transferId: `${decisionId}/impose`,
        participantId,
        kind: 'charge',
        caseId,
        decisionId,
        atMs: T0 + 1,
        postings: [
          { account: 'available', deltaUnits: -units },
          { account: 'pending', deltaUnits: units },
        ],
      },
    ],
    entry: {
      ...before,
      parts: [
        ...before.parts,
        {
          decisionId,
          rung: 'P1',
          status: 'pending',
          stakeUnits: units,
          rewardUnits: 0n,
          heldAtMs: null,
          imposedAtMs: T0 + 1,
          finalDueAtMs: T0 + 2,
          settledAtMs: null,
        },
      ],
    },
    sanction: null,
  };
}

/** A suspension by one case. */
export function aSanction(caseId: string, participantId: string): Sanction {
  return {
    caseId,
    participantId,
    family: 'performance',
    rung: 'P1',
    access: 'suspended',
    sinceMs: T0,
    minimumUntilMs: T0 + 600_000,
    probationUntilMs: null,
    rewardCutBps: 500,
    rewardCutUntilMs: T0 + 700_000,
  };
}

/** A notice that has not been served. */
export function aNotice(noticeId: string, caseId: string, participantId: string): StoredNotice {
  return {
    notice: {
      v: 1,
      noticeId,
      networkId: 'main',
      caseId,
      participantId,
      kind: 'rung-announced',
      violationType: 'downtime',
      family: 'performance',
      severity: 'minor',
      rung: 'W',
      tier: 'warning',
      announcedRung: 'P1',
      resourceIds: [null, 'node-1'],
      graceMs: 86_400_000,
      answerWindowMs: 86_400_000,
      evidence: [{ alertKey: 'prometheus/abc', startsAtMs: T0, lastSeenAtMs: T0 }],
      guidance: { impact: 'Work is lost.', steps: ['Restart it.'], links: [], contact: 'help' },
      checks: ['head'],
      howTo: 'Answer in the case.',
      createdAtMs: T0,
    },
    servedAtMs: null,
    servedBy: null,
    readAtMs: null,
    tries: 0,
    lastReason: null,
  };
}

/** A line of a case's history. */
export function anAudit(
  entryId: string,
  caseId: string | null,
  participantId: string,
  atMs = T0,
): AuditEntry {
  return {
    entryId,
    participantId,
    caseId,
    atMs,
    kind: 'rung-imposed',
    actor: 'system',
    summary: 'P1 imposed.',
    data: { rung: 'P1', units: '70', nested: { list: [1, null, 'x'] } },
  };
}
