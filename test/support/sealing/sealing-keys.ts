import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { createKmsEnvelope } from '../../../adapters/sealing/kms-envelope.ts';
import type { Envelope } from '../../../domain/ports/envelope.ts';
import { type LocalAws, localAws } from '../parts/ministack.ts';

/** Keys of a real KMS endpoint, and envelopes under them. */
export interface SealingKeys {
  /** Two keys, by ARN: the first seals, then the second. */
  readonly before: string;
  readonly after: string;
  disable(keyArn: string): Promise<void>;
  enable(keyArn: string): Promise<void>;
  /** An envelope of its own process: it knows no data key yet. */
  envelope(keyArn: string, openedBy?: readonly string[]): Envelope;
  close(): void;
}

/** Makes two keys in a local AWS. This process must find KMS there (`AWS_ENDPOINT_URL_KMS`). */
export async function makeSealingKeys(aws: LocalAws): Promise<SealingKeys> {
  const { region, credentials } = localAws;
  const kms = new KMSClient({ endpoint: aws.endpoint, region, credentials });
  const make = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  return {
    before: await make(),
    after: await make(),
    disable: async (KeyId) => void (await kms.send(new DisableKeyCommand({ KeyId }))),
    enable: async (KeyId) => void (await kms.send(new EnableKeyCommand({ KeyId }))),
    envelope: (keyId, openedBy) =>
      createKmsEnvelope({
        region,
        keyId,
        clock: { nowMs: () => Date.now() },
        ...(openedBy !== undefined && { openedBy }),
      }),
    close: () => kms.destroy(),
  };
}
