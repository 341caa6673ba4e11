import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportLedger, type LedgerExport } from '../../adapters/dynamodb/ledger-export.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  deliver,
  delivered,
  fromAlertmanager,
  fromNative,
  nativeBody,
  type SeenAlert,
} from '../support/e2e/deliveries.ts';
import { openHistories } from '../support/e2e/histories.ts';
import { type CaseView, peopleOf } from '../support/e2e/people.ts';
import {
  type DemoLaw,
  openTestStack,
  remember,
  type TestStack,
} from '../support/e2e/test-stack.ts';

/**
 * What a network does to a webhook: it repeats, reorders, splits and delays it. However often a delivery comes, it is one case and one
 * charge, and the workflow hears of none of the copies.
 */

const PARTICIPANT = 'op-0005';
/** Has a case of its own at the end, which shows that all before it has been relayed. */
const WITNESS = 'op-0001';
const NODES = 4;
const CLIENTS = 8;
const COPIES = 1_000;
/** Copies that race for the opening of the case; the others come while it waits for its next rung. */
const OPENING_COPIES = 200;
/** How often the monitors of the demonstration repeat. */
const REPEAT_MS = 1_000;
const LATE_ROUNDS = 5;
/** 10 bps of 150,000: all resources earn the first penalty of the operational ladder. */
const CHARGE = '150';

const startsAtMs = Date.now();
const seen = (endsAtMs: number | null): SeenAlert[] =>
  Array.from({ length: NODES }, (_, index) => ({
    participantId: PARTICIPANT,
    resourceId: `${PARTICIPANT}-node-${index + 1}`,
    violationType: 'resource-hoarding',
    severity: 'minor',
    startsAtMs,
    endsAtMs,
  }));

let open: TestStack;
let histories: Awaited<ReturnType<typeof openHistories>>;
let people: ReturnType<typeof peopleOf>;

beforeAll(async () => {
  open = await openTestStack('copies', { changeLaw: postponeTheEnd });
  histories = await openHistories(open.stack);
  people = peopleOf(open.stack);
});
afterAll(async () => {
  await histories?.close();
  await open?.close();
});

/** No window of the settlement ends while the copies come late, so that whatever happens then is their doing. */
function postponeTheEnd(law: DemoLaw): void {
  remember(law);
  law.disputeWindow = { warning: '20m', penalty: '20m', severe: '20m' };
  law.pendingHardStop = '30m';
  for (const rung of law.families.operational.rungs) {
    if (rung.tier === 'penalty' || rung.id === 'S1') rung.probation = '20m';
  }
}

/** The body of copy `number`: as it is, in another order, or split in other groups. Seeded, so that every run sends the same. */
function bodiesOf(number: number, alerts: readonly SeenAlert[]): string[] {
  const all = alerts.map(alertmanagerAlert);
  const group = '{}/{team="main"}:{alertname="resource-hoarding"}';
  if (number % 3 === 0) return [alertmanagerBody(all, group)];
  const random = seeded(number);
  const mixed = all
    .map((alert) => ({ alert, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ alert }) => alert);
  if (number % 3 === 1) return [alertmanagerBody(mixed, group)];
  const cut = 1 + Math.floor(random() * (NODES - 1));
  return [mixed.slice(0, cut), mixed.slice(cut)].map((part, index) =>
    alertmanagerBody(part, `{}/{half="${index}"}:{cut="${cut}"}`),
  );
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Sends copies `from` to `to` by eight clients at once, each of which insists until its copy is taken. */
async function storm(from: number, to: number): Promise<void> {
  let next = from;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < to) {
        for (const body of bodiesOf(next++, seen(null))) await insist(body);
      }
    }),
  );
}

/** As senders do: what is shed with a 503 comes again. */
async function insist(body: string): Promise<void> {
  await waitUntil(
    async () => {
      const answer = await deliver(fromAlertmanager(open.stack, body));
      if (answer.status === 202) return true;
      expect(answer.status).toBe(503);
      return false;
    },
    { what: 'the copy is taken', withinMs: 20_000 },
  );
}

const ledgers = () => exportLedger(open.store);

