import { createClient } from '../../adapters/dynamodb/client.ts';
import { tableNames } from '../../adapters/dynamodb/tables.ts';
import { createKeyFile } from '../../adapters/secrets/key-file.ts';
import { handler as adminApi } from '../../functions/admin-api/handler.ts';
import { handler as casesApi } from '../../functions/cases-api/handler.ts';
import { handler as participantsApi } from '../../functions/participants-api/handler.ts';
import { handler as receiveAlert } from '../../functions/receive-alert/handler.ts';
import { handler as redeliver } from '../../functions/redeliver/handler.ts';
import { handler as relayObservations } from '../../functions/relay-observations/handler.ts';
import { watchParent } from '../worker/parent-watch.ts';
import { startTracing } from '../worker/telemetry.ts';
import { demoNodes } from './demo-nodes.ts';
import { gateway } from './gateway.ts';
import { close, listen } from './http-server.ts';
import { noticeBoard } from './notice-board.ts';
import { stopRemembered } from './parts/pid-file.ts';
import { startRelayLoop } from './relay-loop.ts';
import { wellKnown } from './well-known.ts';

/** How long requests under way may take at a stop. */
const CLOSE_WITHIN_MS = 3_000;

/**
 * The process behind the API: the very Lambda handlers behind HTTP, the relay in their rhythm, the issuer's public page, and the
 * demonstration's nodes and notice board. Each handler reads its own part of the environment, as it does when deployed.
 */
async function main(): Promise<void> {
  const env = (name: string): string => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  };
  const region = env('AWS_REGION');
  // What a layer does for a deployed function: whoever asks the API for a tracer now gets this one.
  const tracing = await startTracing(process.env, 'swarm-functions');
  const relayLoop = startRelayLoop({
    client: createClient({ region, endpoint: env('DYNAMODB_ENDPOINT') }),
    inboxTable: tableNames(env('TABLE_PREFIX')).inbox,
    networkId: env('NETWORK_ID'),
    region,
    relay: relayObservations,
    redeliver,
  });
  const functions = gateway(
    [
      { functionName: 'receive-alert', prefix: '/v1/alerts/', handler: receiveAlert },
      { functionName: 'participants-api', prefix: '/v1/participants', handler: participantsApi },
      { functionName: 'participants-api', prefix: '/v1/standings', handler: participantsApi },
      {
        functionName: 'participants-api',
        prefix: '/v1/reputation-reviews',
        handler: participantsApi,
      },
      { functionName: 'admin-api', prefix: '/v1/policies', handler: adminApi },
      { functionName: 'admin-api', prefix: '/v1/incidents', handler: adminApi },
      { functionName: 'cases-api', prefix: '/v1/', handler: casesApi },
    ],
    (functionName) => {
      if (functionName === 'receive-alert') relayLoop.wake();
    },
  );
  const page = wellKnown(env('JWT_ISSUER'), env('JWKS_JSON'));
  const nodes = demoNodes(env('DEMO_NODES_FILE'));
  const board = noticeBoard(createKeyFile(env('KEY_FILE')));
  const servers = [
    await listen(Number(env('API_PORT')), (request, response) => {
      if (!page(request, response)) functions(request, response);
    }),
    await listen(Number(env('DEMO_PORT')), (request, response) => {
      if (nodes(request, response) || board(request, response)) return;
      response.writeHead(404).end();
    }),
  ];
  process.once('SIGTERM', async () => {
    await Promise.all([relayLoop.stop(), ...servers.map((it) => close(it, CLOSE_WITHIN_MS))]);
    await tracing?.stop();
    process.exit(0);
  });
  watchParent(() => void endOrphans());
}

/** Who started us was killed: the parts that cannot notice it are ended, and then this process. */
async function endOrphans(): Promise<void> {
  for (const pidPath of JSON.parse(process.env['ORPHANS'] ?? '[]')) await stopRemembered(pidPath);
  process.exit(1);
}

try {
  await main();
} catch (error) {
  console.error('The API could not be started:', error);
  process.exit(1);
}
