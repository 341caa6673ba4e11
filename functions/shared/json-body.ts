import { HttpProblem } from './http-problem.ts';

/** What an event of API Gateway (payload 2.0) says about its body. Header names are in lower case. */
export interface BodyCarrier {
  body?: string | undefined;
  isBase64Encoded?: boolean | undefined;
  headers: Readonly<Record<string, string | undefined>>;
}

/** Largest body of a person's request. */
export const MAX_BODY_BYTES = 65_536;

/** The raw bytes of a request. */
export function rawBody(event: BodyCarrier): Buffer {
  return Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');
}

/**
 * The JSON of a request, `undefined` for an empty body. Throws `body-too-large` (413), `unsupported-media-type` (415) and
 * `malformed-json` (400), in this order: what is too large is not parsed.
 */
export function jsonBody(event: BodyCarrier): unknown {
  const bytes = rawBody(event);
  if (bytes.length > MAX_BODY_BYTES) {
    throw new HttpProblem(
      'body-too-large',
      `The body has ${bytes.length} bytes; at most ${MAX_BODY_BYTES} are taken.`,
    );
  }
  if (bytes.length === 0) return undefined;
  if (!isJson(event.headers['content-type'])) {
    throw new HttpProblem('unsupported-media-type', 'The body must be `application/json`.');
  }
  return parse(bytes);
}

function isJson(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return mediaType === 'application/json' || /^application\/[a-z0-9.-]+\+json$/.test(mediaType);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpProblem('malformed-json', 'The body is not valid UTF-8 JSON.');
  }
}
