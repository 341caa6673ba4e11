import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sanctionItem } from '../../adapters/dynamodb/case-codec.ts';
import { createEvidence } from '../../adapters/dynamodb/intake-evidence.ts';
import { listQuarantine } from '../../adapters/dynamodb/intake-quarantine.ts';
import { keysOf, UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { ReceiptBody } from '../../contracts/receipts.ts';
import { caseWorkflowId } from '../../contracts/temporal.ts';
import type { Sanction } from '../../domain/sanction.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  type Reception,
  T0,
} from '../receive-alert/test-reception.ts';
import { redeliver } from '../redeliver/redeliver.ts';
import { caseIdOf } from '../shared/short-id.ts';
import type { RelayDeps } from './deps.ts';
import { relay } from './relay.ts';
import {
  allUndelivered,
  endCase,
  fatesOf,
  MemoryCases,
  relayAll,
  relayDeps,
  slotOf,
  streamEvent,
  unreachable,
} from './test-relay.ts';

let test: TestStore;
let reception: Reception;
let cases: MemoryCases;
let deps: RelayDeps;

beforeEach(async () => {
  test = await openTestNetwork();
  reception = openReception(test.store);
  cases = new MemoryCases();
  deps = relayDeps(test.store, cases, () => reception.clock.at);
});
afterEach(() => test.close());

const key = (name: string) => `prometheus/${name}`;
const caseOf = (name: string, seq = 1) => caseIdOf('downtime', { alertKey: key(name), seq });

/** Posts and relays, as the stream would. */
async function tell(...alerts: unknown[]) {
  const answer = await post<ReceiptBody>(reception.api, amBody(alerts));
  const { batchItemFailures } = await relayAll(deps, test.store);
  return { receiptId: answer.body.receiptId, failures: batchItemFailures };
}

const again = () => redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: -1 });

describe('one case per participant and violation type', () => {
  it('starts a case with the first fire and tells its sender which', async () => {
    const { receiptId, failures } = await tell(amAlert('a', -5), amAlert('b', -4));
    const caseId = caseOf('a');
    expect(caseId).toMatch(/^downtime-[0-9a-hjkmnp-tv-z]{10}$/);
    expect(failures).toEqual([]);
    expect(cases.told(caseId)).toEqual([['fired prometheus/a', 'fired prometheus/b']]);
    expect([...cases.signals.keys()]).toEqual([caseWorkflowId('main', caseId)]);
    expect(await slotOf(test.store, 'op-0001')).toMatchObject({ caseId, severity: 'minor' });
    const receipt = await reception.intake.readReceipt(receiptId);
    expect(receipt?.items.map((item) => [item.fate, item.caseId])).toEqual([
      ['case', caseId],
      ['case', caseId],
    ]);
    expect(await allUndelivered(test.store)).toEqual([]);
  });

  it('lets each violation type and participant have its own', async () => {
    await tell(
      amAlert('a', -5),
      amAlert('b', -5, null, { slashing_rule: 'subpar-delivery' }),
      amAlert('c', -5, null, { operator_id: 'op-0002', resource_id: 'op-0002-node' }),
    );
    expect(cases.signals.size).toBe(3);
  });

  it('signals only what changes: new alerts, a graver severity, all clear; never a repeat', async () => {
    await tell(amAlert('a', -50));
    const caseId = caseOf('a');
    reception.clock.at = T0 + 3_600_000;
    await tell(amAlert('a', -50));
    await tell(amAlert('b', 10), amAlert('a', -50, null, { severity: 'critical' }));
    await tell(amAlert('b', 10, 20));
    await tell(amAlert('b', 30));
    await tell(amAlert('a', -50, 40), amAlert('b', 30, 50));
    expect(cases.told(caseId)).toEqual([
      ['fired prometheus/a'],
      ['fired prometheus/b', 'severity prometheus/a'],
      ['cleared prometheus/b'],
    ]);
    expect((await fatesOf(test.store, key('b'))).map((one) => one.fate)).toEqual([
      'case',
      'resolve-applied',
      'case',
      'resolve-applied',
    ]);
  });

  it('tells of a fire after all was clear, and of the next all clear', async () => {
    await tell(amAlert('a', -50), amAlert('b', -50));
    await tell(amAlert('a', -50, -40), amAlert('b', -50, -39));
    await tell(amAlert('a', -30));
    await tell(amAlert('b', -30));
    await tell(amAlert('a', -30, -20), amAlert('b', -30, -19));
    expect(cases.told(caseOf('a')).map((items) => items.map((item) => item.split(' ')[0]))).toEqual(
      [['fired', 'fired'], ['cleared'], ['fired'], ['cleared']],
    );
    const [, cleared] = cases.signals.get(caseWorkflowId('main', caseOf('a'))) ?? [];
    expect(cleared?.[0]).toMatchObject({ kind: 'cleared', resourceId: null, severity: 'minor' });
  });

  it('splits what is more than a hundred items', async () => {
    await tell(...Array.from({ length: 130 }, (_, index) => amAlert(`n${index}`, -5)));
    const signals = [...cases.signals.values()];
    expect(signals).toHaveLength(1);
    expect(signals[0]?.map((items) => items.length)).toEqual([100, 30]);
  });

  it('keeps a resolve without a case as an orphan', async () => {
    await tell(amAlert('a', -50));
    await endCase(test.store, caseOf('a'), 'op-0001');
    cases.closed.add(caseWorkflowId('main', caseOf('a')));
    await tell(amAlert('a', -50, -40));
    expect((await fatesOf(test.store, key('a'))).map((one) => one.fate)).toEqual([
      'case',
      'orphan',
    ]);
  });

  it('only records what an excluded participant does (rule B6)', async () => {
    const sanction: Sanction = {
      caseId: 'downtime-0',
      participantId: 'op-0001',
      family: 'performance',
      rung: 'S2',
      access: 'excluded',
      sinceMs: 0,
      minimumUntilMs: null,
      probationUntilMs: null,
      rewardCutBps: 0,
      rewardCutUntilMs: null,
    };
    const Item = sanctionItem(keysOf('main'), sanction);
    await test.store.client.send(new PutCommand({ TableName: test.store.tables.registry, Item }));
    await tell(amAlert('a', -50));
    expect(cases.signals.size).toBe(0);
    const recorded = { fate: 'recorded-only', caseId: null };
    expect(await fatesOf(test.store, key('a'))).toEqual([recorded]);
    // What fires through the exclusion is heard again within a day of its end.
    const back = sanctionItem(keysOf('main'), { ...sanction, access: 'probation' });
    await test.store.client.send(
      new PutCommand({ TableName: test.store.tables.registry, Item: back }),
    );
    await tell(amAlert('a', -50));
    expect(await fatesOf(test.store, key('a'))).toEqual([recorded]);
    reception.clock.at += 86_400_000;
    await tell(amAlert('a', -50 - 86_400));
    expect([...cases.signals.keys()]).toHaveLength(1);
    expect((await fatesOf(test.store, key('a'))).map(({ fate }) => fate)).toEqual([
      'recorded-only',
      'case',
    ]);
  });
});

