import { DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { Principal } from '../principal.ts';
import type { CaseAction } from './actions.ts';
import { applyAction } from './apply-action.ts';
import type { Verdict, VerdictReason } from './dispute.ts';
import { newCaseState } from './open.ts';
import type { CaseState, ImposedStep } from './state.ts';
import { refuseAction } from './validate-action.ts';

// A case that is disputed, and who takes part.

export const law = lawOf('performance');

export function person(name: string, change: Partial<Principal> = {}): Principal {
  return {
    account: `account-of-${name}`,
    person: name,
    organisation: `org-of-${name}`,
    roles: ['reviewer'],
    participantId: null,
    controlGroup: null,
    ...change,
  };
}

export const owner = person('otto', { roles: ['participant'], participantId: 'p-1' });
export const rita = person('rita');
export const rolf = person('rolf');

export function step(rung: ImposedStep['rung'], atDays: number, change: Partial<ImposedStep> = {}) {
  const imposedAtMs = T0 + atDays * DAY_MS;
  const windowDays = rung === 'S1' || rung === 'S2' ? 30 : 14;
  return {
    decisionId: `c-1-${rung}`,
    rung,
    imposedAtMs,
    chargedUnits: rung === 'W' ? '0' : '10',
    finalDueAtMs: imposedAtMs + windowDays * DAY_MS,
    money: rung === 'W' ? ('none' as const) : ('pending' as const),
    ...change,
  };
}

/** A case that climbed to S1: W at once, P1 after a day, P2 after four, S1 after eleven. */
export function climbed(change: Partial<CaseState> = {}): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return {
    ...fresh,
    stage: 'correcting',
    law,
    rung: 'S1',
    startRung: 'W',
    recurrence: { counted: 0, onlyWarnings: false, probation: false },
    suspendedUntilMs: T0 + 18 * DAY_MS,
    imposed: [step('W', 0), step('P1', 1), step('P2', 4), step('S1', 11)],
    ...change,
  };
}

export const at = (days: number) => T0 + days * DAY_MS;

export function codeOf(state: CaseState, principal: Principal, action: CaseAction, days: number) {
  const request = { v: 1 as const, principal, key: 'k', bodyHash: 'h', action };
  return refuseAction(state, request, at(days))?.code ?? null;
}

export const objectTo = (rung: string): CaseAction => ({
  kind: 'openDispute',
  decisionId: `c-1-${rung}`,
  grounds: 'no',
});

export function ruling(
  result: Verdict,
  reasonCode: VerdictReason = 'law',
  toRung: ImposedStep['rung'] | null = null,
): Extract<CaseAction, { kind: 'decideDispute' }> {
  const kind = 'decideDispute';
  return { kind, disputeId: 'c-1-x1', result, toRung, reasonCode, reason: 'so' };
}

export const act = (state: CaseState, principal: Principal, action: CaseAction, days: number) =>
  applyAction(state, action, { principal, atMs: at(days), draftHash: '' });

export const disputed = (rung: string, days: number, state = climbed()) =>
  act(state, owner, objectTo(rung), days);
