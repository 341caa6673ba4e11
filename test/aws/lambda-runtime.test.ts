import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETWORK_ID } from '../../apps/local/child-env.ts';
import { freePort } from '../../apps/local/parts/free-port.ts';
import { caseWorkflowId } from '../../contracts/temporal.ts';
import type { Watched } from '../../functions/watch-cases/operations/watch-cases.ts';
import { functionNames } from '../../scripts/bundle-functions.ts';
import {
  accepted,
  alertDelivery,
  ask,
  askForProblem,
  hoarding,
  onlyCaseOf,
  openCase,
  relayed,
  resultOf,
  tokenOf,
} from '../support/aws/calls.ts';
import { scheduledEvent } from '../support/aws/events.ts';
import { type LambdaSite, openLambdaSite } from '../support/aws/lambda-site.ts';
import {
  alertmanagerAlert,
  fromNative,
  nativeBody,
  type Receipt,
} from '../support/e2e/deliveries.ts';
import { lambdaRuntime } from '../support/parts/lambda-runtime.ts';
import { projectDir } from '../support/run/budgets.ts';

/** Every bundle under Amazon's own runtime client, against the real store, a real Temporal server and a real worker. */

let site: LambdaSite;
let temporal: Client;

beforeAll(async () => {
  await lambdaRuntime((line) => process.stderr.write(`${line}\n`));
  site = await openLambdaSite();
  const connection = await Connection.connect({ address: site.stack.temporalAddress });
  temporal = new Client({ connection });
});
afterAll(async () => {
  await temporal?.connection.close();
  await site?.close();
});

