import type { Role } from '../../domain/principal.ts';

/** Everyone of the network's staff who may look. */
const STAFF = ['viewer', 'operator', 'auditor', 'reviewer', 'governor', 'admin'] as const;

/** The same and the participant, who sees own records only. */
const STAFF_AND_OWNER = [...STAFF, 'participant'] as const;

/**
 * Who may do what (design §7): the one table. `participant` always means own records only. What a role may do in one case
 * at one moment is the law's decision (rules C4, E1–E4), not this table's.
 */
export const ROLES_BY_OPERATION = {
  listCases: STAFF_AND_OWNER,
  readCase: STAFF_AND_OWNER,
  readTimeline: STAFF_AND_OWNER,
  readDecisions: STAFF_AND_OWNER,
  readCaseWorkflow: STAFF,

  acknowledge: ['operator'],
  answer: ['participant'],
  submitRemediation: ['participant', 'operator'],
  confirmRemediation: ['operator'],
  requestChecks: ['operator', 'auditor', 'participant'],
  appeal: ['participant'],
  askReadmission: ['participant', 'operator'],
  recordFinding: ['auditor'],
  propose: ['operator', 'reviewer', 'governor'],
  approve: ['governor'],
  veto: ['governor', 'reviewer'],
  openDispute: ['participant'],
  decideDispute: ['reviewer'],
  addNote: ['operator', 'auditor', 'reviewer', 'governor', 'admin'],

  registerParticipant: ['admin'],
  listParticipants: STAFF,
  readParticipant: STAFF_AND_OWNER,
  putResources: ['admin'],
  addResources: ['admin'],
  recordChecks: ['operator', 'admin'],
  releaseResource: ['admin'],
  deposit: ['treasurer'],
  withdraw: ['participant'],
  cancelWithdrawal: ['participant'],
  listWithdrawals: [...STAFF_AND_OWNER, 'treasurer'],
  creditReward: ['treasurer'],
  payRewards: ['treasurer'],
  readLedger: [...STAFF_AND_OWNER, 'treasurer'],
  readStanding: [...STAFF_AND_OWNER, 'treasurer', 'scheduler'],
  listStandings: ['viewer', 'operator', 'admin', 'scheduler'],
  readReputation: STAFF_AND_OWNER,
  listReputationReviews: STAFF,
  listNotices: STAFF_AND_OWNER,
  readNotice: STAFF_AND_OWNER,

  listIncidents: STAFF,
  openIncident: ['operator', 'governor'],
  renewIncident: ['operator', 'governor'],
  releaseIncident: ['governor'],
  readShadow: ['viewer', 'governor', 'admin'],
  // The law is for everybody whom it may concern.
  listPolicies: [...STAFF_AND_OWNER, 'treasurer', 'scheduler'],
  readPolicy: [...STAFF_AND_OWNER, 'treasurer', 'scheduler'],
  lintPolicy: STAFF,
  proposePolicy: ['governor', 'admin'],
  approvePolicy: ['governor'],
  withdrawPolicy: ['governor', 'admin'],

  readReceipt: STAFF,
  readHealth: 'public',
  readOpenApi: 'public',
} as const satisfies Record<string, readonly Role[] | 'public'>;

/** Name of an operation, as in the OpenAPI document. */
export type OperationId = keyof typeof ROLES_BY_OPERATION;

/** The roles that may call an operation, or `public`. */
export function rolesOf(id: OperationId): readonly Role[] | 'public' {
  return ROLES_BY_OPERATION[id];
}
