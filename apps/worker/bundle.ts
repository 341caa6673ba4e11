import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The project's folder, from which workflows are bundled. */
const projectDir = path.resolve(import.meta.dirname, '../..');

/** What the workflows are made of: their own files and everything that the import table lets them reach. */
const SOURCES = [
  'workflows/**/*.ts',
  'domain/**/*.ts',
  'contracts/temporal.ts',
  'adapters/sealing/failure-converter.ts',
];

/**
 * The bundled workflows as a file in `folder`, built only when no file there was made from the same sources by the same SDK: the
 * second start is then faster by seconds. Returns the file's path.
 */
export async function cachedWorkflowBundle(folder: string): Promise<string> {
  const file = path.join(folder, `workflows-${await fingerprint()}.js`);
  if (await isThere(file)) return file;
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(projectDir, 'workflows/index.ts'),
    workflowInterceptorModules: [path.join(projectDir, 'workflows/trace/interceptors.ts')],
    failureConverterPath: path.join(projectDir, 'adapters/sealing/failure-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  await mkdir(folder, { recursive: true });
  // Written beside and renamed: a killed start never leaves half a bundle under the name.
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, code);
  await rename(draft, file);
  return file;
}

async function isThere(file: string): Promise<boolean> {
  return readFile(file).then(
    ({ length }) => length > 0,
    () => false,
  );
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(sdkVersion());
  const files = globSync(SOURCES, { cwd: projectDir }).filter((file) => !/\.test\.ts$/.test(file));
  for (const file of files.sort()) {
    hash.update(`\0${file}\0`).update(await readFile(path.join(projectDir, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** A bundle must be loaded by the very SDK that made it. */
function sdkVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@temporalio/worker/package.json');
  return typeof manifest === 'object' && manifest !== null
    ? String(Reflect.get(manifest, 'version'))
    : '';
}
