/** A build of the worker that shall serve: one version to Temporal, one service of its own. */
export interface WorkerBuild {
  /** `WORKER_BUILD_ID`: letters, digits, `.`, `_` and `-`. */
  readonly id: string;
  /** Tag of its image in the repository; the id itself unless one image serves under several ids. */
  readonly image: string;
  /** Changes of the workflows that are switched off in it, for a way back (docs/operating/upgrades.md). */
  readonly patchesOff: readonly string[];
}

const BUILD = /^(?<id>[\w.-]{1,64})(?:@(?<image>[\w.-]{1,128}))?(?:~(?<off>[\w.+-]+))?$/;

/**
 * Reads `-c builds=…`: builds separated by commas, each `id`, `id@image` or `id@image~patch+patch`; `none` for a network whose workers
 * run elsewhere. No separator means anything to a shell, not even within quotes. Throws with the form when it is wrong or an id comes twice.
 */
export function buildsOf(text: string): WorkerBuild[] {
  if (text === 'none') return [];
  const builds = text.split(',').map((one) => {
    const found = BUILD.exec(one.trim())?.groups;
    const id = found?.['id'];
    if (id === undefined) throw new Error(`"${one}" is no build: ${FORM}`);
    return {
      id,
      image: found?.['image'] ?? id,
      patchesOff: found?.['off']?.split('+').filter(Boolean) ?? [],
    };
  });
  if (new Set(builds.map(({ id }) => id)).size < builds.length) {
    throw new Error(`Each build may be named once: ${FORM}`);
  }
  return builds;
}

const FORM =
  'use -c builds=id, -c builds=old,new, -c builds=id@image~patch+patch, or -c builds=none.';
