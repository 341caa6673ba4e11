import { createKmsEnvelope } from '../../../adapters/sealing/kms-envelope.ts';
import { createPayloadCodec } from '../../../adapters/sealing/payload-codec.ts';
import { createTemporalSecret } from '../../../adapters/secrets/temporal-secret.ts';
import { type Env, sealingConfig, temporalConfig } from '../config.ts';
import { type CaseWorkflows, connectCaseWorkflows, type TemporalOptions } from '../temporal.ts';
import type { Log } from '../tracing.ts';

/**
 * Builds the door to Temporal from the environment: its credentials, and what seals the payloads. A secret that cannot be used is told to
 * the log. Throws `config-invalid`.
 */
export function composeCaseWorkflows(
  env: Env,
  log: Pick<Log, 'warn'>,
  deadlines: Pick<TemporalOptions, 'signalDeadlineMs' | 'updateDeadlineMs'> = {},
): CaseWorkflows {
  const { secret, ...where } = temporalConfig(env);
  const sealing = sealingConfig(env);
  const clock = { nowMs: () => Date.now() };
  const onFault = (error: unknown) =>
    log.warn('the credentials for Temporal were not read', { error });
  return connectCaseWorkflows({
    ...where,
    ...deadlines,
    ...(secret !== undefined && {
      secret: createTemporalSecret({ ...secret, clock, onFault }),
    }),
    ...(sealing !== null && {
      codec: createPayloadCodec(createKmsEnvelope({ ...sealing, clock }), sealing.networkId),
    }),
  });
}
