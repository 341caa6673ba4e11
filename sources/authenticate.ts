import { createHash, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { SourceAuth } from '../contracts/source-config.ts';

/** A delivery as it came: raw bytes, and headers in lower case. */
export interface SignedDelivery {
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
}

/** Signatures older or newer than this are refused: a recorded delivery cannot be played again later. */
export const SIGNATURE_TOLERANCE_MS = 300_000;

/** Why a delivery was refused; for the log, the sender only learns that it was. */
export type AuthFailure = 'credentials-missing' | 'credentials-wrong' | 'timestamp-outside';

/**
 * Checks where a delivery comes from, on its raw bytes. `secrets` are all that are valid now: two while one is being
 * rotated. Every comparison takes the same time whatever is wrong. Returns null when it is genuine.
 */
export function authenticate(
  auth: SourceAuth,
  delivery: SignedDelivery,
  secrets: readonly string[],
  nowMs: number,
): AuthFailure | null {
  if (auth.kind === 'standard-webhooks') return checkSignature(delivery, secrets, nowMs);
  const given = delivery.headers['authorization'];
  if (given === undefined || given === '') return 'credentials-missing';
  const [scheme = '', ...rest] = given.trim().split(/\s+/);
  const credentials = rest.join(' ');
  if (scheme.toLowerCase() !== auth.kind) return 'credentials-wrong';
  const expected =
    auth.kind === 'bearer'
      ? secrets
      : secrets.map((secret) => Buffer.from(`${auth.username}:${secret}`).toString('base64'));
  return matchesOne(credentials, expected) ? null : 'credentials-wrong';
}

function checkSignature(
  { headers, body }: SignedDelivery,
  secrets: readonly string[],
  nowMs: number,
): AuthFailure | null {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures) return 'credentials-missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'credentials-wrong';
  const sentAt = new Date(Number(timestamp) * 1_000);
  const given = signatures.split(' ').filter((signature) => signature.startsWith('v1,'));
  // The library's own check reads the machine's clock; here time is passed in, so only its signing is used.
  const expected = secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body));
  const isGenuine = given.map((signature) => matchesOne(signature, expected)).includes(true);
  if (!isGenuine) return 'credentials-wrong';
  const isTimely = Math.abs(nowMs - sentAt.getTime()) <= SIGNATURE_TOLERANCE_MS;
  return isTimely ? null : 'timestamp-outside';
}

function matchesOne(given: string, expected: readonly string[]): boolean {
  const hash = digest(given);
  // No early end: how many secrets there are and which one fits must not show in the time.
  return expected.map((one) => timingSafeEqual(hash, digest(one))).includes(true);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What a 401 tells the sender to use. */
export function challengeOf(auth: SourceAuth): string {
  if (auth.kind === 'basic') return 'Basic realm="alerts", charset="UTF-8"';
  return auth.kind === 'bearer' ? 'Bearer realm="alerts"' : 'StandardWebhooks realm="alerts"';
}
