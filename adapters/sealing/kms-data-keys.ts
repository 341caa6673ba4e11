import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DomainError } from '../../domain/errors.ts';
import type { SealContext } from '../../domain/ports/envelope.ts';
import { type AwsPatience, patienceOf } from '../aws-patience.ts';
import { sealBroken } from './sealed-bytes.ts';

/** A key for data: in clear for as long as it is used, and sealed as it lies beside the data. */
export interface DataKey {
  /** 32 bytes. */
  readonly plain: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Makes keys for data and opens those that were made before; the key that seals them never leaves its keeper. */
export interface DataKeys {
  /** Throws `key-unreachable`. */
  make(context: SealContext): Promise<DataKey>;
  /** Throws `key-unreachable`, or `seal-broken` for what was not sealed like this under this context. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
}

/** Which key seals, and how KMS is reached. */
export interface KmsOptions extends Pick<AwsPatience, 'requestTimeoutMs'> {
  readonly region: string;
  /** ARN or id of the key that new data keys are sealed with. */
  readonly keyId: string;
  /**
   * ARNs of all keys that may have sealed what is opened, the present one included. Left out, the permissions of whoever opens decide
   * alone: sealed data names its own key, so what an earlier key sealed opens for as long as its use is allowed.
   */
  readonly openedBy?: readonly string[];
}

/** What KMS says of bytes that no key of ours sealed under this context. */
const NOT_SEALED_SO = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/** Data keys from KMS. The client is made with the first question: a function that opens nothing does not pay for it. */
export function createKmsDataKeys(options: KmsOptions): DataKeys {
  let client: KMSClient | undefined;
  const kms = () => {
    client ??= new KMSClient({ region: options.region, ...patienceOf(options) });
    return client;
  };
  return {
    async make(context) {
      const command = new GenerateDataKeyCommand({
        KeyId: options.keyId,
        KeySpec: 'AES_256',
        EncryptionContext: { ...context },
      });
      const { Plaintext, CiphertextBlob } = await ask(() => kms().send(command));
      if (Plaintext === undefined || CiphertextBlob === undefined) throw unreachable('no key');
      return { plain: Plaintext, sealed: CiphertextBlob };
    },
    async open(sealed, context) {
      const command = new DecryptCommand({
        CiphertextBlob: sealed,
        EncryptionContext: { ...context },
      });
      const { Plaintext, KeyId = '' } = await ask(() => kms().send(command));
      if (Plaintext === undefined) throw unreachable('no key');
      if (options.openedBy !== undefined && !options.openedBy.includes(KeyId))
        throw sealBroken('it was sealed by a key that is not ours');
      return Plaintext;
    },
  };
}

async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    if (NOT_SEALED_SO.has(name)) throw sealBroken('its data key does not open in this place');
    throw unreachable(name, error);
  }
}

/** A key that was disabled, forbidden or taken away is a person's to mend: what needs it waits and is not given up. */
function unreachable(reason: string, cause?: unknown): DomainError {
  const error = new DomainError(
    'key-unreachable',
    'dependency',
    'The key that seals could not be used. Look at its state and at who may use it; then the work goes on.',
    { reason },
  );
  error.cause = cause;
  return error;
}
