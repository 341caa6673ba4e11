import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import type { AlertHead, Observation } from '../../domain/observation.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  deliver,
  delivered,
  fromAlertmanager,
  fromNative,
  nativeBody,
  type Receipt,
  type SeenAlert,
} from '../support/e2e/deliveries.ts';
import { ask, asProblem, type CaseView, peopleOf } from '../support/e2e/people.ts';
import { itemsOf, type StoredItem } from '../support/e2e/store-facts.ts';
import { openTestStack, type TestStack } from '../support/e2e/test-stack.ts';

/** Parts of the stack are taken away and given back: what was accepted is never lost, and what could not be accepted left no trace. */

let open: TestStack;
let people: ReturnType<typeof peopleOf>;

beforeAll(async () => {
  open = await openTestStack('outages');
  people = peopleOf(open.stack);
});
afterAll(() => open?.close());

function firing(participantId: string, violationType: string, resource = 'node-1'): SeenAlert {
  return {
    participantId,
    resourceId: `${participantId}-${resource}`,
    violationType,
    severity: 'minor',
    startsAtMs: Date.now(),
    endsAtMs: null,
  };
}

const bodyOf = (...alerts: SeenAlert[]) => alertmanagerBody(alerts.map(alertmanagerAlert));

interface ReceiptView extends Receipt {
  items: { alertKey: string; fate: string; caseId: string | null }[];
}
const receipt = ({ receiptId }: Receipt) => people.read<ReceiptView>(`/v1/receipts/${receiptId}`);
const fatesIn = async (of: Receipt) => (await receipt(of)).items.map(({ fate }) => fate);

/** Waits until each alert of these deliveries is in the only case of its participant and type; returns those cases. */
async function inTheirCases(receipts: readonly Receipt[]): Promise<CaseView[]> {
  const named = async () =>
    (await Promise.all(receipts.map(receipt))).flatMap(({ items }) => items);
  await waitUntil(async () => (await named()).every(({ fate }) => fate === 'case'), {
    what: 'the receipts name the cases',
    withinMs: 40_000,
    everyMs: 250,
  });
  const caseIds = new Set((await named()).map(({ caseId }) => caseId));
  const found = async () => (await people.cases()).filter(({ caseId }) => caseIds.has(caseId));
  await waitUntil(async () => (await found()).length === caseIds.size, {
    what: 'the cases that the receipts name are listed',
    withinMs: 20_000,
    everyMs: 250,
  });
  return found();
}

