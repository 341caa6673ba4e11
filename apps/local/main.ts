import path from 'node:path';
import { announce } from './announce.ts';
import { readOptions } from './options.ts';
import { PartError } from './parts/part-error.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Signals that come this close after the first are the same one. */
const SAME_SIGNAL_MS = 1_000;

/** Starts the stack and keeps it until SIGINT, SIGTERM or SIGHUP; a second signal does not wait for a clean stop. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const beganAtMs = performance.now();
  let stack: LocalStack | undefined;
  let stoppingSinceMs: number | undefined;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stoppingSinceMs !== undefined) {
      // A terminal and a launcher may both pass on one and the same Ctrl-C.
      if (performance.now() - stoppingSinceMs < SAME_SIGNAL_MS) return;
      process.exit(130);
    }
    // The children of a start that is not done end with this process.
    if (stack === undefined) process.exit(130);
    stoppingSinceMs = performance.now();
    say(`\n${signal}: stopping …`);
    await stack.stop();
    say('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(signal));
  }
  stack = await startLocalStack({ ...options, watch: true, say });
  say(`Everything runs after ${((performance.now() - beganAtMs) / 1_000).toFixed(1)} s.`);
  announce(stack, path.join(options.data, 'tokens.json'), say);
}

try {
  await main();
} catch (error) {
  const text = error instanceof PartError ? error.message : String(error);
  process.stderr.write(`\nThe stack could not be started.\n${text}\n`);
  process.exit(1);
}
