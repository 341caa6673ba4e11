import type { PromqlServers } from '../../adapters/checks/probes.ts';
import { PATCHES } from '../../contracts/temporal.ts';
import { DomainError } from '../../domain/errors.ts';

/** Everything a worker is told by its environment. */
export interface WorkerConfig {
  temporal: {
    address: string;
    namespace: string;
    apiKey: string | null;
    /** Where its credentials are kept in Secrets Manager. */
    secretId: string | null;
    tls: boolean;
  };
  store: { networkId: string; tablePrefix: string; region: string; endpoint: string | null };
  /** JSON file with the secrets that notices are signed with (mode 600); null where they lie sealed in the registry. */
  keyFile: string | null;
  /** What seals payloads and secrets; null where nothing is sealed. `openedBy` lists all keys that may open, null for any allowed. */
  sealing: { keyId: string; openedBy: string[] | null } | null;
  promqlServers: PromqlServers;
  /** Deliver notices to addresses that are not public: only where participants are on the same machine. */
  allowPrivateEndpoints: boolean;
  maxCachedWorkflows: number;
  /** The bundled workflows; null bundles them at the start. */
  workflowBundlePath: string | null;
  /** Where the worker answers whether it is alive; no port, no answer. */
  healthHost: string;
  healthPort: number | null;
  /** A polite stop lets steps finish for this long (seconds). */
  shutdownGraceS: number;
  /** Which version of the code this is; null when Temporal need not know. */
  version: WorkerVersion | null;
  /** Patches that new decisions do not take, though the code knows them: how a change is rolled back. */
  patchesOff: readonly string[];
  /** Where metrics are counted; null for no metrics. */
  metrics: { namespace: string; service: string } | null;
  endWithParent: boolean;
}

