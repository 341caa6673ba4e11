import type { Meter } from './metrics.ts';
import { flushTraces } from './tracing.ts';

/** Does the work of one invocation, and writes and sends what was noted of it before it is over, also when it fails. */
export async function invocation<T>(meter: Meter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    meter.flush();
    await flushTraces();
  }
}
