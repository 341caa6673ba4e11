import type * as z from 'zod';
import { decisionSchema } from '../../contracts/http/decision-schemas.ts';
import { outline } from './render.ts';

type Decision = z.infer<typeof decisionSchema>;

/** Width of the names at the left. */
const NAME_WIDTH = 11;

/** A page of decision records for people: what, why, evidence, each step, money, terms, and what can be done about it. */
export function decisionsText(answer: unknown): string {
  const { items = [], nextCursor = null } = (answer ?? {}) as Record<string, unknown>;
  const told = (Array.isArray(items) ? items : []).map(decisionText);
  const more = typeof nextCursor === 'string' ? [`more: --cursor ${nextCursor}`] : [];
  return [...told, ...more].join('\n\n');
}

/** One record; as an outline when it is of a version that this command does not know. */
export function decisionText(record: unknown): string {
  const parsed = decisionSchema.safeParse(record);
  if (!parsed.success) return outline(record);
  const decision = parsed.data;
  const { words, law } = decision;
  return [
    `${decision.decidedAt}  ${decision.kind}  ${decision.decisionId}`,
    ...part('Who', [
      `${decision.participantId} (${decision.controlGroup}), case ${decision.caseId}, ${decision.violationType}, ${decision.severity}`,
    ]),
    ...part('What', [words.what]),
    ...part('Why', [words.why]),
    ...part('Evidence', evidenceLines(decision)),
    ...part('Notices', noticeLines(decision)),
    ...part('Steps', stepLines(decision)),
    ...part('Money', moneyLines(decision)),
    ...part('Impact', words.impact),
    ...part('Terms', termLines(decision)),
    ...part('People', peopleLines(decision)),
    ...part('Objection', words.objection),
    ...part('Law', [`policy ${law.policyVersion}, hash ${short(law.policyHash)}`]),
  ].join('\n');
}

function part(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) =>
    `  ${(index === 0 ? name : '').padEnd(NAME_WIDTH)}${line}`.trimEnd(),
  );
}

function evidenceLines({ evidence, occurredAt }: Decision): string[] {
  if (evidence === null) return [];
  const { alerts, alertCount, groups, looks } = evidence;
  const broken = looks.filter(({ healthy }) => healthy === false).length;
  return [
    `occurred ${occurredAt ?? 'unknown'}; ${alertCount} alerts of ${groups.length} groups (${groups.join(', ')})`,
    ...(looks.length > 0 ? [`${broken} of ${looks.length} looks of our own found it broken`] : []),
    ...alerts.map(
      ({ alertKey, startsAt, lastSeenAt }) =>
        `${alertKey} fires since ${startsAt}, last seen ${lastSeenAt}`,
    ),
  ];
}

function noticeLines({ notices }: Decision): string[] {
  return notices.map(
    ({ noticeId, resourceIds, servedAt }) =>
      `${noticeId} served ${servedAt ?? 'not yet'}, about ${resourceIds.map((id) => id ?? 'the whole').join(', ')}`,
  );
}

function stepLines({ calculation }: Decision): string[] {
  const width = Math.max(0, ...calculation.map(({ label }) => label.length));
  return calculation.map(
    ({ rule, label, input, output }) =>
      `${rule.padEnd(3)} ${label.padEnd(width)}  ${input} = ${output}`,
  );
}

function moneyLines({ amount, settled }: Decision): string[] {
  return [
    ...(amount === null
      ? []
      : [
          `${amount.units} ${amount.asset} ${amount.money}: ${amount.fromRewardsUnits} of rewards, ${amount.fromStakeUnits} of stake`,
        ]),
    ...settled.map(({ decisionId, units }) => `${decisionId}: ${units} final`),
  ];
}

function termLines({ windows }: Decision): string[] {
  return Object.entries(windows).flatMap(([name, value]) => {
    if (value === null) return [];
    return typeof value === 'number'
      ? [`${name.replace(/Ms$/, '')} ${lengthText(value)}`]
      : [`${name} ${value}`];
  });
}

/** A length of time in its largest whole unit: `7 d`, `90 m`. */
function lengthText(ms: number): string {
  const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const unit = Object.entries(units).find(([, unitMs]) => ms % unitMs === 0 && ms >= unitMs);
  return unit === undefined ? `${ms} ms` : `${ms / unit[1]} ${unit[0]}`;
}

function peopleLines({ people }: Decision): string[] {
  const { proposedBy, draftHash, approvals } = people;
  return [
    ...(proposedBy === null ? [] : [`proposed by ${proposedBy}`]),
    ...(draftHash === null ? [] : [`draft ${short(draftHash)}`]),
    ...approvals.map(
      ({ person, organisation, at, reason }) =>
        `approved by ${person} of ${organisation} at ${at}: ${reason}`,
    ),
  ];
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
