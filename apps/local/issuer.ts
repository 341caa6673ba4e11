import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose';
import type { Principal } from '../../domain/principal.ts';

/** What tokens are signed with: small and quick, or what every gateway in front of the functions takes. */
type Algorithm = 'ES256' | 'RS256';

/** Whom the tokens are for. */
export const AUDIENCE = 'swarm-slashing';

const TOKEN_LIFE_S = 30 * 86_400;

/** An issuer of tokens for this machine only. */
export interface LocalIssuer {
  readonly url: string;
  /** Public keys, as `/.well-known/jwks.json` shows them. */
  readonly jwks: JSONWebKeySet;
  /** A token for one account, good for thirty days. */
  readonly tokenFor: (principal: Principal, nowMs: number) => Promise<string>;
}

/**
 * Opens the issuer whose key pair is in a file, which is made at the first time (mode 600). API Gateway's own authorizer takes
 * RS256 only.
 */
export async function openIssuer(
  url: string,
  keyPath: string,
  algorithm: Algorithm = 'ES256',
): Promise<LocalIssuer> {
  if (!existsSync(keyPath)) await makeKey(keyPath, algorithm);
  const secret: JWK = JSON.parse(readFileSync(keyPath, 'utf8'));
  const key = await importJWK(secret, algorithm);
  const open = publicPart(secret);
  const kid = await calculateJwkThumbprint(open);
  return {
    url,
    jwks: { keys: [{ ...open, kid, use: 'sig', alg: algorithm }] },
    tokenFor: (principal, nowMs) => {
      const atS = Math.floor(nowMs / 1_000);
      return new SignJWT(claimsOf(principal))
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .setSubject(principal.account)
        .setIssuer(url)
        .setAudience(AUDIENCE)
        .setIssuedAt(atS)
        .setExpirationTime(atS + TOKEN_LIFE_S)
        .sign(key);
    },
  };
}

/** What may be shown of a key pair: elliptic curves have x and y, RSA has n and e. */
function publicPart({ kty, crv, x, y, n, e }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
}

async function makeKey(keyPath: string, algorithm: Algorithm): Promise<void> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  writeFileSync(keyPath, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
}

function claimsOf(principal: Principal): Record<string, unknown> {
  const { person, organisation, roles, participantId, controlGroup } = principal;
  return {
    person,
    roles,
    ...(organisation !== '' && { org: organisation }),
    ...(participantId !== null && { participant_id: participantId }),
    ...(controlGroup !== null && { control_group: controlGroup }),
  };
}
