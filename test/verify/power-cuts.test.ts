import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Stage } from '../../domain/case/state.ts';
import { readLedger } from '../support/chaos/comparable-ledger.ts';
import { openStackSite } from '../support/chaos/stack-site.ts';
import { DOWNTIME, fullPathWith, type Moment } from '../support/chaos/stories.ts';
import { demoPolicy } from '../support/local-stack.ts';

const MOMENTS: readonly Moment[] = [
  'confirming',
  'correcting',
  'proposed',
  'restoring',
  'settlement',
];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * The policy of the demonstration with a longer allowance. There it is two seconds, and on a machine with three stacks at work the case
 * may be confirmed before anybody has seen it.
 */
function unhurriedPolicy(folder: string): string {
  const policy = JSON.parse(readFileSync(demoPolicy, 'utf8'));
  policy.violationTypes[DOWNTIME.violationType].allowance = '20s';
  const file = path.join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify(policy));
  return file;
}

/** A full case on a stack of its own that loses all its parts at the given moments. */
async function fullCase(cutAt: readonly Moment[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-power-'));
  folders.push(folder);
  const site = await openStackSite(path.join(folder, 'data'), unhurriedPolicy(folder));
  const cuts: Stage[] = [];
  const story = fullPathWith(async (moment, { stage }) => {
    if (!cutAt.includes(moment)) return;
    await site.powerCut();
    cuts.push(stage);
  });
  try {
    const record = await story(site);
    const store = site.store();
    const ledger = await readLedger(store);
    store.client.destroy();
    const { outcome, rung, money, imposed } = record;
    const steps = imposed.map((step) => [step.rung, step.chargedUnits, step.money]);
    return { cuts, ledger, decided: { outcome, rung, money, steps } };
  } finally {
    await site.close();
  }
}

describe('kill -9 of the whole stack', () => {
  it('in every stage of a full case leaves the ledger of an undisturbed one', async () => {
    const [calm, ...struck] = await Promise.all([
      fullCase([]),
      // Two cases share the stages: cut after cut in one of them would take as long again.
      fullCase(MOMENTS.filter((_, index) => index % 2 === 0)),
      fullCase(MOMENTS.filter((_, index) => index % 2 === 1)),
    ]);
    expect(calm.decided).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
    expect(calm.decided.money).toMatchObject({ pendingUnits: '0', heldUnits: '0' });
    const cuts: Stage[] = ['confirming', 'correcting', 'ended', 'proposed', 'restoring'];
    expect(struck.flatMap((run) => run.cuts).sort()).toEqual(cuts);
    for (const { ledger, decided } of struck) {
      expect(decided).toEqual(calm.decided);
      expect(ledger).toEqual(calm.ledger);
    }
  });
});
