import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parsePolicy } from '../../../contracts/policy.ts';
import type { Policy } from '../../../domain/policy.ts';

/** What the bench changes in the law of the demonstration. */
interface DemoLaw {
  readonly families: Record<string, { rungs: Record<string, unknown>[] }>;
  readonly violationTypes: Record<string, Record<string, unknown>>;
  [name: string]: unknown;
}

/** How long each window of a case lasts: short, so that the machine and not the waiting sets the pace, and longer than the way of a step. */
const WINDOW = '1s';

/** A busy machine is late and sees old evidence; neither may change what a case does. */
const NEVER = '6h';

/**
 * The law of the demonstration with windows as short as they can be. Each decision is final at once: its settlement is a step of its own
 * all the same, and falls into the same place however busy the machine is.
 */
export function quickLaw(): Policy {
  const file = path.join(import.meta.dirname, '../../../policies/demo.json');
  const law: DemoLaw = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(law, {
    version: 'bench-1',
    holdDown: WINDOW,
    reopen: WINDOW,
    freshMin: NEVER,
    lateness: NEVER,
    disputeWindow: { warning: '1ms', penalty: '1ms', severe: '1ms' },
    stakeHoldLapse: NEVER,
    pendingHardStop: '12h',
  });
  for (const type of Object.values(law.violationTypes)) type['allowance'] = WINDOW;
  for (const { rungs } of Object.values(law.families)) for (const rung of rungs) hasten(rung);
  return parsePolicy(law, (text) => createHash('sha256').update(text).digest('hex'));
}

function hasten(rung: Record<string, unknown>): void {
  if (rung['id'] === 'W') return;
  Object.assign(rung, { graceBefore: WINDOW, answerWindow: WINDOW, probation: WINDOW });
  const suspension = rung['suspension'] as { kind: string; min?: string };
  if (suspension.min !== undefined) suspension.min = WINDOW;
}
