import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { DomainError } from '../../domain/errors.ts';
import type { SealContext } from '../../domain/ports/envelope.ts';

/**
 * Form of sealed bytes, version 1: version (1 byte), length of the sealed data key (2 bytes, big endian), sealed data key, nonce (12),
 * data under AES-256-GCM, tag (16). Everything before the nonce and the context are authenticated with the data.
 */
const VERSION = 1;

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 2;
const HEADER_BYTES = 1 + LENGTH_BYTES;

/** Sealed bytes, taken apart. */
export interface SealedParts {
  /** Version, length and sealed data key, as they stand. */
  readonly head: Buffer;
  readonly dataKey: Buffer;
  readonly nonce: Buffer;
  readonly data: Buffer;
  readonly tag: Buffer;
}

/** A failure that no repetition mends: the bytes were changed, cut, or belong to another place. */
export function sealBroken(why: string): DomainError {
  return new DomainError('seal-broken', 'bug', `What is sealed cannot be opened: ${why}.`);
}

/** One text for one context, whatever the order of its names. */
export function contextText(context: SealContext): string {
  return canonicalJson(context);
}

/** Seals bytes with a data key and puts the sealed key before them. */
export function sealWith(
  key: KeyObject,
  sealedKey: Uint8Array,
  plain: Uint8Array,
  context: SealContext,
): Uint8Array {
  const head = Buffer.alloc(HEADER_BYTES + sealedKey.length);
  head.writeUInt8(VERSION);
  head.writeUInt16BE(sealedKey.length, 1);
  head.set(sealedKey, HEADER_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(authenticated(head, context));
  const data = cipher.update(plain);
  const last = cipher.final();
  return Buffer.concat([head, nonce, data, last, cipher.getAuthTag()]);
}

/** Takes sealed bytes apart. Throws `seal-broken` for another version or too few bytes. */
export function takeApart(sealed: Uint8Array): SealedParts {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < HEADER_BYTES) throw sealBroken('it is too short');
  if (bytes.readUInt8() !== VERSION) throw sealBroken('its version is not known here');
  const nonceAt = HEADER_BYTES + bytes.readUInt16BE(1);
  const dataAt = nonceAt + NONCE_BYTES;
  const tagAt = bytes.length - TAG_BYTES;
  if (tagAt < dataAt) throw sealBroken('it is too short');
  return {
    head: bytes.subarray(0, nonceAt),
    dataKey: bytes.subarray(HEADER_BYTES, nonceAt),
    nonce: bytes.subarray(nonceAt, dataAt),
    data: bytes.subarray(dataAt, tagAt),
    tag: bytes.subarray(tagAt),
  };
}

/** Opens what was taken apart. Throws `seal-broken`. */
export function openWith(key: KeyObject, parts: SealedParts, context: SealContext): Uint8Array {
  const decipher = createDecipheriv(ALGORITHM, key, parts.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(parts.head, context));
  decipher.setAuthTag(parts.tag);
  try {
    return Buffer.concat([decipher.update(parts.data), decipher.final()]);
  } catch {
    throw sealBroken('it was changed, or it belongs to another place');
  }
}

function authenticated(head: Buffer, context: SealContext): Buffer {
  return Buffer.concat([head, Buffer.from(contextText(context))]);
}