/** The main job of each function. */
const jobs: Readonly<Record<string, () => Promise<void>>> = {
  async 'receive-alert'() {
    const receive = await site.shared('receive-alert');
    const alert = alertmanagerAlert(hoarding('op-0005'));
    const first = await ask<Receipt>(receive, alertDelivery(site, [alert]));
    expect(first).toMatchObject({
      status: 202,
      headers: { 'content-type': 'application/json', 'x-request-id': expect.any(String) },
      body: { received: 1, accepted: 1, duplicate: 0, quarantined: 0 },
    });
    const again = await ask<Receipt>(receive, alertDelivery(site, [alert]));
    expect(again).toMatchObject({ status: 202, body: { accepted: 0, duplicate: 1 } });
    const { body, headers } = fromNative(site.stack, nativeBody([hoarding('op-0006')]));
    const signed = {
      method: 'POST',
      route: '/v1/alerts/{sourceId}',
      path: '/v1/alerts/native',
      headers,
      text: body,
    } as const;
    expect(await ask(receive, signed)).toMatchObject({ status: 202, body: { accepted: 1 } });

    const good = alertDelivery(site, [alert]);
    const refusals = [
      await askForProblem(receive, { ...good, headers: { authorization: 'Bearer nobody' } }),
      await askForProblem(receive, { ...signed, text: `${body} ` }),
      await askForProblem(receive, { ...good, path: '/v1/alerts/unknown' }),
      await askForProblem(receive, { ...good, text: '{"alerts":' }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([401, 401, 404, 400]);
    expect(receive.log()).toContain('"AlertsAccepted":1');
    expect(receive.log()).not.toContain(site.stack.secrets.alertmanager);
  },

  async 'relay-observations'() {
    await accepted(site, hoarding('op-0004'));
    const event = await site.undeliveredOf('op-0004');
    expect(event.Records).toHaveLength(1);
    const away = await site.start('relay-observations', {
      env: { ...site.env, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` },
    });
    const [record] = event.Records;
    expect(await resultOf(away, event)).toEqual({
      batchItemFailures: [{ itemIdentifier: record?.dynamodb?.SequenceNumber }],
    });
    await away.stop();

    const relay = await site.shared('relay-observations');
    await relayed(site, 'op-0004');
    // Brought once more by the stream, it is delivered already.
    expect(await resultOf(relay, event)).toEqual({ batchItemFailures: [] });
    expect(await site.undeliveredOf('op-0004')).toEqual({ Records: [] });
    const { caseId } = await onlyCaseOf(site, 'op-0004');
    await expectRunning(caseId);
  },

  async redeliver() {
    await accepted(site, hoarding('op-0002'));
    const redeliver = await site.shared('redeliver');
    const run = () => resultOf(redeliver, scheduledEvent('every-minute'));
    const first = await run();
    expect(first).toMatchObject({ failed: 0, outage: false });
    expect((first as { delivered: number }).delivered).toBeGreaterThanOrEqual(1);
    expect(await site.undeliveredOf('op-0002')).toEqual({ Records: [] });
    expect(await run()).toMatchObject({ delivered: 0, failed: 0, outage: false });
    await expectRunning((await onlyCaseOf(site, 'op-0002')).caseId);
  },

  async 'watch-cases'() {
    await openCase(site, 'op-0001');
    const watch = await site.shared('watch-cases');
    const seen = await resultOf<Watched>(watch, scheduledEvent('every-five-minutes'));
    expect(seen.openCases).toBeGreaterThanOrEqual(1);
    expect(seen.isWhole).toBe(true);
    expect(watch.log()).toContain('"OpenCases":');
  },

  async 'cases-api'() {
    const { caseId } = await openCase(site, 'op-0003');
    const api = await site.shared('cases-api');
    const oneCase = {
      method: 'GET',
      route: '/v1/cases/{caseId}',
      path: `/v1/cases/${caseId}`,
    } as const;
    const token = tokenOf(site, 'olga');
    expect(await ask(api, { ...oneCase, token })).toMatchObject({
      status: 200,
      body: { caseId, participantId: 'op-0003', violationType: 'resource-hoarding' },
    });
    const acknowledge = {
      method: 'POST',
      route: '/v1/cases/{caseId}/acknowledge',
      path: `/v1/cases/${caseId}/acknowledge`,
      json: { note: 'we look into it' },
    } as const;
    expect(await ask(api, { ...acknowledge, token })).toMatchObject({
      status: 200,
      body: { caseId, action: 'acknowledge' },
    });
    const refusals = [
      await askForProblem(api, oneCase),
      await askForProblem(api, { ...acknowledge, token: tokenOf(site, 'vera') }),
      await askForProblem(api, { ...acknowledge, token, json: { note: 7 } }),
      await askForProblem(api, { ...oneCase, path: '/v1/cases/dt-unknown', token }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([401, 403, 400, 404]);
    expect(api.log()).not.toContain(token);
  },

  async 'admin-api'() {
    const api = await site.shared('admin-api');
    const law = JSON.parse(readFileSync('policies/demo.json', 'utf8'));
    const effectiveFrom = new Date(Date.now() + 86_400_000).toISOString();
    const propose = {
      method: 'POST',
      route: '/v1/policies',
      path: '/v1/policies',
      token: tokenOf(site, 'mara'),
      json: { policy: { ...law, version: 'runtime-law' }, effectiveFrom },
    } as const;
    const proposed = await ask<{ draftHash: string }>(api, propose);
    expect(proposed).toMatchObject({ status: 201, body: { state: 'proposed' } });
    const approve = {
      method: 'POST',
      route: '/v1/policies/{version}/approve',
      path: '/v1/policies/runtime-law/approve',
      token: tokenOf(site, 'greta'),
      json: { draftHash: proposed.body.draftHash, reason: 'agreed' },
    } as const;
    const refusals = [
      await askForProblem(api, { ...approve, token: tokenOf(site, 'vera') }),
      await askForProblem(api, {
        ...approve,
        json: { ...approve.json, draftHash: 'f'.repeat(64) },
      }),
      await askForProblem(api, { ...propose, json: { policy: {}, effectiveFrom } }),
    ];
    expect(refusals.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '403 role-missing',
      '409 draft-changed',
      '400 policy-invalid',
    ]);
    expect(await ask(api, approve)).toMatchObject({ status: 200, body: { state: 'scheduled' } });
    // What is scheduled is taken back: nothing else on this site shall live under another law.
    const withdraw = {
      method: 'POST',
      route: '/v1/policies/{version}/withdraw',
      path: '/v1/policies/runtime-law/withdraw',
      token: tokenOf(site, 'gil'),
      json: { reason: 'tried' },
    } as const;
    expect(await ask(api, withdraw)).toMatchObject({ status: 200, body: { state: 'withdrawn' } });
  },

  async 'participants-api'() {
    const api = await site.shared('participants-api');
    const token = tokenOf(site, 'mara');
    const register = {
      method: 'POST',
      route: '/v1/participants',
      path: '/v1/participants',
      token,
      json: {
        participantId: 'op-0100',
        kind: 'hardware-provider',
        displayName: 'Glacier Nodes',
        controlGroup: 'group-op-0100',
        resources: [{ resourceId: 'op-0100-node-1', capacity: 4 }],
        endpoint: { url: 'https://hooks.example/notices', secretId: 'participant/op-0100' },
      },
    } as const;
    expect(await ask(api, register)).toMatchObject({
      status: 201,
      body: { participantId: 'op-0100' },
    });
    const ledger = await ask<{ asset: string }>(api, {
      method: 'GET',
      route: '/v1/participants/{participantId}/ledger',
      path: '/v1/participants/op-0100/ledger',
      token: tokenOf(site, 'theo'),
    });
    const deposit = (units: string) =>
      ({
        method: 'POST',
        route: '/v1/participants/{participantId}/deposits',
        path: '/v1/participants/op-0100/deposits',
        token: tokenOf(site, 'theo'),
        json: { amount: { asset: ledger.body.asset, units }, externalRef: 'payment-1' },
      }) as const;
    expect(await ask(api, deposit('1000'))).toMatchObject({
      status: 201,
      body: { status: 'booked' },
    });
    expect(await ask(api, deposit('1000'))).toMatchObject({
      status: 200,
      body: { status: 'repeat' },
    });
    const refusals = [
      await askForProblem(api, { ...register, token: tokenOf(site, 'vera') }),
      await askForProblem(api, { ...register, json: {} }),
      await askForProblem(api, deposit('-1')),
      await askForProblem(api, deposit('2000')),
    ];
    expect(refusals.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '403 role-missing',
      expect.stringMatching(/^4/),
      '422 amount-invalid',
      '409 external-ref-reused',
    ]);
  },
};

async function expectRunning(caseId: string): Promise<void> {
  const handle = temporal.workflow.getHandle(caseWorkflowId(NETWORK_ID, caseId));
  expect((await handle.describe()).status.name).toBe('RUNNING');
}

describe.each(functionNames(projectDir))('%s', (name) => {
  it('does its job as a bundle under the runtime of Lambda', async () => {
    const job = jobs[name];
    if (job === undefined) {
      throw new Error(
        `functions/${name} is never run as it is deployed: give it a job in test/aws/lambda-runtime.test.ts.`,
      );
    }
    await job();
  });

  it('says at its first call what is wrong with its configuration, and lives on', async () => {
    const { TABLE_PREFIX: _missing, ...env } = site.env;
    const broken = await site.start(name, { env });
    const first = await broken.invoke({});
    expect(first).toMatchObject({
      kind: 'error',
      error: {
        errorType: 'DomainError',
        errorMessage: expect.stringContaining('TABLE_PREFIX'),
        trace: expect.arrayContaining([expect.stringContaining('.mjs')]),
      },
    });
    expect(await broken.invoke({})).toMatchObject({
      kind: 'error',
      error: { errorType: 'DomainError' },
    });
    await broken.stop();
  });
});
