import { rmSync } from 'node:fs';
import path from 'node:path';
import {
  bundleFunction,
  functionNames,
  overweight,
  readBundleBudgets,
} from './bundle-functions.ts';
import { bundleWorkflows } from './bundle-workflows.ts';
import { writeShape } from './shape.ts';
import { layOutWorker } from './worker-image.ts';

// npm run build: dist/functions/<name>/index.mjs and dist/workflows.js, with their sizes, dist/worker (the worker's image)
// and dist/shape.json.

const root = path.dirname(import.meta.dirname);
const outDir = path.join(root, 'dist');

rmSync(outDir, { recursive: true, force: true });
const bundles = await Promise.all(
  functionNames(root).map((name) => bundleFunction(root, name, outDir)),
);
const bundled = await bundleWorkflows(root, path.join(outDir, 'workflows.js'));
bundles.push(bundled, ...(await layOutWorker(root, bundled.file, outDir)));
writeShape(outDir);
for (const { name, bytes, startBytes = bytes } of bundles) {
  const [all, atStart] = [bytes, startBytes].map((size) => (size / 1024).toFixed(0).padStart(6));
  console.log(`${all} KB, ${atStart} KB at the start  ${name}`);
}
const problems = overweight(bundles, readBundleBudgets());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
