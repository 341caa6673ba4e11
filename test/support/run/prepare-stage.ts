import { findStore } from '../../../apps/local/parts/store.ts';
import { findTemporal } from '../../../apps/local/parts/temporal.ts';
import { debianProgram } from '../parts/debian.ts';
import { fetchDynamoDbLocal } from '../parts/dynamodb-local.ts';
import { lambdaRuntime } from '../parts/lambda-runtime.ts';
import { fetchMinistack } from '../parts/ministack.ts';
import { timeSkippingServer } from '../parts/time-skipping.ts';
import type { RunName } from './budgets.ts';
import type { Outcome } from './outcome.ts';

const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

/** What each run needs on the machine; each is fetched once and kept. */
const needed: Readonly<Record<RunName, readonly (() => Promise<unknown>)[]>> = {
  test: [
    async () => findStore(),
    () => findTemporal({ say }),
    () => timeSkippingServer(say),
    () => debianProgram('prometheus', say),
    () => debianProgram('prometheus-alertmanager', say),
  ],
  verify: [
    async () => findStore(),
    () => findTemporal({ say }),
    () => fetchDynamoDbLocal(say),
    () => fetchMinistack(say),
    // The parts that the deployed installation is proven with.
    () => debianProgram('prometheus', say),
    () => debianProgram('prometheus-alertmanager', say),
    () => lambdaRuntime(say),
  ],
};

/** Brings all parts on to the machine; every part that cannot be had is a failure with its reason. */
export async function prepare(run: RunName): Promise<Outcome> {
  const reasons: string[] = [];
  for (const bring of needed[run]) {
    try {
      await bring();
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { passed: 0, failed: reasons.length, reasons };
}
