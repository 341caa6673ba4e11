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

// npm run build: dist/functions/<name>/index.mjs and dist/workflows.js, with their sizes, and dist/shape.json.

const root = path.dirname(import.meta.dirname);
const outDir = path.join(root, 'dist');

rmSync(outDir, { recursive: true, force: true });
const bundles = await Promise.all(
  functionNames(root).map((name) => bundleFunction(root, name, outDir)),
);
bundles.push(await bundleWorkflows(root, path.join(outDir, 'workflows.js')));
writeShape(outDir);
for (const { name, bytes, startBytes = bytes } of bundles) {
  const [all, atStart] = [bytes, startBytes].map((size) => (size / 1024).toFixed(0).padStart(6));
  console.log(`${all} KB, ${atStart} KB at the start  ${name}`);
}
const problems = overweight(bundles, readBundleBudgets());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