describe('one webhook body, a thousand times by eight clients at once', () => {
  let opened: CaseView;
  let endsAtMs: number;
  let before: Awaited<ReturnType<typeof ledgers>>;

  it('opens one case, whose history the copies do not lengthen', async () => {
    before = await ledgers();
    await delivered(fromNative(open.stack, nativeBody(seen(null))));
    await storm(0, OPENING_COPIES);
    opened = await people.reach(
      PARTICIPANT,
      'the first penalty is announced',
      (view) => view.rung === 'W' && view.announcementServedAt !== null,
    );
    await delivered(fromNative(open.stack, nativeBody(seen(null))));
    const known = await histories.read(opened.workflowId);
    await storm(OPENING_COPIES, COPIES);
    const grown = await histories.read(opened.workflowId);
    // Slow machines may reach the next deadline meanwhile: up to that timer nothing may have come.
    const due = grown.findIndex(({ kind }, index) => index >= known.length && kind === 'timer');
    expect(due === -1 ? grown.length : due).toBe(known.length);
    expect(grown.filter(({ kind }) => kind === 'signal').length).toBeLessThanOrEqual(2 * NODES);
    expect(await people.cases()).toHaveLength(1);
  });

  it('charges once', async () => {
    const stop = keepFiring();
    const penalised = await people
      .reach(PARTICIPANT, 'the first penalty', (view) => view.rung === 'P1')
      .finally(stop);
    // Over before anything is looked at: the next rung is seconds away, and a slow machine would reach it.
    endsAtMs = Date.now();
    const resolved = alertmanagerBody(seen(endsAtMs).map(alertmanagerAlert));
    await delivered(fromAlertmanager(open.stack, resolved));
    await delivered(fromNative(open.stack, nativeBody(seen(endsAtMs))));
    expect(penalised).toMatchObject({ caseId: opened.caseId, money: { pendingUnits: CHARGE } });
    expect(penalised.imposed.map(({ rung, chargedUnits }) => [rung, chargedUnits])).toEqual([
      ['W', '0'],
      ['P1', CHARGE],
    ]);
    await expectOneCharge(before);
  });

  it('lets nothing be reopened by copies that come after the end', async () => {
    await people.reach(PARTICIPANT, 'it is restored', (view) => view.stage === 'restoring');
    const path = `/v1/cases/${opened.caseId}/remediation`;
    await people.does(`of-${PARTICIPANT}`, path, { cause: 'A test run.', actions: 'Released.' });
    await people.does('olga', `${path}/confirm`, { note: 'Seen.' });
    const ended = await people.reach(
      PARTICIPANT,
      'it has ended',
      (view) => view.stage === 'ended' && view.workflowId !== opened.workflowId,
    );
    expect(ended.outcome).toBe('reinstated');
    await waitUntil(() => histories.isClosed(opened.workflowId), {
      what: 'the workflow of the case is closed',
      withinMs: 15_000,
    });
    const history = await histories.read(opened.workflowId);
    const settlement = await histories.read(ended.workflowId);

    // A queue that delivers all of it once more: fires and resolves, by eight clients, in any order.
    const late = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const receipts = [];
        for (let round = 0; round < LATE_ROUNDS; round++) {
          const spells = [seen(null), seen(endsAtMs)];
          // Every other client begins with the end, as queues do that lose the order.
          for (const alerts of client % 2 === 0 ? spells : spells.reverse()) {
            for (const body of bodiesOf(client + round, alerts)) {
              receipts.push(await delivered(fromAlertmanager(open.stack, body)));
            }
          }
        }
        return receipts;
      }),
    );
    const fates = await fatesOf(late.flat());
    expect(new Set(fates)).toEqual(new Set(['recorded-only', 'repeat']));
    await relayed();

    expect(await people.cases(PARTICIPANT)).toEqual([ended]);
    expect(await histories.read(opened.workflowId)).toEqual(history);
    expect(await histories.read(ended.workflowId)).toEqual(settlement);
    expect(await histories.workflowsOf(PARTICIPANT)).toEqual(
      [opened.workflowId, ended.workflowId].sort(),
    );
    await expectOneCharge(before);
  });
});

/** Both monitors repeat what they see, as they do while it lasts. */
function keepFiring(): () => Promise<void> {
  let isOver = false;
  const repeating = (async () => {
    for (let number = 0; !isOver; number++) {
      for (const body of bodiesOf(number, seen(null))) await insist(body);
      await delivered(fromNative(open.stack, nativeBody(seen(null))));
      await sleep(REPEAT_MS);
    }
  })();
  return async () => {
    isOver = true;
    await repeating;
  };
}

/** What became of every alert of these deliveries. */
async function fatesOf(receipts: readonly { receiptId: string }[]): Promise<string[]> {
  const fates: string[] = [];
  for (const { receiptId } of receipts) {
    const { items } = await people.read<{ items: { fate: string }[] }>(`/v1/receipts/${receiptId}`);
    fates.push(...items.map(({ fate }) => fate));
  }
  return fates;
}

/** One more alert, of somebody else, has gone the whole way: what came before it has been relayed too. */
async function relayed(): Promise<void> {
  const alert = {
    participantId: WITNESS,
    resourceId: `${WITNESS}-node-1`,
    violationType: 'downtime',
    severity: 'minor',
    startsAtMs: Date.now(),
    endsAtMs: null,
  };
  await delivered(fromAlertmanager(open.stack, alertmanagerBody([alertmanagerAlert(alert)])));
  await people.reach(WITNESS, 'the later alert has its case', () => true);
}

/** The participant has lost one charge, and no other account has been touched. */
async function expectOneCharge(before: LedgerExport): Promise<void> {
  const now = await ledgers();
  const others = ({ participants }: LedgerExport) =>
    participants.filter(({ participantId }) => ![PARTICIPANT, WITNESS].includes(participantId));
  expect(others(now)).toEqual(others(before));
  const account = now.participants.find(({ participantId }) => participantId === PARTICIPANT);
  expect(account?.transfers.map(({ kind }) => kind)).toEqual(['deposit', 'charge']);
  expect(account?.balances).toMatchObject({ pending: CHARGE, held: '0', slashed: '0' });
  expect(account?.cases).toHaveLength(1);
}
