import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { PATCHES, PATCHES_KEY } from '../../contracts/temporal.ts';
import type { WorkerVersion } from './config.ts';

/** The server knows a version from its first poll on; until then it is asked again. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** gRPC's UNIMPLEMENTED: a server that has no versions. */
const UNIMPLEMENTED = 12;

/**
 * Tells Temporal which patches this version of the code knows, so that a rollback can be refused that would hand cases to code which
 * does not know what they have done. Tries until it is told or `ended`; never rejects, because cases do not depend on it.
 */
export async function tellVersion(
  connection: NativeConnection,
  namespace: string,
  { deployment, buildId }: WorkerVersion,
  ended: AbortSignal,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !ended.aborted; pauseMs *= 2) {
    try {
      await connection.workflowService.updateWorkerDeploymentVersionMetadata({
        namespace,
        deploymentVersion: { deploymentName: deployment, buildId },
        upsertEntries: { [PATCHES_KEY]: defaultPayloadConverter.toPayload([...PATCHES]) },
        identity: `worker ${buildId}`,
      });
      return;
    } catch (error) {
      const isFutile = error instanceof Error && 'code' in error && error.code === UNIMPLEMENTED;
      const isSlow = pauseMs > LONGEST_PAUSE_MS / 4;
      if (isFutile || isSlow) console.warn('Temporal was not told which patches we know:', error);
      if (isFutile) return;
    }
    pauseMs = Math.min(pauseMs, LONGEST_PAUSE_MS / 2);
    await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
  }
}
