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
  'same-organisation': {
    status: 409,
    title: 'This organisation has already approved',
    advice: 'The next approval comes from another organisation (rule E2).',
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
