import { exportLedger, withoutInstantsAndIds } from '../../../adapters/dynamodb/ledger-export.ts';
import { caseWorkflowId, settlementWorkflowId } from '../../../contracts/temporal.ts';
import type { CaseAction } from '../../../domain/case/actions.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { DomainError } from '../../../domain/errors.ts';
import { CaseDriver } from '../../scenarios/case-driver.ts';
import type { CaseWorld } from '../../scenarios/case-world.ts';
import { addProvider } from '../../scenarios/providers.ts';
import { readAuditOf } from '../chaos/audit.ts';

/** What a whole case came to, without instants and ids. */
export interface CaseEnd {
  readonly decisions: unknown;
  readonly account: unknown;
  /** Kinds of the entries in the case's history, in their order. */
  readonly history: readonly string[];
  readonly standing: string;
}

/** An attempt that failed comes again after a second or two. */
const RETRY_MS = 2_000;

/** Longest waits for something that only retries of steps keep from happening. */
const MOST_STEPS = 60;

/**
 * Warning, two penalties, severe on approval; corrected; remedy, appeal and audit; probation; everything final: under the default law. Steps
 * may fail on the way and be tried again, so it waits for them before it does anything itself.
 */
export async function liveFullCase(world: CaseWorld, participantId: string): Promise<CaseEnd> {
  await addProvider(world, participantId);
  const driver = new CaseDriver(world, { participantId });
  const life = new PatientLife(world, driver);
  await life.fire();
  await life.until(({ rung }) => rung === 'W');
  await life.until(({ stage }) => stage === 'proposed');
  const { law, proposal } = await driver.state();
  const approvals = law?.rungs.find((one) => one.id === proposal?.rung)?.approvals ?? 0;
  if (proposal === null) throw new Error('Nothing is proposed.');
  const { proposalId, draftHash } = proposal;
  for (let number = 1; number <= approvals; number++) {
    const action = { kind: 'approve', proposalId, draftHash, reason: 'clear' } as const;
    await life.act(`governor-${number}`, action);
  }
  await life.until(({ rung }) => rung === 'S1');
  await life.act('operator-1', { kind: 'acknowledge', note: 'seen' });
  await driver.clear();
  await life.until(({ correctedAtMs }) => correctedAtMs !== null);
  const remedy = { kind: 'submitRemediation', cause: 'power supply', actions: 'replaced' } as const;
  await life.act(participantId, remedy);
  await life.act('operator-1', { kind: 'confirmRemediation', note: 'seen' });
  await life.act(participantId, { kind: 'appeal', grounds: 'repaired' });
  await life.act('auditor-1', { kind: 'recordFinding', result: 'pass', note: 'seen' });
  await life.until(({ stage }) => stage === 'ended');
  const record = await life.until(({ nextDeadlineMs }) => nextDeadlineMs === null);
  const end = await endOf(world, driver, record);
  await driver.leave();
  return end;
}

class PatientLife {
  private readonly world: CaseWorld;
  private readonly driver: CaseDriver;
  private keys = 0;

  constructor(world: CaseWorld, driver: CaseDriver) {
    this.world = world;
    this.driver = driver;
  }

  async fire(): Promise<void> {
    try {
      await this.driver.fire();
    } catch (error) {
      // The opening is being tried again, so there is no record yet.
      if (!String(error).includes('has no record')) throw error;
    }
    await this.quiet();
  }

  async until(isThere: (record: CaseRecord) => boolean): Promise<CaseRecord> {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      await this.quiet();
      const record = await this.driver.record();
      if (isThere(record)) return record;
      await this.driver.toNextDeadline();
    }
    throw new Error(`Never came: ${JSON.stringify(await this.driver.record())}`);
  }

  /** Asks again under the same key while the step that would answer is being tried again. */
  async act(person: string, action: CaseAction): Promise<void> {
    this.keys += 1;
    const key = `key-of-${this.keys}`;
    for (let tries = 1; ; tries++) {
      try {
        await this.driver.act(person, action, { key });
        return await this.quiet();
      } catch (error) {
        const passes = error instanceof DomainError && error.code === 'workflow-unreachable';
        if (!passes || tries === 10) throw error;
      }
    }
  }

  /** Waits until no step of the case waits for another attempt. */
  private async quiet(): Promise<void> {
    const { timeline, clock } = this.world;
    while (await this.isRetrying()) await timeline.until((await clock.follow()) + RETRY_MS);
    await this.driver.settle();
    if (await this.isRetrying()) await this.quiet();
  }

  private async isRetrying(): Promise<boolean> {
    const { caseId, world } = this.driver;
    for (const workflowId of [
      caseWorkflowId('main', caseId),
      settlementWorkflowId('main', caseId),
    ]) {
      const seen = await world.environment.client.workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => null);
      if (seen?.status.name === 'RUNNING' && (seen.raw.pendingActivities ?? []).length > 0)
        return true;
    }
    return false;
  }
}

async function endOf(world: CaseWorld, driver: CaseDriver, record: CaseRecord): Promise<CaseEnd> {
  const { participants } = withoutInstantsAndIds(await exportLedger(world.store));
  const account = participants.find((one) => one.participantId === driver.participantId);
  if (account === undefined) throw new Error('The participant has no account.');
  const { outcome, rung, startRung, recurrence, money, remediation, appeal, findings } = record;
  const history = await readAuditOf(world.store, driver.caseId);
  return {
    decisions: {
      outcome,
      rung,
      startRung,
      recurrence,
      money,
      imposed: record.imposed.map((step) => [step.rung, step.chargedUnits, step.money]),
      remedied: remediation?.confirmedBy,
      appealed: appeal !== null,
      findings: findings.map(({ auditor, result }) => [auditor, result]),
    },
    account: {
      ...account,
      participantId: null,
      // The money of one decision runs on a clock of its own; within it the order stands.
      transfers: account.transfers.toSorted(
        (a, b) => (a.decisionNumber ?? 0) - (b.decisionNumber ?? 0),
      ),
    },
    history: history.map(({ kind }) => kind),
    standing: await driver.standing(),
  };
}
