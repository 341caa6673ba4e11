import { localStoreAccess } from './parts/store.ts';

/** What the two processes of ours are told; each reads its part, by the names that a deployment uses too. */
export interface ChildSettings {
  readonly temporalAddress: string;
  readonly storeEndpoint: string;
  readonly keyFile: string;
  /** Environment of whoever started the stack: only what a process needs to run at all is passed on. */
  readonly env: NodeJS.ProcessEnv;
}

/** Names of the tables begin with this. */
export const TABLE_PREFIX = 'swarm-';
export const NETWORK_ID = 'main';

/** What every process of the stack has in common. */
export function commonEnv(settings: ChildSettings): Record<string, string> {
  const { env, temporalAddress, storeEndpoint, keyFile } = settings;
  const passed = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'TZ'].flatMap((name) =>
      env[name] === undefined ? [] : [[name, env[name]]],
    ),
  );
  return {
    ...passed,
    ...openTelemetry(env),
    NETWORK_ID,
    TABLE_PREFIX,
    AWS_REGION: localStoreAccess.region,
    AWS_ACCESS_KEY_ID: localStoreAccess.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localStoreAccess.credentials.secretAccessKey,
    DYNAMODB_ENDPOINT: storeEndpoint,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    KEY_FILE: keyFile,
    POWERTOOLS_LOG_LEVEL: env['POWERTOOLS_LOG_LEVEL'] ?? 'WARN',
    END_WITH_PARENT: 'true',
  };
}

/** Where spans go, and how: `OTEL_EXPORTER_OTLP_ENDPOINT=… npm start` exports the traces of every process. */
function openTelemetry(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [],
    ),
  );
}
