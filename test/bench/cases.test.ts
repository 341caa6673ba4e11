import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { playBare } from './cases/bare.ts';
import { escalate } from './cases/escalation.ts';
import { recordScript } from './cases/record-script.ts';
import { cpuRatioOf, ratioOf, report } from './cases/report.ts';
import { runRounds } from './cases/rounds.ts';
import type { Script } from './cases/script.ts';
import { openSite, type Site } from './cases/site.ts';

/** Nobody waits long for a smoke test. */
const WINDOW_MS = 200;

let site: Site;
let script: Script;
beforeAll(async () => {
  site = await openSite(WINDOW_MS, 10);
  script = await recordScript(site);
}, 120_000);
afterAll(() => site?.close());

/** A ledger without what is a case's own: its id, and the instants at which its steps happened to be done. */
function comparable(ledger: LedgerSnapshot) {
  const { balances, version, cases } = ledger;
  const parts = cases.map((entry) =>
    entry.parts.map(({ status, rewardUnits, stakeUnits }) => ({ status, rewardUnits, stakeUnits })),
  );
  return { balances, version, parts };
}

it('plays the whole case: each kind of step, all that people do, and the money', () => {
  const kinds = Object.groupBy(script.moves, ([kind]) => kind);
  expect(kinds.step?.length).toBeGreaterThanOrEqual(20);
  expect(kinds.timer?.length).toBeGreaterThanOrEqual(6);
  expect(kinds.asked).toHaveLength(5);
  expect(kinds.signalled).toHaveLength(2);
});

it('compares it with a bare workflow that leaves the same in the store', async () => {
  const [ours, bare, like] = await site.providers.make(3);
  if (!ours || !bare || !like) throw new Error('Nobody was made.');
  for (const one of [bare, like]) site.bare.prepare(script, one);
  await Promise.all([
    escalate(site, ours),
    playBare(site, script, bare, false),
    playBare(site, script, like, true),
  ]);
  const cases = createCaseStore(site.spy.store);
  const left = async ({ participantId, caseId }: typeof ours) => {
    const { outcome, stage, rung } = (await cases.readCase(caseId)) ?? {};
    const ledger = comparable(await cases.snapshot(participantId));
    return { outcome, stage, rung, ledger };
  };
  for (const one of [bare, like]) expect(await left(one)).toEqual(await left(ours));
  expect(await left(ours)).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
}, 120_000);

it('measures both in rounds, with the same number of steps and messages', async () => {
  const rounds = await runRounds(site, script, { cases: 2, atOnce: 2, rounds: 1 });
  for (const { bare, like, ours } of rounds) {
    for (const { moves } of [bare, like]) expect(moves.steps).toBe(script.writes.length);
    expect(Math.abs(ours.moves.steps - bare.moves.steps)).toBeLessThan(2);
    expect(ours.moves.messages).toBe(bare.moves.messages);
  }
  for (const ratio of [ratioOf(rounds), cpuRatioOf(rounds)]) {
    expect(ratio.lowest).toBeGreaterThan(0);
    expect(ratio.lowest).toBeLessThanOrEqual(ratio.middle);
    expect(ratio.middle).toBeLessThanOrEqual(ratio.highest);
  }
  expect(report(rounds)).toMatch(/^cases per second, ours by bare: \d\.\d\d /m);
}, 120_000);
