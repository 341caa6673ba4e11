import { PROBLEM_GROUPS } from './problem.ts';

const HEAD = `# Errors

<!-- Made by scripts/openapi.ts from contracts/problem.ts. Do not edit. -->

Every error answer is \`application/problem+json\` (RFC 9457): \`type\` is \`/problems/{code}\`, \`code\` and \`status\` are
stable, \`detail\` is for people and may change, \`requestId\` finds the request in the log, and \`errors\` names each wrong
value by a JSON pointer into the body or by \`/path/…\`, \`/query/…\`, \`/headers/…\`.

An error answer to an action means that nothing was changed, with one exception: after 503 and 500 it is unknown whether
the action was taken. Repeat it with the same \`Idempotency-Key\`; nothing is done twice.

A token carries \`sub\` (the account), \`person\` (the human behind it; without it the account counts as the person), \`org\`
(required for auditors, reviewers and governors), \`roles\`, for participants \`participant_id\`, and \`control_group\` for
people who belong to a participant's group.

A refusal of the law whose code is not listed here is a 409 with the reason in \`detail\`.
`;

/** The text of `docs/reference/errors.md`: the one list of codes as tables. */
export function errorsPage(): string {
  const sections = PROBLEM_GROUPS.map(([heading, problems]) => {
    const rows = Object.entries(problems).map(
      ([code, { status, title, advice }]) => `| \`${code}\` | ${status} | ${title} | ${advice} |`,
    );
    return [
      `## ${heading}`,
      '',
      '| code | status | what | what to do |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n');
  });
  return [HEAD, ...sections].join('\n');
}
