import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DomainError } from '../../domain/errors.ts';
import type { SealContext } from '../../domain/ports/envelope.ts';
import type { DataKeys } from './kms-data-keys.ts';
import { contextText, sealBroken } from './sealed-bytes.ts';

/** A keeper of data keys in memory, at the port where KMS stands: master keys by number, of which the newest seals. */
export interface TestDataKeys extends DataKeys {
  /** Questions so far. */
  made: number;
  opened: number;
  isReachable: boolean;
  /** A new master key seals from now on; those before it still open. */
  rotate(): void;
}

/** One keeper with one master key. */
export function createTestDataKeys(): TestDataKeys {
  const masters = [randomBytes(32)];
  const mustBeReachable = () => {
    if (!keeper.isReachable)
      throw new DomainError('key-unreachable', 'dependency', 'Out of order.');
  };
  const keeper: TestDataKeys = {
    made: 0,
    opened: 0,
    isReachable: true,
    rotate: () => void masters.push(randomBytes(32)),
    async make(context) {
      mustBeReachable();
      keeper.made += 1;
      const plain = randomBytes(32);
      const number = masters.length - 1;
      return { plain, sealed: wrap(masters[number] as Buffer, number, plain, context) };
    },
    async open(sealed, context) {
      mustBeReachable();
      keeper.opened += 1;
      const master = masters[sealed[0] ?? 255];
      if (master === undefined) throw sealBroken('no such key');
      return unwrap(master, Buffer.from(sealed), context);
    },
  };
  return keeper;
}

function wrap(master: Buffer, number: number, plain: Buffer, context: SealContext): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', master, nonce);
  cipher.setAAD(Buffer.from(contextText(context)));
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([number]), nonce, cipher.getAuthTag(), data]);
}

function unwrap(master: Buffer, sealed: Buffer, context: SealContext): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, sealed.subarray(1, 13));
    decipher.setAAD(Buffer.from(contextText(context)));
    decipher.setAuthTag(sealed.subarray(13, 29));
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]);
  } catch {
    throw sealBroken('its data key does not open in this place');
  }
}
