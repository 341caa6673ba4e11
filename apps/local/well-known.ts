import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONWebKeySet } from 'jose';

/** What an issuer shows the world: its description and its public keys. Answers only its own paths. */
export function wellKnown(issuer: string, jwksJson: string) {
  const { keys } = JSON.parse(jwksJson) as JSONWebKeySet;
  const pages: Readonly<Record<string, string>> = {
    '/.well-known/jwks.json': jwksJson,
    '/.well-known/openid-configuration': JSON.stringify({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
      subject_types_supported: ['public'],
    }),
  };
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const page = pages[request.url ?? ''];
    if (page === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(page);
    return true;
  };
}
