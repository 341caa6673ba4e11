import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import type { Say } from '../../../apps/local/parts/part-error.ts';
import { downloadWithSdk, keptSdkDownload } from '../../../apps/local/parts/sdk-download.ts';
import { fetchMavenProgram } from './maven.ts';

/** The last release that was tried with our SDK: timers, updates, update-with-start. */
const version = '1.38.0';

/** For `TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })`. */
export interface ServerExecutable {
  readonly type: 'existing-path';
  readonly path: string;
}

/**
 * Finds the server whose time can be skipped: what an earlier run fetched, the SDK's own download, else
 * the Java program from Maven behind a small script that the SDK can start like its own.
 * @throws PartError when there is no way
 */
export async function timeSkippingServer(
  say: Say = (line) => process.stderr.write(`${line}\n`),
): Promise<ServerExecutable> {
  const folder = path.join(cacheFolder(), 'temporal', `test-server-${version}`);
  const script = path.join(cacheFolder(), 'temporal', `test-server-${version}-java`);
  const kept = keptSdkDownload(folder) ?? (existsSync(script) ? script : undefined);
  if (kept !== undefined) return { type: 'existing-path', path: kept };
  say('Time-skipping server: asking the SDK to download it …');
  const sdk = await downloadWithSdk({
    artifact: 'test-server',
    version: `v${version}`,
    folder,
    beginWithinMs: 10_000,
  });
  if ('path' in sdk) return { type: 'existing-path', path: sdk.path };
  say(`Time-skipping server: nothing came from there (${sdk.why}).`);
  const jars = await fetchMavenProgram(
    {
      part: 'time-skipping server',
      group: 'io.temporal',
      artifact: 'temporal-test-server',
      version,
    },
    say,
  );
  writeFileSync(script, javaScript(jars));
  chmodSync(script, 0o755);
  return { type: 'existing-path', path: script };
}

/** The SDK gives a server five seconds to start and no more, which is little for a Java program on a machine that does much else. */
const STARTS = 6;

/**
 * Starts a server whose time can be skipped, with a client for it. Whoever asks tears it down.
 * @throws PartError when there is no such server, and what the SDK says when it did not start however often it was tried
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const executable = await timeSkippingServer();
  for (let start = 1; ; start += 1)
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    } catch (error) {
      if (start === STARTS || !String(error).includes('did not start within')) throw error;
    }
}

/** `exec` keeps the process id, so that the SDK stops the server and not a shell in front of it. */
function javaScript(jars: string): string {
  const options = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m';
  return `#!/bin/sh
exec java ${options} -cp '${jars}/*' io.temporal.testserver.TestServer "$@"
`;
}
