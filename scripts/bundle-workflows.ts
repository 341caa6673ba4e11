import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Bundle } from './bundle-functions.ts';

/**
/**
 * Bundles all workflows into one file, with what carries traces through them and the converter that lets messages of failures be sealed.
 * The worker that loads it must have the very version of the SDK that made it.
 */
export async function bundleWorkflows(root: string, file: string): Promise<Bundle> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, 'workflows/index.ts'),
    workflowInterceptorModules: [path.join(root, 'workflows/trace/interceptors.ts')],
    failureConverterPath: path.join(root, 'adapters/sealing/failure-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, code);
  return { name: 'workflows', file, bytes: Buffer.byteLength(code) };
}
