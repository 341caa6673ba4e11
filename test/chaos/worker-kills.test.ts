import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAuditOf } from '../support/chaos/audit.ts';
import { CALM, KillPlan } from '../support/chaos/kill-plan.ts';
import { correctedInTime, heldThrough } from '../support/chaos/outage.ts';
import { type RealParts, startRealParts } from '../support/chaos/real-parts.ts';
import { fullPath } from '../support/chaos/stories.ts';
import { runStory, type StoryRun } from '../support/chaos/story-run.ts';
import { type Crew, hireCrew } from '../support/chaos/worker-crew.ts';

/**
 * The real server, the real store and the demo policy. All cases run side by side, each on a network of its own, because a full
 * case takes two minutes of real time.
 */

/** Each of these runs dies at its share of the writes: more runs are killed less often each, and all end earlier. */
const STRUCK_RUNS = 8;

/** A full case has about thirty; fewer would mean that they were not seen. */
const FEWEST_WRITES = 25;

let parts: RealParts;
let crew: Crew;
beforeAll(async () => {
  parts = await startRealParts();
  crew = hireCrew({ spares: 3, logPath: path.join(parts.folder, 'workers.log') });
});
afterAll(async () => {
  await crew?.close();
  await parts?.close();
});

describe.concurrent('kill -9 of the worker', () => {
  it('before and after every store write of a full case leaves the ledger of an undisturbed one', async () => {
    const plan = new KillPlan(STRUCK_RUNS);
    const run = (name: string, number: number) =>
      runStory(parts, crew, name, fullPath, (point) => plan.shallDie(number, point));
    const [calm, ...struck] = await Promise.all([
      run('calm', CALM),
      ...Array.from({ length: STRUCK_RUNS }, (_, number) => run(`struck-${number}`, number)),
    ]);
    expect(calm.record).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
    expect(calm.record.money).toMatchObject({ pendingUnits: '0', heldUnits: '0' });
    // A step that one run alone took, because the machine was slow, is no part of the case.
    const ofTheCase = calm.writes.filter((write) =>
      struck.every(({ writes }) => writes.includes(write)),
    );
    const points = ofTheCase.flatMap((write) => [`before ${write}`, `after ${write}`]);
    expect(ofTheCase.length).toBeGreaterThanOrEqual(FEWEST_WRITES);
    expect(points.filter((point) => !plan.deaths.includes(point))).toEqual([]);
    for (const each of struck) {
      expect(each.ledger).toEqual(calm.ledger);
      expect(decisionsOf(each)).toEqual(decisionsOf(calm));
      await each.network.close();
    }
    await calm.network.close();
  });
});

describe.concurrent('a worker that is away through a whole grace', () => {
  it('moves the clock of the case by the lateness and charges nobody for it', async () => {
    const outage = await heldThrough(parts, crew, 'away');
    const { servedAtMs, graceMs, backAtMs, p1 } = outage;
    expect(backAtMs - servedAtMs).toBeGreaterThan(2 * graceMs);
    const frozen = outage.audit.find((entry) => entry.kind === 'clock-frozen');
    const lateMs = Number(frozen?.data['lateMs']);
    // It was late by all that passed after the deadline.
    expect(lateMs).toBeGreaterThanOrEqual(backAtMs - servedAtMs - graceMs);
    expect(p1.imposed.map((step) => step.rung)).toEqual(['W', 'P1']);
    const imposedAtMs = p1.imposed.at(-1)?.imposedAtMs ?? 0;
    expect(imposedAtMs - servedAtMs).toBeGreaterThanOrEqual(graceMs + lateMs + graceMs);
    const charged = outage.audit.filter((entry) => entry.kind === 'rung-imposed');
    expect(charged.every(({ atMs }) => atMs < servedAtMs || atMs >= imposedAtMs)).toBe(true);
    await outage.network.close();
  });

  it('leaves time to correct, and who corrects then pays nothing', async () => {
    const { network, record, ledger } = await correctedInTime(parts, crew, 'away-and-corrected');
    expect(record).toMatchObject({ outcome: 'corrected', rung: 'W' });
    expect(ledger.participants[0]?.balances).toMatchObject({ available: '1000000', pending: '0' });
    expect(ledger.participants[0]?.sanctions).toEqual([]);
    const audit = await readAuditOf(network.store, record.caseId);
    expect(audit.map((entry) => entry.kind)).toContain('clock-frozen');
    await network.close();
  });
});

/** What was decided, without when. */
function decisionsOf({ record }: StoryRun) {
  const { outcome, rung, startRung, recurrence, money, remediation, appeal, findings } = record;
  return {
    outcome,
    rung,
    startRung,
    recurrence,
    money,
    imposed: record.imposed.map((step) => [step.rung, step.chargedUnits, step.money]),
    remediedBy: remediation?.confirmedBy,
    appealedBy: appeal?.by,
    auditedBy: findings.map((finding) => finding.auditor),
  };
}
