import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Bundle } from './bundle-functions.ts';

/**
 * Bundles all workflows, and what carries traces through them, into one file. The worker that loads it must have the very version of the
 * SDK that made it.
 */
export async function bundleWorkflows(workflowsPath: string, file: string): Promise<Bundle> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [path.join(path.dirname(workflowsPath), 'trace/interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, code);
  return { name: 'workflows', file, bytes: Buffer.byteLength(code) };
}
