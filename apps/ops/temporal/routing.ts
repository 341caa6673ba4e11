import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../domain/errors.ts';
import type { Temporal } from './connect.ts';
import { GRPC, hasCode, reasonOf } from './grpc-errors.ts';
import { patchesOf, readVersions, takenPatches, type Versions } from './versions.ts';

/** Who changes the routing, for Temporal's own record. */
const IDENTITY = 'ops';

/**
 * Makes a version the one that new cases start on and that running cases move to at their next task. Returns what was done; the same
 * again changes nothing. Throws `version-unknown`, `patch-unknown` and `routing-refused` (conflict).
 */
export async function makeCurrent(
  it: Temporal,
  deployment: string,
  buildId: string,
): Promise<string> {
  const versions = await readKnowing(it, deployment, buildId);
  if (versions.current === buildId) return `${buildId} is the current version already.`;
  await knowsWhatCasesDid(it, versions, buildId);
  await change(async () =>
    it.connection.workflowService.setWorkerDeploymentCurrentVersion({
      ...target(it, await readVersions(it, deployment)),
      buildId,
    }),
  );
  return `${buildId} is the current version now; before: ${versions.current ?? 'none'}.`;
}

/**
 * Sends a share (0 to 100) of cases to a version; 0 ends its ramp. Which cases hangs on their id, so a case does not go to and fro.
 * Returns what was done. Throws as `makeCurrent` does, and `routing-refused` for the current version.
 */
export async function ramp(
  it: Temporal,
  deployment: string,
  buildId: string,
  percent: number,
): Promise<string> {
  const versions = await readKnowing(it, deployment, buildId);
  const now = versions.ramping?.buildId === buildId ? versions.ramping.percent : 0;
  if (now === percent) return `${buildId} has ${percent} % already.`;
  if (versions.current === buildId)
    throw refused(`${buildId} is the current version: it gets what no other version gets.`);
  const backTo = versions.current;
  const { ramping } = versions;
  // A smaller share sends cases back, and so does the end of another version's ramp.
  const sendsBack = percent < now || (ramping !== null && ramping.buildId !== buildId);
  if (percent > 0) await knowsWhatCasesDid(it, versions, buildId);
  if (sendsBack) await knowsWhatCasesDid(it, versions, backTo);
  await change(async () =>
    it.connection.workflowService.setWorkerDeploymentRampingVersion({
      ...target(it, await readVersions(it, deployment)),
      buildId: percent === 0 ? '' : buildId,
      percentage: percent,
    }),
  );
  return `${buildId} gets ${percent} % now; the rest stays with ${backTo ?? 'workers without a version'}.`;
}

/**
 * Goes one step back: ends a ramp, else makes the version current again that was so before. Once gone back, the same again changes
 * nothing. Throws `version-unknown` (conflict) when there is nothing to go back to, and as `makeCurrent` does.
 */
export async function rollBack(it: Temporal, deployment: string): Promise<string> {
  const versions = await readVersions(it, deployment);
  if (versions.ramping) return ramp(it, deployment, versions.ramping.buildId, 0);
  const current = versions.all.find(({ buildId }) => buildId === versions.current);
  const before = versions.all
    .filter((version) => version !== current && version.lastCurrentAtMs !== null)
    .sort((a, b) => (b.lastCurrentAtMs ?? 0) - (a.lastCurrentAtMs ?? 0))[0];
  if (!current || !before)
    throw new DomainError(
      'version-unknown',
      'conflict',
      `No version of ${deployment} was current before ${versions.current ?? 'now'}.`,
    );
  if (before.createdAtMs > current.createdAtMs)
    return `${current.buildId} is current again already, after ${before.buildId}.`;
  return makeCurrent(it, deployment, before.buildId);
}

/** Temporal knows a version, and what its code knows, some seconds after its workers have started; who comes at once waits for that. */
const KNOWN_WITHIN_MS = 5_000;
const LOOK_MS = 250;

/** Reads the versions once they have this one. Throws `version-unknown` (conflict). */
async function readKnowing(it: Temporal, deployment: string, buildId: string): Promise<Versions> {
  for (const endMs = performance.now() + KNOWN_WITHIN_MS; ; await sleep(LOOK_MS)) {
    const versions = await readVersions(it, deployment);
    if (versions.all.some((version) => version.buildId === buildId)) return versions;
    if (performance.now() < endMs) continue;
    const known = versions.all.map((version) => version.buildId).join(', ') || 'none';
    throw new DomainError(
      'version-unknown',
      'conflict',
      `No worker of ${deployment} with build ${buildId} has polled yet: start one first. Known: ${known}.`,
    );
  }
}

async function knownTo(it: Temporal, deployment: string, buildId: string): Promise<string[]> {
  for (const endMs = performance.now() + KNOWN_WITHIN_MS; ; await sleep(LOOK_MS)) {
    const told = await patchesOf(it, deployment, buildId);
    if (told !== null || performance.now() > endMs) return [...(told ?? [])];
  }
}

/**
 * Refuses a version whose code does not know what running cases have done: they could not be replayed by it and would stand still
 * until a version comes that can. Workers without a version (null) say nothing of what they know.
 */
async function knowsWhatCasesDid(
  it: Temporal,
  versions: Versions,
  buildId: string | null,
): Promise<void> {
  const all = await takenPatches(it);
  if (all.size === 0) return;
  const known = buildId === null ? [] : await knownTo(it, versions.deployment, buildId);
  const taken = [...all].filter(([patch]) => !known.includes(patch));
  if (taken.length === 0) return;
  const which = taken.map(([patch, cases]) => `${patch} (${cases} running)`).join(', ');
  const off = taken.map(([patch]) => patch).join(',');
  const who =
    buildId === null ? 'No worker without a version says' : `Build ${buildId} does not say`;
  throw new DomainError(
    'patch-unknown',
    'conflict',
    [
      `${who} that it knows a patch which running cases have taken: ${which}. They would stand still with it.`,
      `Start the workers of the newer image with PATCHES_OFF=${off} and a WORKER_BUILD_ID of their own, and make that build current:`,
      'no case takes the patch any more, and those that have taken it go on.',
    ].join('\n'),
  );
}

function target({ namespace }: Temporal, { deployment, conflictToken }: Versions) {
  return {
    namespace,
    deploymentName: deployment,
    identity: IDENTITY,
    ...(conflictToken && { conflictToken }),
  };
}

/**
 * The server refuses a version that does not poll for all that the current one polls for, as is so in its first moments, and a change on
 * top of another one that was not seen.
 */
async function change(call: () => Promise<unknown>): Promise<void> {
  for (const endMs = performance.now() + KNOWN_WITHIN_MS; ; await sleep(LOOK_MS)) {
    try {
      await call();
      return;
    } catch (error) {
      if (!hasCode(error, GRPC.failedPrecondition, GRPC.notFound)) throw error;
      const why = reasonOf(error);
      const isYoung = why.includes('missing active task queues');
      if (isYoung && performance.now() < endMs) continue;
      throw refused(`Temporal refuses it: ${why}. Look at the versions and repeat the command.`);
    }
  }
}

function refused(message: string): DomainError {
  return new DomainError('routing-refused', 'conflict', message);
}
