/** What a person or system may do (design §7). */
export type Role =
  | 'viewer'
  | 'operator'
  | 'auditor'
  | 'reviewer'
  | 'governor'
  | 'admin'
  | 'treasurer'
  | 'scheduler'
  | 'participant';

/**
 * Who acts. `person` is the human behind the account: two accounts of one person are one person in every count (rule E1).
 */
export interface Principal {
  account: string;
  person: string;
  organisation: string;
  roles: Role[];
  /** Set for `participant`: whose records they may touch. */
  participantId: string | null;
  /** Set when the person belongs to a participant's control group (rule E1). */
  controlGroup: string | null;
}
