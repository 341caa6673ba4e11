import path from 'node:path';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import type { Say } from '../../../apps/local/parts/part-error.ts';
import { startProcess } from '../../../apps/local/parts/processes.ts';
import { type RunningStore, storeAnswers } from '../../../apps/local/parts/store.ts';
import { fetchMavenProgram } from './maven.ts';

/** Amazon's own emulator. Newer releases need jars that cannot be had; do not use a version range. */
const program = {
  part: 'DynamoDB Local',
  group: 'software.amazon.dynamodb',
  artifact: 'DynamoDBLocal',
  version: '3.1.0',
} as const;

/** Fetches DynamoDB Local once. @returns the folder with its jars */
export function fetchDynamoDbLocal(say: Say): Promise<string> {
  return fetchMavenProgram(program, say);
}

/**
 * Starts DynamoDB Local in memory on a free port. It listens on every interface and cannot be told
 * otherwise, so nothing of value belongs in it.
 */
export async function startDynamoDbLocal(options: {
  readonly folder: string;
  readonly say: Say;
}): Promise<RunningStore> {
  const jars = await fetchDynamoDbLocal(options.say);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const process = await startProcess({
    part: program.part,
    command: 'java',
    args: [
      `-Djava.library.path=${jars}`,
      `-Dsqlite4java.library.path=${jars}`,
      '-cp',
      `${jars}/*`,
      'software.amazon.dynamodb.services.local.main.ServerRunner',
      '-port',
      String(port),
      '-inMemory',
      '-sharedDb',
      '-disableTelemetry',
    ],
    logPath: path.join(options.folder, 'dynamodb-local.log'),
    ready: () => storeAnswers(endpoint),
    readyWithinMs: 60_000,
    whatToDo: ['Check that java is version 17 or newer: java -version'],
  });
  return { endpoint, process };
}
