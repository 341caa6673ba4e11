import type { SourceConfig } from '../../../contracts/source-config.ts';
import type { SecretStore } from '../../../domain/ports/secret-store.ts';
import type { ParsedDelivery } from '../../../sources/alert.ts';
import { parseAlertmanager } from '../../../sources/alertmanager.ts';
import { type AuthFailure, authenticate, challengeOf } from '../../../sources/authenticate.ts';
import { NATIVE_MEDIA_TYPES, type NativeMediaType, parseNative } from '../../../sources/native.ts';
import { HttpProblem } from '../../shared/http-problem.ts';

type Kind = SourceConfig['kind'];

/** Group adapters have no limit of their own on what they put into one body; a native sender has no reason for more. */
const MAX_BYTES: Readonly<Record<Kind, number>> = {
  alertmanager: 10 * 1_024 * 1_024,
  native: 1_024 * 1_024,
};

type Headers = Readonly<Record<string, string | undefined>>;

/** A delivery as it came, headers in lower case. */
export interface RawDelivery {
  headers: Headers;
  body: Buffer;
}

/** Throws `body-too-large` (413): what is too large is not even hashed. */
export function checkSize(kind: Kind, body: Buffer): void {
  if (body.length <= MAX_BYTES[kind]) return;
  throw new HttpProblem(
    'body-too-large',
    `The body has ${body.length} bytes; at most ${MAX_BYTES[kind]} are taken from this source.`,
  );
}

/** Checks the credentials on the raw bytes. Throws `signature-invalid` (401) with what to use; the log gets the reason. */
export async function checkSender(
  source: SourceConfig,
  delivery: RawDelivery,
  secrets: SecretStore,
  nowMs: number,
  onFailure: (reason: AuthFailure | 'no-secret') => void,
): Promise<void> {
  const valid = await secrets.secrets(source.auth.secretId);
  const failure =
    valid.length === 0 ? 'no-secret' : authenticate(source.auth, delivery, valid, nowMs);
  if (failure === null) return;
  onFailure(failure);
  throw new HttpProblem('signature-invalid', 'The credentials of the delivery are not valid.', {
    headers: { 'www-authenticate': challengeOf(source.auth) },
  });
}

/**
 * Parses a delivery into its alerts. Throws `unsupported-media-type` (415), `malformed-json` and `delivery-malformed`
 * (400); never for an alert inside it.
 */
export function parseDelivery(kind: Kind, delivery: RawDelivery): ParsedDelivery {
  const mediaType = mediaTypeOf(kind, delivery.headers);
  const body = parseJson(delivery.body);
  return kind === 'alertmanager' ? parseAlertmanager(body) : parseNative(body, mediaType);
}

/** A sender that declares nothing means JSON. */
function mediaTypeOf(kind: Kind, headers: Headers): NativeMediaType {
  const declared = (headers['content-type'] ?? 'application/json').split(';', 1)[0] ?? '';
  const taken = kind === 'native' ? NATIVE_MEDIA_TYPES : (['application/json'] as const);
  const found = taken.find((mediaType) => mediaType === declared.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new HttpProblem(
    'unsupported-media-type',
    `This source may send ${taken.map((mediaType) => `\`${mediaType}\``).join(', ')}.`,
  );
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new HttpProblem('malformed-json', 'The body is not valid UTF-8 JSON.');
  }
}
