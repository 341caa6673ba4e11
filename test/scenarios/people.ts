import type { Rung } from '../../domain/policy.ts';
import type { CaseDriver } from './case-driver.ts';

/** What people do in almost every case, each by persons of their own. */

/** The proposed rung as the case's law has it. */
export async function proposedRung(driver: CaseDriver): Promise<Rung> {
  const { law, proposal } = await driver.state();
  const rung = law?.rungs.find((one) => one.id === proposal?.rung);
  if (!rung) throw new Error('No rung is proposed.');
  return rung;
}

/** One approval of the open proposal. */
export async function approve(
  driver: CaseDriver,
  person: string,
  options: Parameters<CaseDriver['act']>[2] = {},
): Promise<void> {
  const { proposal } = await driver.record();
  if (!proposal) throw new Error('Nothing is proposed.');
  const { proposalId, draftHash } = proposal;
  const reason = 'the evidence is clear';
  await driver.act(person, { kind: 'approve', proposalId, draftHash, reason }, options);
}

/** Governors of different organisations approve what is proposed, as many as it needs. Returns how many. */
export async function approveAll(driver: CaseDriver): Promise<number> {
  const rung = await proposedRung(driver);
  if (rung.execution !== 'on-approval') return 0;
  for (let number = 1; number <= rung.approvals; number += 1)
    await approve(driver, `governor-${number}`);
  return rung.approvals;
}

/** The violation ends and stays ended through the hold-down. */
export async function correct(driver: CaseDriver): Promise<void> {
  await driver.clear();
  await driver.until((record) => record.correctedAtMs !== null, 2);
}

/** Everything that the way back asks of people: remedy, confirmation, and after a severe rung appeal and audit. */
export async function seekRestoration(driver: CaseDriver): Promise<void> {
  const { law, rung } = await driver.state();
  const auditors = law?.rungs.find((one) => one.id === rung)?.auditors ?? 0;
  const remedy = { kind: 'submitRemediation', cause: 'power supply', actions: 'replaced' } as const;
  await driver.act(driver.participantId, remedy);
  await driver.act('operator-1', { kind: 'confirmRemediation', note: 'seen' });
  if (auditors === 0) return;
  await driver.act(driver.participantId, { kind: 'appeal', grounds: 'repaired' });
  for (let number = 1; number <= auditors; number += 1)
    await driver.act(`auditor-${number}`, { kind: 'recordFinding', result: 'pass', note: 'seen' });
}
