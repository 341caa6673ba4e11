import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { decodeInbox } from '../../../adapters/dynamodb/intake-observations.ts';
import { commonEnv, NETWORK_ID } from '../../../apps/local/child-env.ts';
import { AUDIENCE, openIssuer } from '../../../apps/local/issuer.ts';
import { allUndelivered } from '../../../functions/relay-observations/test-relay.ts';
import { type Bundle, bundleFunction, functionNames } from '../../../scripts/bundle-functions.ts';
import { openTestStack, type TestStack } from '../e2e/test-stack.ts';
import { projectDir } from '../run/budgets.ts';
import { insertsEvent } from './events.ts';
import { type FunctionSpec, type LambdaFunction, startFunction } from './lambda-function.ts';

/** A handler that is no function of ours: what the functions are compared with. */
export interface Baseline {
  readonly name: string;
  /** Its file from the project's folder. */
  readonly entry: string;
}

/** Bundles of the functions, a real store, Temporal server and worker, and a demonstration network; the functions run under Lambda's runtime. */
export interface LambdaSite extends TestStack {
  readonly bundles: ReadonlyMap<string, Bundle>;
  readonly env: Readonly<Record<string, string>>;
  /** Starts a new process of a function; the caller stops it, or `close` does. */
  readonly start: (name: string, changes?: Partial<FunctionSpec>) => Promise<LambdaFunction>;
  /** The process of a function that the whole test shares. */
  readonly shared: (name: string) => Promise<LambdaFunction>;
  /** What a participant's alerts have left in the inbox for the relay, as the stream brings it. */
  readonly undeliveredOf: (participantId: string) => Promise<DynamoDBStreamEvent>;
}

/**
 * Opens it. The one-machine stack's own process of the functions is stopped, so that whatever happens, happens in the bundles.
 * @param baselines further handlers, bundled in the same way
 */
export async function openLambdaSite(baselines: readonly Baseline[] = []): Promise<LambdaSite> {
  const open = await openTestStack('lambda');
  const started: LambdaFunction[] = [];
  const keys = await serveKeys(open);
  const close = async () => {
    await Promise.all(started.map((it) => it.stop()));
    keys.close();
    await open.close();
  };
  try {
    await open.stack.parts.functions.stop();
    const bundles = await bundle(path.join(open.data, 'lambda'), baselines);
    const env = environment(open, keys.url);
    const logFolder = path.join(open.data, 'logs');
    mkdirSync(logFolder, { recursive: true });
    const start: LambdaSite['start'] = async (name, changes = {}) => {
      const found = bundles.get(name);
      if (found === undefined) throw new Error(`There is no bundle of ${name}.`);
      const taskRoot = path.dirname(found.file);
      const it = await startFunction({
        name,
        taskRoot,
        logFolder,
        ...changes,
        env: { POWERTOOLS_SERVICE_NAME: name, ...(changes.env ?? env) },
      });
      started.push(it);
      return it;
    };
    const sharedOnes = new Map<string, Promise<LambdaFunction>>();
    return {
      ...open,
      bundles,
      env,
      start,
      shared(name) {
        const it = sharedOnes.get(name) ?? start(name);
        sharedOnes.set(name, it);
        return it;
      },
      async undeliveredOf(participantId) {
        const items = await allUndelivered(open.store);
        const mine = items.filter(
          (item) => decodeInbox(item, NETWORK_ID).observation.participantId === participantId,
        );
        return insertsEvent(open.store.tables.inbox, mine);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(
  folder: string,
  baselines: readonly Baseline[],
): Promise<Map<string, Bundle>> {
  const bundles = await Promise.all([
    ...functionNames(projectDir).map((name) => bundleFunction(projectDir, name, folder)),
    ...baselines.map(({ name, entry }) => bundleFunction(projectDir, name, folder, entry)),
  ]);
  return new Map(bundles.map((it) => [it.name, it]));
}

/** The configuration of the functions, by the names that a deployment uses. */
function environment({ stack, data }: TestStack, jwksUrl: string): Record<string, string> {
  const {
    END_WITH_PARENT: _ours,
    POWERTOOLS_LOG_LEVEL: _quiet,
    ...common
  } = commonEnv({
    env: {},
    temporalAddress: stack.temporalAddress,
    storeEndpoint: stack.storeEndpoint,
    keyFile: path.join(data, 'keys.json'),
  });
  return {
    ...common,
    AWS_SESSION_TOKEN: 'local',
    POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing',
    JWT_ISSUER: stack.urls.issuer,
    JWT_AUDIENCE: AUDIENCE,
    JWKS_URL: jwksUrl,
    // What waits is taken at once: nothing else relays here.
    REDELIVER_AGE_MS: '0',
  };
}

/** The issuer's public keys at an address of their own, as an issuer on the network shows them. */
async function serveKeys({ stack, data }: TestStack): Promise<{ url: string; close: () => void }> {
  const { jwks } = await openIssuer(stack.urls.issuer, path.join(data, 'issuer-key.json'));
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
