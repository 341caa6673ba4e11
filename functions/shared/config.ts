import * as z from 'zod/mini';
import { DomainError, invariant } from '../../domain/errors.ts';

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
    JWT_CLAIMS: z._default(z.enum(['plain', 'cognito']), 'plain'),
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

const temporalSchema = z
  .object({
    TEMPORAL_ADDRESS: text,
    TEMPORAL_NAMESPACE: z._default(text, 'default'),
    TEMPORAL_API_KEY: z.optional(text),
    TEMPORAL_SECRET: z.optional(text),
    TEMPORAL_TLS: z._default(z.enum(['true', 'false']), 'false'),
    AWS_REGION: z.optional(text),
  })
  .check(
    z.refine((env) => env.TEMPORAL_API_KEY === undefined || env.TEMPORAL_SECRET === undefined, {
      error: 'give either TEMPORAL_API_KEY or TEMPORAL_SECRET',
      path: ['TEMPORAL_SECRET'],
    }),
    z.refine((env) => env.TEMPORAL_SECRET === undefined || env.AWS_REGION !== undefined, {
      error: 'TEMPORAL_SECRET needs the region that it is in',
      path: ['AWS_REGION'],
    }),
  );

/** Keys are listed only by ARN, because that is what KMS says of the key that opened. */
const sealingSchema = z
  .object({
    NETWORK_ID: z._default(text, 'main'),
    AWS_REGION: z.optional(text),
    SEALING_KEY: z.optional(text),
    SEALING_KEYS_OLD: z.optional(text),
  })
  .check(
    z.refine((env) => env.SEALING_KEY === undefined || env.AWS_REGION !== undefined, {
      error: 'SEALING_KEY needs the region that it is in',
      path: ['AWS_REGION'],
    }),
    z.refine(
      (env) =>
        env.SEALING_KEYS_OLD === undefined ||
        [env.SEALING_KEY ?? '', ...listed(env.SEALING_KEYS_OLD)].every((key) =>
          key.startsWith('arn:'),
        ),
      { error: 'old keys and SEALING_KEY must be ARNs', path: ['SEALING_KEYS_OLD'] },
    ),
  );

/** The relay has a minute for an observation before it is somebody else's turn (design §4). */
const redeliverSchema = z.object({
  REDELIVER_AGE_MS: z._default(z.coerce.number().check(z.int(), z.minimum(0)), 60_000),
});

/** Rule E6 speaks of a term that no policy has yet; a week unless the installation says otherwise. */
const watchSchema = z.object({
  AUDIT_TERM_MS: z._default(z.coerce.number().check(z.int(), z.minimum(0)), 7 * 86_400_000),
});

const secretsSchema = z.object({ KEY_FILE: z.optional(text), SEALING_KEY: z.optional(text) }).check(
  z.refine((env) => (env.KEY_FILE === undefined) !== (env.SEALING_KEY === undefined), {
    error: 'give either KEY_FILE or SEALING_KEY',
    path: ['KEY_FILE'],
  }),
);

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
  /** How the claims of a token are named; `plain` when left out. */
  claims?: 'plain' | 'cognito';
  clockToleranceS: number;
}

/** Where Temporal is, and what it is shown. */
export interface TemporalConfig {
  address: string;
  namespace: string;
  apiKey?: string;
  /** Where its credentials are kept; read again when they change. */
  secret?: { secretId: string; region: string };
  /** The server is asked over TLS though it wants no credentials. */
  tls?: true;
}

/** What seals payloads and secrets, and whose they are. */
export interface SealingConfig {
  networkId: string;
  region: string;
  keyId: string;
  /** Only these keys open, where earlier ones are listed. */
  openedBy?: string[];
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
    ...(read.JWT_CLAIMS === 'cognito' && { claims: read.JWT_CLAIMS }),
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
    ...(read.TEMPORAL_SECRET !== undefined && {
      secret: { secretId: read.TEMPORAL_SECRET, region: read.AWS_REGION ?? '' },
    }),
    ...(read.TEMPORAL_TLS === 'true' && { tls: true }),
  };
}

/** Reads what seals; null where nothing is sealed. Throws `config-invalid` (bug). */
export function sealingConfig(env: Env): SealingConfig | null {
  const read = parse(sealingSchema, env);
  if (read.SEALING_KEY === undefined) return null;
  const old = read.SEALING_KEYS_OLD;
  return {
    networkId: read.NETWORK_ID,
    region: read.AWS_REGION ?? '',
    keyId: read.SEALING_KEY,
    ...(old !== undefined && { openedBy: [read.SEALING_KEY, ...listed(old)] }),
  };
}

/** Reads where the secrets of sources are: in a file, or sealed in the registry. Throws `config-invalid` (bug). */
export function secretsConfig(env: Env): { keyFile: string } | { sealing: SealingConfig } {
  const { KEY_FILE: keyFile } = parse(secretsSchema, env);
  if (keyFile !== undefined) return { keyFile };
  const sealing = sealingConfig(env);
  invariant(sealing !== null, 'Without a key file there is a sealing key.');
  return { sealing };
}

function listed(keys: string): string[] {
  return keys.split(',').map((key) => key.trim());
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