describe('while Temporal is away', () => {
  const away = ['op-0001', 'op-0003', 'op-0004'];

  it('alerts are accepted and wait, and people are told to come again', async () => {
    await delivered(fromAlertmanager(open.stack, bodyOf(firing('net-0001', 'downtime', 'link-1'))));
    const known = await people.reach('net-0001', 'its case is open', () => true);

    await open.stack.parts.temporal.stop();
    const receipts = await Promise.all(
      away.map((id) => delivered(fromAlertmanager(open.stack, bodyOf(firing(id, 'downtime'))))),
    );
    const acknowledge = {
      path: `/v1/cases/${known.caseId}/acknowledge`,
      token: people.tokenOf('olga'),
      key: randomUUID(),
      json: { note: 'on it' },
    };
    const [refused, unseen] = await Promise.all([
      ask(open.stack, acknowledge),
      ask(open.stack, {
        path: `/v1/cases/${known.caseId}/workflow`,
        token: people.tokenOf('vera'),
      }),
    ]);
    for (const answer of [refused, unseen]) {
      expect(asProblem(answer)).toMatchObject({ status: 503, code: 'workflow-unreachable' });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    for (const one of receipts) expect(await fatesIn(one)).toEqual(['pending']);
    expect((await people.cases()).map(({ participantId }) => participantId)).toEqual(['net-0001']);

    await open.stack.parts.temporal.start();
    const cases = await inTheirCases(receipts);
    expect(cases.map(({ participantId }) => participantId).sort()).toEqual(away);
    await waitUntil(async () => (await ask(open.stack, acknowledge)).status === 200, {
      what: 'the same request is taken now',
      withinMs: 20_000,
      everyMs: 250,
    });
    expect(await people.cases()).toHaveLength(away.length + 1);
  });
});

describe('while the store is away', () => {
  const types = ['downtime', 'resource-hoarding'];
  /** All hundred nodes of one provider: more than one transaction each. */
  const bodies = types.map((type) =>
    bodyOf(
      ...Array.from({ length: 100 }, (_, index) => firing('op-0002', type, `node-${index + 1}`)),
    ),
  );

  it('alerts and people get 503 with Retry-After, and nothing of them is written', async () => {
    const alert = firing('user-0001', 'unauthorized-access', 'workload-1');
    const deliveries = [
      fromAlertmanager(open.stack, bodyOf(alert)),
      fromNative(open.stack, nativeBody([alert])),
    ];
    const heads = await itemsOf(open.store, 'alerts');
    const inbox = await itemsOf(open.store, 'inbox');
    await open.stack.parts.store.kill9();
    const answers = await Promise.all([
      ...deliveries.map(deliver),
      ask(open.stack, { path: '/v1/cases', token: people.tokenOf('vera') }),
      ask(open.stack, {
        path: '/v1/participants/op-0001/deposits',
        token: people.tokenOf('theo'),
        json: { amount: { asset: 'SWM', units: '5' }, externalRef: 'in-the-dark' },
      }),
    ]);
    for (const answer of answers) {
      expect(asProblem(answer)).toMatchObject({ status: 503, code: 'store-unreachable' });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    await open.stack.parts.store.start();
    expect(newIn(await itemsOf(open.store, 'alerts'), heads)).toEqual([]);
    expect(newIn(await itemsOf(open.store, 'inbox'), inbox)).toEqual([]);
    const { transfers } = await people.read<{ transfers: { items: { kind: string }[] } }>(
      '/v1/participants/op-0001/ledger',
    );
    expect(transfers.items.map(({ kind }) => kind)).toEqual(['deposit']);

    // The senders come again with the very same deliveries, the signed one with its first signature.
    const receipts = await Promise.all(deliveries.map(delivered));
    const cases = await inTheirCases(receipts);
    expect(cases).toMatchObject([
      { participantId: 'user-0001', violationType: 'unauthorized-access' },
    ]);
  });

  it('a delivery that it died under is whole or absent alert by alert, and is completed by its retry', async () => {
    const sent = Promise.all(bodies.map((body) => deliver(fromAlertmanager(open.stack, body))));
    await waitUntil(async () => (await headsOf('op-0002')).length > 0, {
      what: 'the first of them are written',
      withinMs: 10_000,
      everyMs: 1,
    });
    await open.stack.parts.store.kill9();
    const statuses = (await sent).map(({ status }) => status);
    await open.stack.parts.store.start();
    // Wherever in the deliveries the kill fell, after the last write too: no alert is half there.
    expect(statuses.filter((status) => status !== 202 && status !== 503)).toEqual([]);
    await pairsSoon();

    const receipts = await Promise.all(
      bodies.map((body) => delivered(fromAlertmanager(open.stack, body))),
    );
    for (const { received, quarantined } of receipts) {
      expect({ received, quarantined }).toEqual({ received: 100, quarantined: 0 });
    }
    await waitUntil(async () => (await undelivered()) === 0, {
      what: 'everything is relayed',
      withinMs: 40_000,
      everyMs: 250,
    });
    await expectPairs();
    expect(await headsOf('op-0002')).toHaveLength(100 * types.length);
    const cases = await people.cases('op-0002');
    expect(cases.map(({ violationType }) => violationType).sort()).toEqual(types.toSorted());
  });
});

describe('when the API is killed', () => {
  it('what it had accepted is relayed after its start', async () => {
    // Nothing can be relayed before the kill: the other end is not there.
    await open.stack.parts.temporal.stop();
    const ids = ['op-0005', 'op-0006'];
    const receipts = await Promise.all(
      ids.map((id) => delivered(fromAlertmanager(open.stack, bodyOf(firing(id, 'downtime'))))),
    );
    await open.stack.parts.functions.kill9();
    await open.stack.parts.temporal.start();
    await open.stack.parts.functions.start();
    const cases = await inTheirCases(receipts);
    expect(cases.map(({ participantId }) => participantId).sort()).toEqual(ids);
  });

  it('senders that come again lose nothing and open nothing twice', async () => {
    const ids = ['user-0002', 'user-0003', 'net-0002', 'net-0003'];
    const nouns: Record<string, string> = { user: 'workload', net: 'link' };
    const first = Promise.withResolvers<void>();
    const sending = ids.map(async (id) => {
      const noun = nouns[id.split('-')[0] ?? ''];
      const alert = firing(id, 'unauthorized-access', `${noun}-1`);
      const receipts = [];
      // Each sends its alert again and again, as a monitor does, over the death and the return.
      for (let taken = 0; taken < REPEATS; taken++) {
        receipts.push(await insist(bodyOf(alert)));
        first.resolve();
      }
      return receipts;
    });
    await first.promise;
    const pid = open.stack.pids().functions ?? 0;
    process.kill(pid, 'SIGKILL');
    const receipts = (await Promise.all(sending)).flat();
    expect(open.stack.pids().functions).not.toBe(pid);
    const opening = receipts.filter(({ accepted }) => accepted > 0);
    await inTheirCases(opening);
    await waitUntil(async () => (await undelivered()) === 0, {
      what: 'everything is relayed',
      withinMs: 20_000,
    });
    await expectPairs();
    for (const id of ids) expect(await people.cases(id)).toHaveLength(1);
  });
});

/** Repeats of each sender around the death of the API. */
const REPEATS = 8;

/** As a monitor does: what is not taken comes again. */
async function insist(body: string): Promise<Receipt> {
  let receipt: Receipt | undefined;
  await waitUntil(
    async () => {
      receipt = await delivered(fromAlertmanager(open.stack, body));
      return true;
    },
    { what: 'the delivery is taken', withinMs: 30_000 },
  );
  return receipt as Receipt;
}

/** What is there now and was not before. */
function newIn(now: readonly StoredItem[], before: readonly StoredItem[]): StoredItem[] {
  const known = new Set(before.map(({ pk, sk }) => `${pk} ${sk}`));
  return now.filter(({ pk, sk }) => !known.has(`${pk} ${sk}`));
}

/**
 * The two tables are read one after the other, and a transaction that was under way when its delivery was refused may still land between:
 * what is half there stays half there, what is only late is whole at the next look.
 */
async function pairsSoon(): Promise<void> {
  await waitUntil(
    async () => {
      await expectPairs();
      return true;
    },
    { what: 'every head to have its observations', withinMs: 15_000, everyMs: 250 },
  );
}

async function headsOf(participantId: string): Promise<AlertHead[]> {
  const items = await itemsOf(open.store, 'alerts');
  const heads = items
    .filter(({ type }) => type === 'head')
    .map((item) => item['body'] as AlertHead);
  return heads.filter((head) => head.participantId === participantId);
}

async function undelivered(): Promise<number> {
  const items = await itemsOf(open.store, 'inbox');
  return items.filter((item) => item['undeliveredShard'] !== undefined).length;
}

/** Head and observation of an alert are one write: none is there without the other. */
async function expectPairs(): Promise<void> {
  const alerts = await itemsOf(open.store, 'alerts');
  const inbox = await itemsOf(open.store, 'inbox');
  const newest = new Map<string, number>();
  for (const item of inbox.filter(({ type }) => type === 'observation')) {
    const { alertKey } = item['body'] as Observation;
    newest.set(alertKey, Math.max(newest.get(alertKey) ?? 0, Number(item['seq'])));
  }
  const heads = alerts.filter(({ type }) => type === 'head');
  expect(heads.length).toBeGreaterThan(0);
  expect(new Map(heads.map((item) => [(item['body'] as AlertHead).alertKey, item['seq']]))).toEqual(
    newest,
  );
}
