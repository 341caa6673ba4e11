import type { CaseState } from './state.ts';

/** What a new case knows of itself. */
export interface NewCase {
  networkId: string;
  caseId: string;
  participantId: string;
  violationType: string;
  controlGroup: string;
  severity: CaseState['severity'];
  openedAtMs: number;
  confirmAtMs: number;
}

/** A case at its first observation: nothing is decided yet (stage `confirming`). */
export function newCaseState(fresh: NewCase): CaseState {
  return {
    v: 1,
    ...fresh,
    stage: 'confirming',
    law: null,
    occurredAtMs: null,
    recurrence: null,
    startRung: null,
    multiplierBps: 10_000,
    rung: null,
    imposed: [],
    announced: null,
    holds: [],
    recheck: null,
    frozenMs: 0,
    proposal: null,
    refusedRungs: [],
    holdDown: null,
    correctedAtMs: null,
    reopenUntilMs: null,
    suspendedUntilMs: null,
    remediation: null,
    appeal: null,
    findings: [],
    checks: null,
    failedAudits: 0,
    governorsAskedAtMs: null,
    acknowledgedBy: null,
    people: [],
    probationUntilMs: null,
    outcome: null,
    endedAtMs: null,
    steps: 0,
    announcements: 0,
    notices: 0,
    proposals: 0,
  };
}
