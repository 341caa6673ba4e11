import { composeRedeliver } from './compose.ts';
import { type RedeliverResult, redeliver } from './redeliver.ts';
import { startWithdrawals } from './start-withdrawals.ts';

let parts: ReturnType<typeof composeRedeliver> | undefined;

/** Entry point of the scheduled function; one at a time is enough and all that is wanted. */
export const handler = async (): Promise<RedeliverResult & { started: number }> => {
  parts ??= composeRedeliver(process.env);
  const relayed = await redeliver(parts.deps, parts.options);
  const { started, outage } = await startWithdrawals(parts.starts);
  const result = { ...relayed, started, outage: relayed.outage || outage };
  const { delivered, failed } = relayed;
  if (delivered + failed + started > 0) parts.deps.logger.info('redelivered', { ...result });
  return result;
};