describe('a case that ends meanwhile', () => {
  it('opens the next one when the case ends between the look at the slot and the signal', async () => {
    await tell(amAlert('a', -50));
    const old = caseOf('a');
    cases.meanwhile = async () => {
      await endCase(test.store, old, 'op-0001');
      cases.closed.add(caseWorkflowId('main', old));
    };
    await tell(amAlert('b', -5));
    expect(cases.told(caseOf('b'))).toEqual([['fired prometheus/b']]);
    expect(await slotOf(test.store, 'op-0001')).toMatchObject({ caseId: caseOf('b') });
  });

  it('reopens nothing by an opening that is delivered again after the end', async () => {
    await post(reception.api, amBody([amAlert('a', -50)]));
    const event = streamEvent(await allUndelivered(test.store));
    await relay(deps)(event);
    await endCase(test.store, caseOf('a'), 'op-0001');
    cases.closed.add(caseWorkflowId('main', caseOf('a')));
    await createEvidence(test.store).returnToInbox([{ alertKey: key('a'), seq: 1 }]);
    const { batchItemFailures } = await relay(deps)(event);
    expect(batchItemFailures).toEqual([]);
    expect(await again()).toEqual({ delivered: 1, failed: 0, outage: false });
    expect(cases.signals.size).toBe(1);
    expect(await slotOf(test.store, 'op-0001')).toBeNull();
    expect(await fatesOf(test.store, key('a'))).toEqual([{ fate: 'case', caseId: caseOf('a') }]);
  });

  it('gives what came too late to the next case, by the inbox (design §4)', async () => {
    await tell(amAlert('a', -50));
    await tell(amAlert('b', -40));
    await endCase(test.store, caseOf('a'), 'op-0001');
    cases.closed.add(caseWorkflowId('main', caseOf('a')));
    await createEvidence(test.store).returnToInbox([{ alertKey: key('b'), seq: 1 }]);
    expect(await again()).toEqual({ delivered: 1, failed: 0, outage: false });
    expect(cases.told(caseOf('b'))).toEqual([['fired prometheus/b']]);
    expect(await fatesOf(test.store, key('b'))).toEqual([{ fate: 'case', caseId: caseOf('b') }]);
  });

  it('opens a new case at the next repeat of a head that was re-armed (rule B6)', async () => {
    await tell(amAlert('a', -50));
    const evidence = createEvidence(test.store);
    await evidence.rearmHeads(caseOf('a'), T0);
    await evidence.rearmHeads(caseOf('a'), T0);
    await endCase(test.store, caseOf('a'), 'op-0001');
    cases.closed.add(caseWorkflowId('main', caseOf('a')));
    await tell(amAlert('a', -50));
    const next = caseOf('a', 3);
    expect(cases.told(next)).toEqual([['fired prometheus/a']]);
    await tell(amAlert('a', -50));
    expect(cases.told(next)).toHaveLength(1);
  });
});

