import * as z from 'zod';
import { DomainError } from '../../domain/errors.ts';

/** The environment of a function: names and texts. */
export type Env = Readonly<Record<string, string | undefined>>;

const storeSchema = z.object({
  NETWORK_ID: z.string().min(1).default('main'),
  TABLE_PREFIX: z.string().min(1),
  AWS_REGION: z.string().min(1),
  DYNAMODB_ENDPOINT: z.url().optional(),
});

const authSchema = z
  .object({
    JWT_ISSUER: z.string().min(1),
    JWT_AUDIENCE: z.string().min(1),
    JWKS_URL: z.url().optional(),
    JWKS_JSON: z.string().min(1).optional(),
    JWT_CLOCK_TOLERANCE_S: z.coerce.number().int().min(0).max(300).default(5),
  })
  .refine((env) => (env.JWKS_URL === undefined) !== (env.JWKS_JSON === undefined), {
    error: 'give either JWKS_URL or JWKS_JSON',
    path: ['JWKS_URL'],
  });

const temporalSchema = z.object({
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
});

const secretsSchema = z.object({ KEY_FILE: z.string().min(1) });

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

function parse<Schema extends z.ZodType>(schema: Schema, env: Env): z.output<Schema> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DomainError(
    'config-invalid',
    'bug',
    `The configuration is wrong: ${wrong.join('; ')}.`,
  );
}
