import * as z from 'zod/mini';
import { DomainError } from '../../domain/errors.ts';

/** The environment of a function: names and texts. */
export type Env = Readonly<Record<string, string | undefined>>;

const text = z.string().check(z.minLength(1));

const storeSchema = z.object({
  NETWORK_ID: z._default(text, 'main'),
  TABLE_PREFIX: text,
  AWS_REGION: text,
  DYNAMODB_ENDPOINT: z.optional(z.url()),
});

const authSchema = z
  .object({
    JWT_ISSUER: text,
    JWT_AUDIENCE: text,
    JWKS_URL: z.optional(z.url()),
    JWKS_JSON: z.optional(text),
    JWT_CLOCK_TOLERANCE_S: z._default(
      z.coerce.number().check(z.int(), z.minimum(0), z.maximum(300)),
      5,
    ),
  })
  .check(
    z.refine((env) => (env.JWKS_URL === undefined) !== (env.JWKS_JSON === undefined), {
      error: 'give either JWKS_URL or JWKS_JSON',
      path: ['JWKS_URL'],
    }),
  );

const temporalSchema = z.object({
  TEMPORAL_ADDRESS: text,
  TEMPORAL_NAMESPACE: z._default(text, 'default'),
  TEMPORAL_API_KEY: z.optional(text),
});

/** The relay has a minute for an observation before it is somebody else's turn (design §4). */
const redeliverSchema = z.object({
  REDELIVER_AGE_MS: z._default(z.coerce.number().check(z.int(), z.minimum(0)), 60_000),
});

/** Rule E6 speaks of a term that no policy has yet; a week unless the installation says otherwise. */
const watchSchema = z.object({
  AUDIT_TERM_MS: z._default(z.coerce.number().check(z.int(), z.minimum(0)), 7 * 86_400_000),
});

const secretsSchema = z.object({ KEY_FILE: text });

/** Which tables of which network, and where they are. */
export interface StoreConfig {
  networkId: string;
  tablePrefix: string;
  region: string;
  endpoint?: string;
}

/** Whose tokens are taken. The keys come from the issuer's address or are given inline. */
export interface AuthConfig {
  issuer: string;
  audience: string;
  keys: { url: string } | { json: string };
  clockToleranceS: number;
}

/** Where Temporal is. */
export interface TemporalConfig {
  address: string;
  namespace: string;
  apiKey?: string;
}

/** Reads the store's part of the environment. Throws `config-invalid` (bug) that names what is wrong. */
export function storeConfig(env: Env): StoreConfig {
  const read = parse(storeSchema, env);
  return {
    networkId: read.NETWORK_ID,
    tablePrefix: read.TABLE_PREFIX,
    region: read.AWS_REGION,
    ...(read.DYNAMODB_ENDPOINT !== undefined && { endpoint: read.DYNAMODB_ENDPOINT }),
  };
}

/** Reads the issuer's part of the environment. Throws `config-invalid` (bug). */
export function authConfig(env: Env): AuthConfig {
  const read = parse(authSchema, env);
  return {
    issuer: read.JWT_ISSUER,
    audience: read.JWT_AUDIENCE,
    keys: read.JWKS_URL === undefined ? { json: read.JWKS_JSON ?? '' } : { url: read.JWKS_URL },
    clockToleranceS: read.JWT_CLOCK_TOLERANCE_S,
  };
}

/** Reads Temporal's part of the environment. Throws `config-invalid` (bug). */
export function temporalConfig(env: Env): TemporalConfig {
  const read = parse(temporalSchema, env);
  return {
    address: read.TEMPORAL_ADDRESS,
    namespace: read.TEMPORAL_NAMESPACE,
    ...(read.TEMPORAL_API_KEY !== undefined && { apiKey: read.TEMPORAL_API_KEY }),
  };
}

/** Reads where the secrets of sources are. Throws `config-invalid` (bug). */
export function secretsConfig(env: Env): { keyFile: string } {
  return { keyFile: parse(secretsSchema, env).KEY_FILE };
}

/** Reads after what time an undelivered observation is relayed again. Throws `config-invalid` (bug). */
export function redeliverConfig(env: Env): { ageMs: number } {
  return { ageMs: parse(redeliverSchema, env).REDELIVER_AGE_MS };
}

/** Reads after what time an appeal without its findings is overdue. Throws `config-invalid` (bug). */
export function watchConfig(env: Env): { auditTermMs: number } {
  return { auditTermMs: parse(watchSchema, env).AUDIT_TERM_MS };
}

function parse<Schema extends z.ZodMiniType>(schema: Schema, env: Env): z.output<Schema> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DomainError(
    'config-invalid',
    'bug',
    `The configuration is wrong: ${wrong.join('; ')}.`,
  );
}
