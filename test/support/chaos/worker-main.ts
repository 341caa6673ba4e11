import { flushCompileCache } from 'node:module';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { composePorts, composeTemporal, openWorkerStore } from '../../../apps/worker/compose.ts';
import { workerConfig } from '../../../apps/worker/config.ts';
import { createWorker } from '../../../apps/worker/worker.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { watchWrites } from './write-points.ts';

/**
 * The real worker, with two differences: it loads everything first and serves when it is told to, so that a successor is there
 * the moment one is killed; and it asks at every write whether it may go on.
 */

const waiting = new Map<number, () => void>();
let points = 0;

function tell(message: FromWorker): void {
  process.send?.(message);
}

function ask(side: 'before' | 'after', what: string): Promise<void> {
  points += 1;
  const id = points;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    tell({ kind: 'write', id, side, what });
  });
}

async function serve(env: Record<string, string>): Promise<void> {
  const config = workerConfig(env);
  // The clients of the store read their credentials here.
  Object.assign(process.env, env);
  const store = watchWrites(openWorkerStore(config), ask);
  if (config.workflowBundlePath === null) throw new Error('The bundle is made by the test.');
  const { run } = await createWorker({
    ...composeTemporal(config),
    ports: composePorts(config, store),
    maxCachedWorkflows: config.maxCachedWorkflows,
    workflows: { bundlePath: config.workflowBundlePath },
  });
  tell({ kind: 'serving' });
  await run();
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'go') {
    waiting.get(message.id)?.();
    waiting.delete(message.id);
    return;
  }
  serve(message.env).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error('The worker has failed:', error);
      process.exit(1);
    },
  );
});
// Whoever started it is gone: nobody else would stop it.
process.on('disconnect', () => process.exit(1));

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
  },
});
// It never ends in order, so what it compiled is kept for its successors now (NODE_COMPILE_CACHE).
flushCompileCache();
tell({ kind: 'loaded' });
