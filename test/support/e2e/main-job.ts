import { expect } from 'vitest';
import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import { type Api, type CaseView, personOf } from '../../e2e/people.ts';
import type { Target } from '../../e2e/target.ts';
import type { RunningMonitor } from '../parts/monitoring.ts';

/** Whose node dies, which one, and what is at stake. */
export const OUTAGE = {
  participantId: 'op-0001',
  resourceId: 'op-0001-node-1',
  stakeUnits: 1_000_000n,
} as const;

/** Where the main job is done: an API with people, a node, and the Prometheus that scrapes it. */
export interface Site {
  readonly api: Api;
  readonly target: Target;
  readonly prometheus: RunningMonitor;
}

type People = ReturnType<typeof peopleOf>;

/**
 * The main job on real input: nothing here is done by hand that a real deployment would not do by hand. A node dies, Prometheus sees it,
 * Alertmanager posts it, the network's own probe agrees, and people decide where the law wants people. Asserts ledger, standing and
 * case at each step of the demo policy. Returns the case's id.
 */
export async function liveThroughOutage({ api, target, prometheus }: Site): Promise<string> {
  const people = peopleOf(api);
  const { participantId, resourceId } = OUTAGE;
  await people.mara.does(`/v1/participants/${participantId}/resources`, {
    resources: [{ resourceId, capacity: 1, probeUrl: target.url }],
  });
  await scraped(prometheus, '1');
  await target.goDown();
  const caseId = await caseOpened(people);
  await climb(people, caseId);
  await target.comeBack();
  await returnToService(people, caseId);
  await becomeFinal(people, caseId);
  return caseId;
}

async function climb(people: People, caseId: string): Promise<void> {
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
    available: String(OUTAGE.stakeUnits - 10_000n),
    pending: '10000',
    slashed: '0',
  });
  expect(await people.standing()).toBe('suspended');
}

async function returnToService(people: People, caseId: string): Promise<void> {
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
}

async function becomeFinal(people: People, caseId: string): Promise<void> {
  expect(await people.reach(caseId, (view) => view.money.pendingUnits === '0')).toMatchObject({
    money: { finalUnits: '10000' },
  });
  expect(await people.balances()).toMatchObject({
    available: String(OUTAGE.stakeUnits - 10_000n),
    pending: '0',
    held: '0',
    slashed: '10000',
  });
  await waitUntil(async () => (await people.standing()) === 'active', {
    what: 'probation to end',
    withinMs: 120_000,
  });
  // Half of the slash has come back with it (rule D11).
  expect(await people.balances()).toMatchObject({
    available: String(OUTAGE.stakeUnits - 5_000n),
    slashed: '10000',
    rebates: '5000',
  });
  const cases = await people.vera.get<{ items: CaseView[] }>(
    `/v1/cases?participantId=${OUTAGE.participantId}`,
  );
  expect(cases.body.items).toHaveLength(1);
}

function peopleOf(of: Api) {
  const vera = personOf(of, 'vera');
  const { participantId } = OUTAGE;
  return {
    vera,
    mara: personOf(of, 'mara'),
    gwen: personOf(of, 'gwen'),
    olga: personOf(of, 'olga'),
    ada: personOf(of, 'ada'),
    owner: personOf(of, `of-${participantId}`),
    async standing(): Promise<string> {
      return (await vera.get<{ standing: string }>(`/v1/participants/${participantId}/standing`))
        .body.standing;
    },
    async balances(): Promise<Record<string, string>> {
      return (
        await vera.get<{ balances: Record<string, string> }>(
          `/v1/participants/${participantId}/ledger`,
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

async function caseOpened(people: People): Promise<string> {
  let caseId = '';
  await waitUntil(
    async () => {
      const { body } = await people.vera.get<{ items: CaseView[] }>(
        `/v1/cases?participantId=${OUTAGE.participantId}`,
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
