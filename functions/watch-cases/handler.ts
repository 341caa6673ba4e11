import { invocation } from '../shared/invocation.ts';
import { composeWatchCases } from './compose.ts';
import type { WatchCasesDeps } from './deps.ts';
import { type Watched, watchCases } from './operations/watch-cases.ts';

let parts: WatchCasesDeps | undefined;

/** Entry point of the scheduled function; what it is made from is read from the environment with the first run. */
export const handler = async (): Promise<Watched> => {
  parts ??= composeWatchCases(process.env);
  const deps = parts;
  return invocation(deps.meter, () => watchCases(deps));
};
