import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import { DomainError } from '../../domain/errors.ts';
import type { Principal, Role } from '../../domain/principal.ts';
import type { AuthConfig } from './config.ts';

/** Turns an `Authorization` header into who is asking. */
export interface TokenVerifier {
  /** Throws `token-missing`, `token-invalid`, `token-claims-invalid` (caller) or `issuer-unreachable` (dependency). */
  verify(authorization: string | undefined, nowMs: number): Promise<Principal>;
}

/** Only signatures with a public key: a shared secret would let every reader of it issue tokens. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

const ROLES: readonly Role[] = [
  'viewer',
  'operator',
  'auditor',
  'reviewer',
  'governor',
  'admin',
  'treasurer',
  'scheduler',
  'participant',
];

/** Roles that judge: their organisation counts (rules E1, E2). */
const JUDGING: readonly Role[] = ['auditor', 'reviewer', 'governor'];

const name = z.string().check(z.minLength(1), z.maxLength(255));

const claimsSchema = z.object({
  sub: name,
  person: z.optional(name),
  org: z.optional(name),
  roles: z._default(z.array(z.string()), []),
  participant_id: z.optional(name),
  control_group: z.optional(name),
});

/** Roles and facts as a Cognito user pool writes them: groups, and attributes that only its keeper may change. */
const cognitoSchema = z.object({
  token_use: z.literal('id'),
  sub: name,
  'cognito:groups': z._default(z.array(z.string()), []),
  'custom:person': z.optional(name),
  'custom:org': z.optional(name),
  'custom:participant_id': z.optional(name),
  'custom:control_group': z.optional(name),
});

/**
 * Checks signature, issuer, audience and time of a JWT against the issuer's keys. Time is the caller's, so that one clock
 * rules the whole system.
 */
export function createTokenVerifier(config: AuthConfig): TokenVerifier {
  const keys =
    'url' in config.keys
      ? createRemoteJWKSet(new URL(config.keys.url), { timeoutDuration: 3_000 })
      : createLocalJWKSet(JSON.parse(config.keys.json));
  return {
    async verify(authorization, nowMs) {
      const token = bearerToken(authorization);
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ALGORITHMS,
          issuer: config.issuer,
          audience: config.audience,
          clockTolerance: config.clockToleranceS,
          currentDate: new Date(nowMs),
          requiredClaims: ['sub', 'exp'],
        });
        return principalOf(config.claims === 'cognito' ? fromCognito(payload) : payload);
      } catch (error) {
        throw tokenError(error);
      }
    },
  };
}

function bearerToken(authorization: string | undefined): string {
  const match = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  throw new DomainError(
    'token-missing',
    'caller',
    'This needs a token: send `Authorization: Bearer <token>`.',
  );
}

/** The claims of a Cognito ID token by our names. An access token has none of the facts, so it says nothing about anybody here. */
function fromCognito(payload: JWTPayload): JWTPayload {
  const read = cognitoSchema.safeParse(payload);
  if (!read.success) throw unusable(read.error.issues);
  const { data } = read;
  return {
    sub: data.sub,
    roles: data['cognito:groups'],
    person: data['custom:person'],
    org: data['custom:org'],
    participant_id: data['custom:participant_id'],
    control_group: data['custom:control_group'],
  };
}

/** Who the claims of a checked token say this is. `person` falls back to the account (rule E1). */
export function principalOf(payload: JWTPayload): Principal {
  const read = claimsSchema.safeParse(payload);
  if (!read.success) throw unusable(read.error.issues);
  const { sub, person, org, participant_id, control_group } = read.data;
  const roles = ROLES.filter((role) => read.data.roles.includes(role));
  if (roles.includes('participant') && participant_id === undefined) {
    throw claimsInvalid('A token of a participant must say whose: `participant_id` is missing.');
  }
  if (org === undefined && roles.some((role) => JUDGING.includes(role))) {
    throw claimsInvalid('A token of an auditor, reviewer or governor must name its `org`.');
  }
  return {
    account: sub,
    person: person ?? sub,
    organisation: org ?? '',
    roles,
    participantId: participant_id ?? null,
    controlGroup: control_group ?? null,
  };
}

function unusable(issues: readonly { readonly path: readonly PropertyKey[] }[]): DomainError {
  const wrong = issues.map((issue) => issue.path.join('.')).join(', ');
  return claimsInvalid(`The token’s claims are not usable: ${wrong}.`);
}

function claimsInvalid(message: string): DomainError {
  return new DomainError('token-claims-invalid', 'caller', message);
}

/** A bad token is the caller's fault; keys that cannot be fetched or read are not. */
function tokenError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const isOurs =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC';
  if (isOurs) {
    return new DomainError(
      'issuer-unreachable',
      'dependency',
      'The keys that tokens are checked with could not be fetched.',
    );
  }
  if (error instanceof errors.JWTExpired) {
    return new DomainError('token-invalid', 'caller', 'The token has expired; get a new one.');
  }
  return new DomainError('token-invalid', 'caller', 'The token is not one of this issuer.');
}
