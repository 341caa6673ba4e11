import { randomInt } from 'node:crypto';
import { isPortFree } from './parts/free-port.ts';

/** Below the range from which systems take ports for outgoing connections: nobody takes ours while a part is down. */
const LOWEST = 20_000;
const HIGHEST = 30_000;
const TRIES = 50;

/** A free port of 127.0.0.1 that is likely to be free again after a restart. */
export async function stablePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port was found between ${LOWEST} and ${HIGHEST}.`);
}
