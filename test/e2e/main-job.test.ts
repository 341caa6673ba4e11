import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import {
  type RunningMonitor,
  startAlertmanager,
  startPrometheus,
} from '../support/parts/monitoring.ts';
import { type CaseView, personOf } from './people.ts';
import { startTarget, type Target } from './target.ts';

const PARTICIPANT = 'op-0001';
const RESOURCE = 'op-0001-node-1';
const STAKE = 1_000_000n;

let folder: string;
let stack: LocalStack;
let target: Target;
let alertmanager: RunningMonitor;
let prometheus: RunningMonitor;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-main-job-'));
  target = await startTarget();
  stack = await startLocalStack({
    data: path.join(folder, 'data'),
    policyPath: 'policies/demo.json',
  });
  alertmanager = await startAlertmanager({ folder, config: alertmanagerConfig(stack) });
  prometheus = await startPrometheus({
    folder,
    config: scrape(target),
    rules: [nodeDown],
    alertmanager,
  });
}, 120_000);

afterAll(async () => {
  await prometheus?.process.stop();
  await alertmanager?.process.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The main job on real input: nothing here is done by hand that a real deployment would not do by hand. A node dies, Prometheus
 * sees it, Alertmanager posts it, the network's own probe agrees, and people decide where the law wants people.
 */
it('takes a real outage through warning, penalties and severe, and the participant all the way back', async () => {
  const people = peopleOf(stack);
  await people.mara.does(`/v1/participants/${PARTICIPANT}/resources`, {
    resources: [{ resourceId: RESOURCE, capacity: 1, probeUrl: target.url }],
  });
  await scraped(prometheus, '1');

  await target.goDown();
  const caseId = await caseOpened(people);
  expect(await people.reach(caseId, (view) => view.rung === 'W')).toMatchObject({
    stage: 'correcting',
    tier: 'warning',
  });
  expect(await people.standing()).toBe('active');

  const p1 = await people.reach(caseId, (view) => view.rung === 'P1');
  expect(p1.money.pendingUnits).toBe('100'); // 1 bps of 1,000,000
  expect(await people.standing()).toBe('suspended');
  await people.owner.does(`/v1/cases/${caseId}/answer`, { text: 'We are on our way to the site.' });
  const p2 = await people.reach(caseId, (view) => view.rung === 'P2');
  expect(p2.money.pendingUnits).toBe('1000'); // 10 bps in all

  const proposed = await people.reach(caseId, (view) => view.stage === 'proposed');
  expect(proposed.money.heldUnits).toBe('9000'); // up to 100 bps in all
  const { proposalId, draftHash } = proposed.proposal ?? { proposalId: '', draftHash: '' };
  await people.gwen.does(`/v1/cases/${caseId}/proposals/${proposalId}/approve`, {
    draftHash,
    reason: 'The node is down by two independent looks.',
  });
  const s1 = await people.reach(caseId, (view) => view.rung === 'S1');
  expect(s1.money).toMatchObject({ heldUnits: '0', pendingUnits: '10000' });
  expect(await people.balances()).toMatchObject({
    available: String(STAKE - 10_000n),
    pending: '10000',
    slashed: '0',
  });
  expect(await people.standing()).toBe('suspended');

  await target.comeBack();
  await people.reach(caseId, (view) => view.stage === 'restoring');
  await people.owner.does(`/v1/cases/${caseId}/remediation`, {
    cause: 'The power supply failed.',
    actions: 'It was replaced.',
  });
  await people.olga.does(`/v1/cases/${caseId}/remediation/confirm`, { note: 'Seen on site.' });
  await people.owner.does(`/v1/cases/${caseId}/appeal`, { grounds: 'The node serves again.' });
  await people.ada.does(`/v1/cases/${caseId}/findings`, {
    result: 'pass',
    note: 'Load-tested for an hour.',
  });
  expect(await people.reach(caseId, (view) => view.stage === 'ended')).toMatchObject({
    outcome: 'reinstated',
  });
  expect(await people.standing()).toBe('probation');

  expect(await people.reach(caseId, (view) => view.money.pendingUnits === '0')).toMatchObject({
    money: { finalUnits: '10000' },
  });
  expect(await people.balances()).toMatchObject({
    available: String(STAKE - 10_000n),
    pending: '0',
    held: '0',
    slashed: '10000',
  });
  await waitUntil(async () => (await people.standing()) === 'active', {
    what: 'probation to end',
    withinMs: 120_000,
  });
  const cases = await people.vera.get<{ items: CaseView[] }>(
    `/v1/cases?participantId=${PARTICIPANT}`,
  );
  expect(cases.body.items).toHaveLength(1);
}, 300_000);

function peopleOf(of: LocalStack) {
  const vera = personOf(of, 'vera');
  return {
    vera,
    mara: personOf(of, 'mara'),
    gwen: personOf(of, 'gwen'),
    olga: personOf(of, 'olga'),
    ada: personOf(of, 'ada'),
    owner: personOf(of, `of-${PARTICIPANT}`),
    async standing(): Promise<string> {
      return (await vera.get<{ standing: string }>(`/v1/participants/${PARTICIPANT}/standing`)).body
        .standing;
    },
    async balances(): Promise<Record<string, string>> {
      return (
        await vera.get<{ balances: Record<string, string> }>(
          `/v1/participants/${PARTICIPANT}/ledger`,
        )
      ).body.balances;
    },
    /** Waits until the case is as wanted; says where it stood if it never is. */
    async reach(caseId: string, isThere: (view: CaseView) => boolean): Promise<CaseView> {
      let view: CaseView | undefined;
      await waitUntil(
        async () => {
          view = (await vera.get<CaseView>(`/v1/cases/${caseId}`)).body;
          if (isThere(view)) return true;
          throw new Error(`${view.stage}/${view.rung}: ${view.waitsFor}`);
        },
        { what: `${caseId}: ${isThere}`, withinMs: 90_000, everyMs: 200 },
      );
      return view as CaseView;
    },
  };
}

async function caseOpened(people: ReturnType<typeof peopleOf>): Promise<string> {
  let caseId = '';
  await waitUntil(
    async () => {
      const { body } = await people.vera.get<{ items: CaseView[] }>(
        `/v1/cases?participantId=${PARTICIPANT}`,
      );
      caseId = body.items[0]?.caseId ?? '';
      return caseId !== '';
    },
    { what: 'a case of the outage', withinMs: 60_000, everyMs: 200 },
  );
  return caseId;
}

async function scraped(monitor: RunningMonitor, value: string): Promise<void> {
  await waitUntil(
    async () => {
      const answer = await fetch(`${monitor.url}/api/v1/query?query=up`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1] === value;
    },
    { what: `the target scraped as ${value}`, withinMs: 30_000 },
  );
}

const nodeDown = {
  name: 'nodes',
  interval: '1s',
  rules: [
    {
      alert: 'NodeDown',
      expr: 'up == 0',
      labels: { severity: 'warning', violation_type: 'downtime' },
      annotations: { summary: 'The node does not answer scrapes.' },
    },
  ],
};

function scrape(node: Target): Record<string, unknown> {
  const labels = { participant_id: PARTICIPANT, resource_id: RESOURCE };
  const static_configs = [{ targets: [new URL(node.url).host], labels }];
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'nodes', static_configs }],
  };
}

function alertmanagerConfig(of: LocalStack): Record<string, unknown> {
  const webhook = {
    url: `${of.urls.api}/v1/alerts/alertmanager`,
    send_resolved: true,
    max_alerts: 0,
    http_config: {
      follow_redirects: false,
      authorization: { type: 'Bearer', credentials: of.secrets.alertmanager },
    },
  };
  return {
    route: {
      receiver: 'swarm-slashing',
      group_by: ['alertname', 'participant_id'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1s',
    },
    receivers: [{ name: 'swarm-slashing', webhook_configs: [webhook] }],
  };
}
