import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Where downloaded parts are kept between runs: `SWARM_SLASHING_CACHE`, else the user's cache folder,
 * else (no home) the temporary folder.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['SWARM_SLASHING_CACHE'];
  if (chosen) return path.resolve(chosen);
  const name = 'swarm-slashing';
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, name);
  const home = env['HOME'] ?? homedir();
  return path.isAbsolute(home) ? path.join(home, '.cache', name) : path.join(tmpdir(), name);
}