/** A version of the worker as Temporal knows it. */
export interface WorkerVersion {
  readonly deployment: string;
  readonly buildId: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_CACHED_WORKFLOWS = 500;
const DEFAULT_GRACE_S = 3;

/**
 * Reads the environment of a worker. Throws `config-invalid` (bug) with everything that is wrong at once.
 *
 * `TEMPORAL_ADDRESS`, `TABLE_PREFIX`, `AWS_REGION` and either `KEY_FILE` or `SEALING_KEY` are needed. May be left out:
 * `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY` or `TEMPORAL_SECRET`, `TEMPORAL_TLS`, `SEALING_KEYS_OLD` (ARNs with commas between),
 * `NETWORK_ID`, `DYNAMODB_ENDPOINT`, `PROMQL_SERVERS` (JSON: name → `{url, group}`), `NOTICE_ALLOW_PRIVATE`,
 * `MAX_CACHED_WORKFLOWS`, `WORKFLOW_BUNDLE`, `HEALTH_HOST`, `HEALTH_PORT`, `SHUTDOWN_GRACE_S`, `WORKER_DEPLOYMENT` with
 * `WORKER_BUILD_ID`, `PATCHES_OFF` (ids with commas between), `POWERTOOLS_METRICS_NAMESPACE`, `POWERTOOLS_SERVICE_NAME`,
 * `END_WITH_PARENT`. `patches` are those that the code knows.
 */
export function workerConfig(env: Env, patches: readonly string[] = PATCHES): WorkerConfig {
  const faults: string[] = [];
  const need = (name: string): string => {
    if (!env[name]) faults.push(`${name} is missing`);
    return env[name] ?? '';
  };
  const number = (name: string, fallback: number | null): number | null => {
    const text = env[name];
    if (!text) return fallback;
    if (!/^\d{1,6}$/.test(text)) faults.push(`${name} is not a whole number: ${text}`);
    return Number(text);
  };
  const config: WorkerConfig = {
    temporal: {
      address: need('TEMPORAL_ADDRESS'),
      namespace: env['TEMPORAL_NAMESPACE'] || 'default',
      apiKey: env['TEMPORAL_API_KEY'] || null,
      secretId: env['TEMPORAL_SECRET'] || null,
      tls: env['TEMPORAL_TLS'] === 'true',
    },
    store: {
      networkId: env['NETWORK_ID'] || 'main',
      tablePrefix: need('TABLE_PREFIX'),
      region: need('AWS_REGION'),
      endpoint: env['DYNAMODB_ENDPOINT'] || null,
    },
    keyFile: env['KEY_FILE'] || null,
    sealing: readSealing(env, faults),
    promqlServers: readServers(env['PROMQL_SERVERS'], faults),
    allowPrivateEndpoints: env['NOTICE_ALLOW_PRIVATE'] === 'true',
    maxCachedWorkflows:
      number('MAX_CACHED_WORKFLOWS', DEFAULT_CACHED_WORKFLOWS) ?? DEFAULT_CACHED_WORKFLOWS,
    workflowBundlePath: env['WORKFLOW_BUNDLE'] || null,
    healthHost: env['HEALTH_HOST'] || '127.0.0.1',
    healthPort: number('HEALTH_PORT', null),
    shutdownGraceS: number('SHUTDOWN_GRACE_S', DEFAULT_GRACE_S) ?? DEFAULT_GRACE_S,
    version: readVersion(env, faults),
    patchesOff: readPatchesOff(env, patches, faults),
    metrics: readMetrics(env),
    endWithParent: env['END_WITH_PARENT'] === 'true',
  };
  if (config.temporal.apiKey !== null && config.temporal.secretId !== null)
    faults.push('TEMPORAL_API_KEY and TEMPORAL_SECRET exclude each other');
  if ((config.keyFile === null) === (config.sealing === null))
    faults.push('either KEY_FILE or SEALING_KEY is needed');
  if (faults.length === 0) return config;
  throw new DomainError(
    'config-invalid',
    'bug',
    `The worker's configuration is wrong: ${faults.join('; ')}.`,
    { faults },
  );
}

function readSealing(env: Env, faults: string[]): WorkerConfig['sealing'] {
  const { SEALING_KEY: keyId, SEALING_KEYS_OLD: old } = env;
  if (!keyId) return null;
  if (!old) return { keyId, openedBy: null };
  const openedBy = [keyId, ...old.split(',').map((key) => key.trim())];
  // KMS names the key that opened by its ARN.
  if (!openedBy.every((key) => key.startsWith('arn:')))
    faults.push('SEALING_KEYS_OLD and SEALING_KEY must be ARNs');
  return { keyId, openedBy };
}

function readVersion(env: Env, faults: string[]): WorkerVersion | null {
  const { WORKER_DEPLOYMENT: deployment, WORKER_BUILD_ID: buildId } = env;
  if (!deployment && !buildId) return null;
  if (!deployment || !buildId) faults.push('WORKER_DEPLOYMENT and WORKER_BUILD_ID need each other');
  // Temporal puts a dot between the two and takes no name with one.
  if (deployment?.includes('.')) faults.push(`WORKER_DEPLOYMENT has a dot: ${deployment}`);
  return { deployment: deployment ?? '', buildId: buildId ?? '' };
}

/** A wrong id would switch nothing off, and nobody would see it: the rollback would only look as if it had been done. */
function readPatchesOff(env: Env, known: readonly string[], faults: string[]): string[] {
  const off = (env['PATCHES_OFF'] ?? '').split(',').flatMap((id) => id.trim() || []);
  for (const id of off.filter((each) => !known.includes(each))) {
    const those = known.length === 0 ? 'none' : known.join(', ');
    faults.push(`PATCHES_OFF names ${id}, which this code does not know; it knows ${those}`);
  }
  return off;
}

function readMetrics(env: Env): WorkerConfig['metrics'] {
  const namespace = env['POWERTOOLS_METRICS_NAMESPACE'];
  if (!namespace) return null;
  return { namespace, service: env['POWERTOOLS_SERVICE_NAME'] || 'worker' };
}

function readServers(text: string | undefined, faults: string[]): PromqlServers {
  if (!text) return {};
  try {
    const servers: Record<string, { url: string; group: string }> = {};
    for (const [name, value] of Object.entries<unknown>(JSON.parse(text))) {
      const { url, group } = value as { url?: unknown; group?: unknown };
      if (typeof url !== 'string' || !/^https?:$/.test(new URL(url).protocol))
        throw new TypeError();
      if (typeof group !== 'string' || group === '') throw new TypeError();
      servers[name] = { url, group };
    }
    return servers;
  } catch {
    faults.push('PROMQL_SERVERS is not an object of names with {"url", "group"}');
    return {};
  }
}
