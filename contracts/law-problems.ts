/** One kind of error: its HTTP status, its name, and what the reader should do. */
export interface ProblemSpec {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

/** Refusals of the law in one case (rules A13, C4, E1–E5). */
export const LAW_PROBLEMS = {
  'conflict-of-interest': {
    status: 409,
    title: 'This person is in the conflict set of the case',
    advice:
      'Someone else must act: operators, proposers and the participant’s group never judge (rule E1).',
  },
  'role-taken': {
    status: 409,
    title: 'This person already took another role in the case',
    advice: 'Someone else must act: one person does one role per case (rule E1).',
  },
  'remediation-missing': {
    status: 409,
    title: 'There is no remediation yet',
    advice: 'The participant submits the remediation with its cause first (rule C4).',
  },
  'remediation-confirmed': {
    status: 409,
    title: 'The remediation is already confirmed',
    advice: 'Go on with the appeal or the checks.',
  },
  'remediation-unconfirmed': {
    status: 409,
    title: 'The remediation is not confirmed',
    advice: 'An operator confirms it first (rule C4).',
  },
  'appeal-open': {
    status: 409,
    title: 'An appeal is already open',
    advice: 'Wait for its checks and auditors.',
  },
  'appeal-missing': {
    status: 409,
    title: 'There is no open appeal',
    advice: 'The participant appeals first (rule C4).',
  },
  'audit-cooldown': {
    status: 409,
    title: 'Too many audits failed in a row',
    advice: 'Wait for the end of the cooldown, then appeal again (rule E6).',
  },
  'not-excluded': {
    status: 409,
    title: 'The case did not end in an exclusion',
    advice: 'Read its outcome; after anything less the way back is the appeal (rules C4, C5).',
  },
  'readmission-open': {
    status: 409,
    title: 'The readmission is under way',
    advice: 'Read the case: `waitsFor` says who must act (rule C5).',
  },
  'readmission-too-early': {
    status: 409,
    title: 'It is too early for a readmission',
    advice:
      'Ask once the time of the law after the exclusion is over and its money is settled (rule C5).',
  },
  'audit-not-needed': {
    status: 409,
    title: 'No auditor is needed',
    advice: 'This rung is restored by system checks alone (rule C4).',
  },
  'already-recorded': {
    status: 409,
    title: 'This auditor has already recorded a finding',
    advice: 'Another auditor must record the next one.',
  },
  'proposal-open': {
    status: 409,
    title: 'Another proposal is open',
    advice: 'Decide the open proposal first.',
  },
  'already-imposed': {
    status: 409,
    title: 'A penalty has been imposed',
    advice: 'After imposition only a dispute undoes a decision (rule E4).',
  },
  'rung-announced': {
    status: 409,
    title: 'A rung is already announced',
    advice: 'Wait for its window.',
  },
  'rung-not-higher': {
    status: 409,
    title: 'The rung is not above the present one',
    advice: 'Propose a higher rung.',
  },
  'rung-superseded': {
    status: 409,
    title: 'The proposal is no longer open',
    advice: 'Read the case again: it was imposed, lapsed, or dropped by correction (rule A13).',
  },
  'draft-changed': {
    status: 409,
    title: 'The draft has changed',
    advice: 'Read the draft again and name its present hash (rule E2).',
  },
  'proposal-vetoed': {
    status: 409,
    title: 'The proposal is vetoed',
    advice: 'Two reviewers confirm or lift the veto (rule E3).',
  },
  'already-vetoed': {
    status: 409,
    title: 'The proposal was vetoed before',
    advice: 'A veto is given once per proposal (rule E3).',
  },
  'not-vetoed': {
    status: 409,
    title: 'The proposal is not vetoed',
    advice: 'Only a vetoed proposal is reviewed (rule E3).',
  },
  'already-approved': {
    status: 409,
    title: 'This person has already approved',
    advice: 'Another person must approve (rule E2).',
  },
  'already-reviewed': {
    status: 409,
    title: 'This reviewer has already voted',
    advice: 'Another reviewer must vote (rule E3).',
  },
  'incident-closed': {
    status: 409,
    title: 'The incident is over',
    advice: 'Read it: `outcome` says how it ended.',
  },
  'incident-changed': {
    status: 409,
    title: 'The incident has changed meanwhile',
    advice: 'Read it again, then repeat with a new Idempotency-Key.',
  },
  'incident-not-renewable': {
    status: 409,
    title: 'The incident has no further term',
    advice: 'Only clock holds are renewed, and all terms together have a limit (rule A6).',
  },
  'renewal-same-person': {
    status: 409,
    title: 'The same person cannot renew the hold',
    advice: 'Another person renews it (rule A6).',
  },
  'same-organisation': {
    status: 409,
    title: 'This organisation has already approved',
    advice: 'The next approval comes from another organisation (rule E2).',
  },
  'second-person-needed': {
    status: 409,
    title: 'Who proposed it does not approve it',
    advice: 'Another person with the role governor must approve (rule E2).',
  },
  'person-affiliated': {
    status: 409,
    title: 'This person belongs to a participant',
    advice: 'A governor outside of every participant must approve (rule E1).',
  },
  'participant-needed': {
    status: 403,
    title: 'Only the participant may do this',
    advice: 'A decision is disputed by the participant that it is about (rule E5).',
  },
  'decision-unknown': {
    status: 404,
    title: 'The case has no such decision',
    advice: 'Name the `decisionId` of one of the case’s `imposed` decisions.',
  },
  'decision-fallen': {
    status: 409,
    title: 'The decision no longer stands',
    advice: 'Nothing is left to dispute: read the case again.',
  },
  'dispute-window-over': {
    status: 409,
    title: 'The dispute window has passed',
    advice: 'A decision is disputed before its `finalDueAt`; after that it is final (rule D7).',
  },
  'already-disputed': {
    status: 409,
    title: 'The decision was disputed before',
    advice: 'Warning and penalties are disputed once together, each severe step once (rule E5).',
  },
  'dispute-not-in-force': {
    status: 409,
    title: 'The policy of this case knows no disputes',
    advice: 'The case was opened under an older policy; answer its notice instead.',
  },
  'dispute-unknown': {
    status: 404,
    title: 'The case has no such dispute',
    advice: 'Name the `disputeId` of one of the case’s `disputes`.',
  },
  'dispute-decided': {
    status: 409,
    title: 'The dispute is over',
    advice: 'Read the case again: its end says what came of it.',
  },
  'panel-replaced': {
    status: 409,
    title: 'This reviewer’s panel was replaced',
    advice: 'It was overdue; reviewers who have not ruled yet decide now (rule E5).',
  },
  'rung-not-lower': {
    status: 409,
    title: 'The rung is not below the disputed one',
    advice: 'Name a lower rung with `reduced`, and none with another result.',
  },
  'rung-final': {
    status: 409,
    title: 'A decision above that rung is final',
    advice: 'Reduce to the final rung or above it: final money stays (rule D7).',
  },
} as const satisfies Record<string, ProblemSpec>;

/** Refusals around the versions of the law (design §6; rules E1, E2). */
export const POLICY_PROBLEMS = {
  'policy-invalid': {
    status: 400,
    title: 'The policy has faults',
    advice:
      'Mend every fault that `faults` names; `POST /v1/policies/lint` checks without storing.',
  },
  'policy-unknown': {
    status: 404,
    title: 'There is no such version of the law',
    advice: 'Check the version in the list of policies.',
  },
  'policy-version-taken': {
    status: 409,
    title: 'The version exists with another content',
    advice: 'Give the changed policy a version of its own; a version is never changed.',
  },
  'policy-not-proposed': {
    status: 409,
    title: 'The version does not wait for approval',
    advice: 'Read its `state`; propose what should follow it as a version of its own.',
  },
  'policy-withdrawn': {
    status: 409,
    title: 'The version was withdrawn before',
    advice: 'Nothing is left to do; propose a version of another name.',
  },
  'policy-in-force': {
    status: 409,
    title: 'The version is law, or too close to it',
    advice: 'Propose the law that should follow it; what was law stays on record.',
  },
  'policy-start-past': {
    status: 422,
    title: 'A law never begins in the past',
    advice: 'Choose a start that lies ahead by the notice of the law in force.',
  },
  'policy-notice-short': {
    status: 422,
    title: 'The notice would be too short',
    advice:
      'Propose a later start; between approval and start lies `policyNotice` of the law in force.',
  },
  'policy-out-of-order': {
    status: 409,
    title: 'Another version begins later',
    advice: 'Choose a start behind every scheduled version, or have that one withdrawn.',
  },
} as const satisfies Record<string, ProblemSpec>;
