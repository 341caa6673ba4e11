import type { CaseAction } from '../../domain/case/actions.ts';
import type { Verdict, VerdictReason } from '../../domain/case/dispute.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { RungId } from '../../domain/violation.ts';
import type { ActOptions, CaseDriver } from './case-driver.ts';
import { approveAll, correct, seekRestoration } from './people.ts';
import { isAt, isProposed } from './scenario.ts';

/** What people do in a dispute. */

/** The participant disputes what was imposed at a rung. Returns the id of the dispute. */
export async function dispute(driver: CaseDriver, rung: RungId): Promise<string> {
  const decisionId = decisionOf(await driver.record(), rung);
  const action: CaseAction = { kind: 'openDispute', decisionId, grounds: 'it was not so' };
  const { disputeId } = await driver.act(driver.participantId, action);
  if (disputeId === undefined) throw new Error('A dispute has an id.');
  return disputeId;
}

/** Id of what was imposed at a rung. */
export function decisionOf(record: CaseRecord, rung: RungId): string {
  const step = record.imposed.findLast((one) => one.rung === rung);
  if (!step) throw new Error(`${rung} was not imposed.`);
  return step.decisionId;
}

/** What a reviewer says. */
export interface Said {
  result: Verdict;
  toRung?: RungId;
  reasonCode?: VerdictReason;
}

/** One reviewer rules. */
export async function rule(
  driver: CaseDriver,
  reviewer: string,
  disputeId: string,
  { result, toRung, reasonCode = 'law' }: Said,
  options: ActOptions = {},
): Promise<void> {
  const action: CaseAction = {
    kind: 'decideDispute',
    disputeId,
    result,
    toRung: toRung ?? null,
    reasonCode,
    reason: 'read again with care',
  };
  await driver.act(reviewer, action, options);
}

/** Two reviewers of two organisations say the same. */
export async function ruleTwice(driver: CaseDriver, disputeId: string, said: Said): Promise<void> {
  await rule(driver, 'reviewer-1', disputeId, said);
  await rule(driver, 'reviewer-2', disputeId, said);
}

/** Through the first severe rung. */
export async function climbToS1(driver: CaseDriver): Promise<CaseRecord> {
  await driver.fire();
  await driver.until(isProposed);
  await approveAll(driver);
  return driver.until(isAt('S1'));
}

/** Corrected, restored, and in probation. */
export async function returnTo(driver: CaseDriver): Promise<CaseRecord> {
  await correct(driver);
  await seekRestoration(driver);
  return driver.until((record) => record.stage === 'ended');
}

/** What became of the money of a rung's decision. */
export const moneyAt = (record: CaseRecord, rung: RungId) =>
  record.imposed.find((step) => step.rung === rung)?.money;
