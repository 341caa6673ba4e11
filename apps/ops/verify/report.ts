import type { Finding, Verification } from '../../../domain/audit/findings.ts';
import { isWhole, type VerificationReport } from './verify-ledger.ts';

/** A report in words: what was looked at, and of each participant that is not whole the first fault of its chain and everything else. */
export function reportLines(report: VerificationReport): string[] {
  const { networkId, verifications, findings } = report;
  const total = (count: (one: Verification) => number): number =>
    verifications.reduce((sum, one) => sum + count(one), 0);
  const participants = verifications.filter(({ participantId }) => participantId !== null).length;
  const faulty = verifications.filter((one) => one.findings.length > 0);
  return [
    `Network ${networkId}: ${counted(participants, 'participant')}, ${counted(
      total(({ entries }) => entries),
      'entry',
      'entries',
    )}, ${counted(
      total(({ decisions }) => decisions),
      'decision',
    )}, ${counted(
      total(({ transfers }) => transfers),
      'transfer',
    )} computed again.`,
    ...faulty.flatMap((one) => [
      `${nameOf(one.participantId)} is not whole:`,
      ...one.findings.map(lineOf),
    ]),
    ...(findings.length > 0 ? ['The network is not whole:', ...findings.map(lineOf)] : []),
    ...verifications.flatMap(({ participantId, notes }) =>
      notes.map((note) => `Note on ${nameOf(participantId)}: ${note}`),
    ),
    isWhole(report)
      ? 'Everything is as it was decided.'
      : `${counted(total((one) => one.findings.length) + findings.length, 'finding')}.`,
  ];
}

function lineOf({ check, seq, entryId, caseId, what }: Finding): string {
  const where = [
    ...(seq === null ? [] : [`number ${seq}`]),
    ...(entryId === null ? [] : [entryId]),
    ...(entryId === null && caseId !== null ? [`case ${caseId}`] : []),
  ];
  return `  ${check}${where.length > 0 ? ` (${where.join(', ')})` : ''}: ${what}`;
}

function nameOf(participantId: string | null): string {
  return participantId ?? 'The network’s own chain';
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
