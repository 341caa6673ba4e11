import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBreaker } from '../../adapters/dynamodb/breaker.ts';
import { exportLedger } from '../../adapters/dynamodb/ledger-export.ts';
import { reportLines } from '../../apps/ops/verify/report.ts';
import { verifyLedger } from '../../apps/ops/verify/verify-ledger.ts';
import { type CaseWorld, openCaseWorld } from '../scenarios/case-world.ts';
import { addProvider } from '../scenarios/providers.ts';
import { CaseFaults } from '../support/faults/case-faults.ts';
import { type CaseEnd, liveFullCase } from '../support/faults/full-case.ts';

/**
 * Every call that the activities of a full case make to the store meets conflicts, throttling, failures, lost requests and lost answers. Two
 * cases live undisturbed; many more live side by side, and each fault of each call strikes one of them. All come to the same end.
 */

/** So many live at once; what they came by no more meets a few more of them, side by side again. */
const STRUCK = 26;
const MORE = 6;
const AT_MOST = 50;

const BYSTANDER = 'bystander';

let world: CaseWorld;
let calm: CaseEnd;
let ends: CaseEnd[];
const faults = new CaseFaults();

beforeAll(async () => {
  world = await openCaseWorld('default.json', { faultOf: faults.faultOf });
  // Counting the network for its breaker is no part of a case: the first count is made here, and of cases side by side only one makes the next.
  // Somebody must be there, or each charge would be a large one.
  await addProvider(world, BYSTANDER);
  await createBreaker(world.store).look(await world.clock.follow(), 0);
  const [first, second] = await world.timeline.all(
    ['calm', 'calm-too'].map((name) => () => liveFullCase(world, name)),
  );
  if (!first || !second) throw new Error('Two calm cases were to live.');
  calm = first;
  expect(second).toEqual(calm);
  faults.begin();
  ends = await strike(STRUCK);
  const { plan } = faults;
  while (plan.left.length > 0 && ends.length < AT_MOST) ends.push(...(await strike(MORE)));
  console.info(
    `${plan.strikes} faults at ${plan.calls} calls of a case (${plan.rare.length} of them rare), in ${ends.length} cases`,
  );
});
afterAll(() => world?.close());

let lives = 0;
function strike(count: number): Promise<CaseEnd[]> {
  const stories = Array.from({ length: count }, () => {
    lives += 1;
    const name = `struck-${lives}`;
    return () => liveFullCase(world, name);
  });
  return world.timeline.all(stories);
}

it('is a whole case: warned, charged thrice, restored and settled', () => {
  expect(calm.decisions).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
  expect(calm.account).toMatchObject({ balances: { pending: '0', held: '0' } });
  expect(calm.history).not.toContain('clock-frozen');
});

it('meets every fault at every call', () => {
  expect(faults.plan.left).toEqual([]);
  expect(faults.plan.rare.length).toBeLessThan(faults.plan.calls / 3);
  expect(faults.plan.calls).toBeGreaterThan(90);
});

it('comes to the same end: no posting twice, no step lost', () => {
  for (const end of ends) expect(end).toEqual(calm);
});

it('keeps every chain whole, and every decision comes out of its record again', async () => {
  expect(reportLines(await verifyLedger(world.store)).at(-1)).toBe(
    'Everything is as it was decided.',
  );
});

it('keeps the books balanced over all of them', async () => {
  const { participants, reserveUnits } = await exportLedger(world.store);
  const lived = participants.filter(({ participantId }) => participantId !== BYSTANDER);
  const taken = lived.map(({ balances, deposits }) => {
    const paidIn = deposits.reduce((sum, { units }) => sum + BigInt(units), 0n);
    return paidIn - BigInt(balances.available);
  });
  expect(new Set(taken).size).toBe(1);
  expect(taken.reduce((sum, units) => sum + units, 0n)).toBe(BigInt(reserveUnits));
});
