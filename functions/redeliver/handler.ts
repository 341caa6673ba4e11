import { composeRedeliver } from './compose.ts';
import { type RedeliverResult, redeliver } from './redeliver.ts';

let parts: ReturnType<typeof composeRedeliver> | undefined;

/** Entry point of the scheduled function; one at a time is enough and all that is wanted. */
export const handler = async (): Promise<RedeliverResult> => {
  parts ??= composeRedeliver(process.env);
  const result = await redeliver(parts.deps, parts.options);
  if (result.delivered + result.failed > 0) parts.deps.logger.info('redelivered', { ...result });
  return result;
};