describe('an alert that a changed mapping gives to another', () => {
  it('is over for the case that had it, and counts for the other alone', async () => {
    await tell(amAlert('a', -500), amAlert('b', -500));
    await tell(amAlert('a', -500, -400));
    const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
    await tell(amAlert('a', -300, null, other));
    const evidence = createEvidence(test.store);
    const [ours, theirs] = [caseOf('a'), caseOf('a', 3)];
    const first = (await evidence.headsOfCase(ours)).find((head) => head.alertKey === key('a'));
    expect(first).toMatchObject({ participantId: 'op-0001', status: 'resolved', intervals: [] });
    const second = await evidence.headsOfCase(theirs);
    expect(second).toMatchObject([{ participantId: 'op-0002', status: 'firing' }]);
    expect(second[0]?.intervals).toEqual([{ fromMs: T0 - 300_000, toMs: null }]);
    await tell(amAlert('b', -500, -200));
    expect(cases.told(ours).at(-1)?.[0]).toMatch(/^cleared/);
  });

  it('is told as new when it is about another resource of the same participant', async () => {
    await tell(amAlert('a', -500), amAlert('b', -500));
    await tell(amAlert('a', -500, -400));
    await tell(amAlert('a', -300, null, { resource_id: 'node-2' }));
    const [, item] = (cases.signals.get(caseWorkflowId('main', caseOf('a'))) ?? []).flat().slice(1);
    expect(item).toMatchObject({ kind: 'fired', resourceId: 'node-2' });
  });
});

describe('a re-armed head whose case has not ended yet', () => {
  it('is told to the ending case, which gives it back to be a new one', async () => {
    await tell(amAlert('a', -50));
    const old = caseOf('a');
    const evidence = createEvidence(test.store);
    await evidence.rearmHeads(old, T0);
    await post(reception.api, amBody([amAlert('a', -50)]));
    // The ending case gives it back before the relay has noted that it was delivered.
    cases.meanwhile = async () => evidence.returnToInbox([{ alertKey: key('a'), seq: 3 }]);
    await relayAll(deps, test.store);
    expect(cases.told(old)).toEqual([['fired prometheus/a'], ['fired prometheus/a']]);
    expect(await allUndelivered(test.store)).toHaveLength(1);
    await endCase(test.store, old, 'op-0001');
    cases.closed.add(caseWorkflowId('main', old));
    await again();
    expect(cases.told(caseOf('a', 3))).toEqual([['fired prometheus/a']]);
    expect(await allUndelivered(test.store)).toEqual([]);
  });
});

