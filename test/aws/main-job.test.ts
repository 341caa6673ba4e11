import { afterAll, beforeAll, it } from 'vitest';
import { startTarget, type Target } from '../e2e/target.ts';
import { type Installation, install } from '../support/aws/installation.ts';
import { liveThroughOutage } from '../support/e2e/main-job.ts';
import { type OutageMonitors, startOutageMonitors } from '../support/e2e/outage-monitors.ts';

let installation: Installation;
let target: Target;
let monitors: OutageMonitors;

beforeAll(async () => {
  installation = await install({ enforcesIam: true });
  await installation.seed();
  await installation.startWorker();
  target = await startTarget();
  monitors = await startOutageMonitors({
    folder: installation.folder,
    target,
    apiUrl: installation.urls.api,
    secret: installation.secrets.alertmanager,
  });
}, 240_000);

afterAll(async () => {
  await monitors?.stop();
  await installation?.stop();
});

it('takes a real outage through the deployed functions, from the first alert to the last unit and back into service', async () => {
  await liveThroughOutage({ api: installation, target, prometheus: monitors.prometheus });
}, 300_000);
