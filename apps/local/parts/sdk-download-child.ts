// Run by sdk-download.ts: has the SDK fetch an executable into a folder (it starts it once, and stops it).
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [artifact, version, downloadDir] = process.argv.slice(2);
if (artifact === undefined || version === undefined || downloadDir === undefined) {
  throw new Error('usage: sdk-download-child.ts <cli|test-server> <version> <folder>');
}
const executable = { type: 'cached-download', version, downloadDir } as const;
try {
  const environment =
    artifact === 'cli'
      ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
      : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