describe('crashes, outages, disorder', () => {
  it('relays the same records twice without telling the case more than twice the same', async () => {
    await post(reception.api, amBody([amAlert('a', -50), amAlert('b', -50)]));
    const event = streamEvent(await allUndelivered(test.store));
    await Promise.all([relay(deps)(event), relay(deps)(event)]);
    const told = cases.told(caseOf('a'));
    expect(new Set(told.flat())).toEqual(new Set(['fired prometheus/a', 'fired prometheus/b']));
    expect(told.length).toBeLessThanOrEqual(2);
    expect(cases.signals.size).toBe(1);
  });

  it('tells the case of a fire whose relay died after the alert was attached', async () => {
    await tell(amAlert('a', -50));
    await post(reception.api, amBody([amAlert('b', -50)]));
    cases.failure = unreachable();
    await relayAll(deps, test.store);
    cases.failure = null;
    await relayAll(deps, test.store);
    expect(cases.told(caseOf('a')).at(-1)).toEqual(['fired prometheus/b']);
  });

  it('tells all clear once, though the relay died before or after it', async () => {
    await tell(amAlert('a', -50), amAlert('b', -50));
    await post(reception.api, amBody([amAlert('a', -50, -40), amAlert('b', -50, -40)]));
    cases.failure = unreachable();
    await relayAll(deps, test.store);
    cases.failure = null;
    await relayAll(deps, test.store);
    await relayAll(deps, test.store);
    expect(cases.told(caseOf('a'))).toHaveLength(2);
  });

  it('tells all clear also when the resolve was relayed before its fire', async () => {
    await tell(amAlert('a', -50));
    await post(reception.api, amBody([amAlert('b', -40)]));
    const [fire] = await allUndelivered(test.store);
    await post(reception.api, amBody([amAlert('a', -50, -30), amAlert('b', -40, -20)]));
    const items = await allUndelivered(test.store);
    await relay(deps)(streamEvent(items.filter((item) => item['sk'] !== fire?.['sk'])));
    expect(cases.told(caseOf('a')).at(-1)?.[0]).toMatch(/^cleared/);
    await relay(deps)(streamEvent(fire === undefined ? [] : [fire]));
    const last = cases.told(caseOf('a')).at(-1) ?? [];
    expect(last.map((item) => item.split(' ')[0])).toEqual(['fired', 'cleared']);
  });

  it('keeps everything through an outage however long, and delivers it afterwards', async () => {
    cases.failure = unreachable();
    const { failures } = await tell(amAlert('a', -50), amAlert('b', -45));
    expect(failures).toEqual([{ itemIdentifier: '1' }, { itemIdentifier: '2' }]);
    for (let run = 0; run < 10; run++) expect((await again()).outage).toBe(true);
    expect(await allUndelivered(test.store)).toHaveLength(2);
    expect(await createEvidence(test.store).oldestUndeliveredMs('op-0001')).toBe(T0);
    cases.failure = null;
    expect(await again()).toEqual({ delivered: 2, failed: 0, outage: false });
    expect(await createEvidence(test.store).oldestUndeliveredMs('op-0001')).toBeNull();
    expect(cases.told(caseOf('a'))).toEqual([['fired prometheus/a', 'fired prometheus/b']]);
  });

  it('quarantines what fails by itself, so that it stops nobody (design §4)', async () => {
    await tell(amAlert('a', -50));
    cases.closed.add(caseWorkflowId('main', caseOf('a')));
    const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
    const { failures } = await tell(amAlert('b', -40), amAlert('c', -40, null, other));
    expect(failures).toHaveLength(1);
    expect(cases.told(caseOf('c'))).toEqual([['fired prometheus/c']]);
    expect(await again()).toMatchObject({ delivered: 0, failed: 1 });
    expect(await again()).toMatchObject({ delivered: 1, failed: 0 });
    expect(await fatesOf(test.store, key('b'))).toEqual([{ fate: 'quarantine', caseId: null }]);
    expect(await listQuarantine(test.store, 'prometheus')).toMatchObject([
      { reason: 'relay-failed', fingerprint: 'b@1', count: 1 },
    ]);
  });

  it('leaves alone what is on its way, and what the relay itself wrote', async () => {
    await post(reception.api, amBody([amAlert('a', -50)]));
    const young = await redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: 60_000 });
    expect(young).toEqual({ delivered: 0, failed: 0, outage: false });
    const items = await allUndelivered(test.store);
    await relay(deps)(streamEvent(items, 'MODIFY'));
    await relay(deps)(streamEvent([{ pk: 'other#ALERT#x', sk: 'OBS#1', type: 'observation' }]));
    expect(cases.signals.size).toBe(0);
    reception.clock.at = T0 + 60_001;
    const due = await redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: 60_000, pageSize: 1 });
    expect(due).toEqual({ delivered: 1, failed: 0, outage: false });
  });

  it('gives every accepted observation exactly one fate (invariant H9)', async () => {
    await tell(amAlert('a', -50), amAlert('b', -49, -48));
    await tell(amAlert('a', -50), amAlert('a', -50, -40), amAlert('b', -49));
    await tell(amAlert('a', -45), amAlert('a', -30), amAlert('c', -5, null, { severity: 'x' }));
    const fates = (
      await Promise.all(['a', 'b'].map((name) => fatesOf(test.store, key(name))))
    ).flat();
    expect(fates.every((one) => one.fate !== 'pending')).toBe(true);
    expect(await allUndelivered(test.store)).toEqual([]);
  });
});
