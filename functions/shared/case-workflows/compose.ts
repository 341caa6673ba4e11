import { createKmsEnvelope } from '../../../adapters/sealing/kms-envelope.ts';
import { createPayloadCodec } from '../../../adapters/sealing/payload-codec.ts';
import { createPlatformSecret } from '../../../adapters/secrets/secrets-manager.ts';
import { type Env, sealingConfig, temporalConfig } from '../config.ts';
import { type CaseWorkflows, connectCaseWorkflows, type TemporalOptions } from '../temporal.ts';

/** Builds the door to Temporal from the environment: its credentials, and what seals the payloads. Throws `config-invalid`. */
export function composeCaseWorkflows(
  env: Env,
  deadlines: Pick<TemporalOptions, 'signalDeadlineMs' | 'updateDeadlineMs'> = {},
): CaseWorkflows {
  const { secret, ...where } = temporalConfig(env);
  const sealing = sealingConfig(env);
  const clock = { nowMs: () => Date.now() };
  return connectCaseWorkflows({
    ...where,
    ...deadlines,
    ...(secret !== undefined && { secret: createPlatformSecret({ ...secret, clock }) }),
    ...(sealing !== null && {
      codec: createPayloadCodec(createKmsEnvelope({ ...sealing, clock }), sealing.networkId),
    }),
  });
}
