import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { invalidPolicy, lintPolicyFile } from '../../../contracts/policy.ts';
import type { Policy } from '../../../domain/policy.ts';

/** What the bench changes in the law of the demonstration. */
interface DemoLaw {
  readonly families: Record<string, { rungs: Record<string, unknown>[] }>;
  readonly violationTypes: Record<string, Record<string, unknown>>;
  readonly breaker: Record<string, unknown>;
  [name: string]: unknown;
}

/** A busy machine is late and sees old evidence; neither may change what a case does. */
const NEVER = '6h';

/** The breaker is asked and its room is taken as always, but nobody waits for it: then a bench would measure the size of its network. */
const NEVER_HOLDS = { shareBps: 10_000, suspendedBps: 10_000, twoApproversBps: 10_000 };

/**
 * The law of the demonstration with all windows of a case this long. Each decision is final at once: its settlement is a step of its own
 * all the same, and falls into the same place however busy the machine is.
 */
export function quickLaw(windowMs: number): Policy {
  const window = `${windowMs}ms`;
  const file = path.join(import.meta.dirname, '../../../policies/demo.json');
  const law: DemoLaw = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(law, {
    version: 'bench-1',
    holdDown: window,
    reopen: window,
    freshMin: NEVER,
    lateness: NEVER,
    disputeWindow: { warning: '1ms', penalty: '1ms', severe: '1ms' },
    stakeHoldLapse: NEVER,
    pendingHardStop: '12h',
  });
  Object.assign(law.breaker, NEVER_HOLDS);
  for (const type of Object.values(law.violationTypes)) type['allowance'] = window;
  for (const { rungs } of Object.values(law.families))
    for (const rung of rungs) hasten(rung, window);
  // Its windows are no law for people, and the lint says so: a bench leaves nobody time to correct anything.
  const { policy, faults } = lintPolicyFile(law, (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
  if (policy === null) throw invalidPolicy(faults);
  return policy;
}

function hasten(rung: Record<string, unknown>, window: string): void {
  if (rung['id'] === 'W') return;
  Object.assign(rung, { graceBefore: window, answerWindow: window, probation: window });
  const suspension = rung['suspension'] as { kind: string; min?: string };
  if (suspension.min !== undefined) suspension.min = window;
}
