import type { Principal } from '../principal.ts';
import type { CaseRole, CaseState } from './state.ts';

/** Why a person may not take a role in this case; null when they may. */
export interface RoleProblem {
  code: 'conflict-of-interest' | 'role-taken';
  message: string;
}

/** Roles that judge: they come from outside the conflict set and do one role each (rule E1). */
const JUDGING: readonly CaseRole[] = ['approved', 'audited', 'reviewed', 'ruled'];

/**
 * Whether a person may approve, audit or review. Everyone who operated, configured, proposed or confirmed in this case is in its
 * conflict set, and so is the participant's control group (rule E1). Persons count, not accounts.
 */
export function roleProblem(
  state: CaseState,
  principal: Principal,
  role: CaseRole,
): RoleProblem | null {
  if (!JUDGING.includes(role)) return null;
  const affiliated = affiliation(state, principal);
  if (affiliated) return affiliated;
  const taken = state.people.find(
    (entry) => entry.person === principal.person && entry.role !== role,
  );
  if (!taken) return null;
  return {
    code: JUDGING.includes(taken.role) ? 'role-taken' : 'conflict-of-interest',
    message: `This person already took the role "${taken.role}" in this case; another person must act.`,
  };
}

/** Whether a person belongs to the participant or its control group, or to one whose monitor complained (rule E1). */
export function affiliation(state: CaseState, principal: Principal): RoleProblem | null {
  const group = principal.controlGroup;
  if (group !== null && group !== state.controlGroup && state.complainants?.includes(group)) {
    return {
      code: 'conflict-of-interest',
      message:
        'This person belongs to a control group whose monitor complained; someone unaffiliated must act.',
    };
  }
  const isOwn =
    principal.participantId === state.participantId ||
    (group !== null && group === state.controlGroup);
  if (!isOwn) return null;
  return {
    code: 'conflict-of-interest',
    message:
      'This person belongs to the participant or its control group; someone unaffiliated must act.',
  };
}

/** Who judged in a case does nothing else in it (rules E1, H11). */
export function hasJudged(state: CaseState, principal: Principal): RoleProblem | null {
  const judged = state.people.find(
    (entry) => entry.person === principal.person && JUDGING.includes(entry.role),
  );
  if (!judged) return null;
  return {
    code: 'role-taken',
    message: `This person already took the role "${judged.role}" in this case; another person must act.`,
  };
}

/**
 * The case without the approvals of those who have set its law or a source of it since they approved; the same state where there are none.
 * Who comes into the conflict set afterwards has not judged from outside it (rules E1, H11).
 */
export function withoutConflictedApprovals(state: CaseState): CaseState {
  const { proposal } = state;
  if (!proposal) return state;
  const configured = (person: string) =>
    state.people.some((entry) => entry.person === person && entry.role === 'configured');
  const approvals = proposal.approvals.filter((ballot) => !configured(ballot.person));
  if (approvals.length === proposal.approvals.length) return state;
  return { ...state, proposal: { ...proposal, approvals } };
}

/** The people with this person's role added, once. */
export function withRole(
  people: CaseState['people'],
  person: string,
  role: CaseRole,
): CaseState['people'] {
  return people.some((entry) => entry.person === person && entry.role === role)
    ? people
    : [...people, { person, role }];
}
