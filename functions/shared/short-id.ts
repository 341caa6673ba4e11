import { createHash, randomBytes } from 'node:crypto';
import type { ObservationRef } from '../../domain/ports/evidence.ts';

/** Crockford's alphabet: no letter that can be taken for a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 50 bits: with a million cases the chance that any two meet is below one in two thousand. */
const CASE_CHARS = 10;

const RECEIPT_CHARS = 16;

/**
 * Id of the case that an observation opens, such as `downtime-7k3f9q2mhd`: short, readable, and the same however often the
 * observation is delivered.
 */
export function caseIdOf(violationType: string, opening: ObservationRef): string {
  const hash = createHash('sha256').update(`${opening.alertKey}#${opening.seq}`).digest();
  return `${violationType}-${base32(hash, CASE_CHARS)}`;
}

/** Id of a new receipt. */
export function newReceiptId(): string {
  return base32(randomBytes(RECEIPT_CHARS), RECEIPT_CHARS);
}

function base32(bytes: Buffer, chars: number): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  let text = '';
  for (let at = 0; text.length < chars; at += 5) {
    text += ALPHABET[Number.parseInt(bits.slice(at, at + 5), 2)] ?? '';
  }
  return text;
}
