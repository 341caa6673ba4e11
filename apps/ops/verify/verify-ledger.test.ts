import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../adapters/dynamodb/audit-chain.ts';
import { auditItem } from '../../../adapters/dynamodb/audit-codec.ts';
import type { Item } from '../../../adapters/dynamodb/items.ts';
import { hashOfEntry } from '../../../domain/audit/chain.ts';
import type { DecisionRecord } from '../../../domain/decision/record.ts';
import {
  liveSevereCase,
  openStory,
  PROVIDER,
} from '../../../test/support/decisions/severe-story.ts';
import type { StraightCase } from '../../../test/support/decisions/straight-case.ts';
import { openInstallation, type TestInstallation } from '../test-installation.ts';
import { bodyOf, chainedOf, Intruder, packed, recordOf } from './test-intruder.ts';
import type { VerificationReport } from './verify-ledger.ts';

/**
 * A participant's whole life in a real store, then somebody who may write there: each change of what is stored is found, and the first bad
 * entry is named.
 */

let installation: TestInstallation;
let severe: StraightCase;
let intruder: Intruder;
const env = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

beforeAll(async () => {
  Object.assign(process.env, env);
  installation = await openInstallation();
  intruder = new Intruder(installation.store, PROVIDER);
  const network = await openStory(installation.store);
  severe = await liveSevereCase(network);
  await network.see(PROVIDER, 'resource-hoarding', 'minor', [9]);
  const mistaken = await network.open(PROVIDER, 'resource-hoarding');
  await mistaken.until(({ rung }) => rung === 'W');
  const reason = { reasonCode: 'wrong-mapping', reason: 'the node is not theirs' };
  await mistaken.by('olga-operator', { kind: 'propose', what: 'dismiss', ...reason });
  await mistaken.approve('gina-governor');
  await mistaken.approve('greg-governor').catch(() => undefined);
  expect(mistaken.state.outcome).toBe('dismissed');
});
afterAll(() => installation?.close());

afterEach(async () => {
  await intruder.undo();
  expect(await verify()).toMatchObject({ code: 0 });
});

function verify(...options: string[]) {
  return installation.run('verify-ledger', ...options);
}

async function findings(...options: string[]) {
  const { code, data } = await verify('--json', ...options);
  const report = JSON.parse(data) as VerificationReport;
  const all = [...report.verifications.flatMap((one) => one.findings), ...report.findings];
  expect(code).toBe(all.length === 0 ? 0 : 1);
  return all;
}

describe('a whole ledger', () => {
  it('comes out as it was decided, every kind of decision in it', async () => {
    const { code, data } = await verify();
    expect(data).toMatch(/1 participant, \d+ entries, 1\d decisions, \d+ transfers computed again/);
    expect(data).toContain('Everything is as it was decided.');
    expect(code).toBe(0);
    const records = (await intruder.chain()).filter((item) => item['decision']).map(recordOf);
    expect(new Set(records.map(({ kind }) => kind))).toEqual(
      new Set(['imposed', 'proposed', 'settled', 'restored', 'dismissed']),
    );
    expect(records.find(({ rung, kind }) => rung === 'S1' && kind === 'imposed')?.amount).toEqual({
      asset: 'SWM',
      units: '630',
      fromRewardsUnits: '0',
      fromStakeUnits: '630',
      money: 'pending',
    });
  });

  it('can be looked at case by case', async () => {
    const { code, data } = await verify('--case', severe.state.caseId);
    expect(data).toContain('Everything is as it was decided.');
    expect(code).toBe(0);
    expect(await verify('--case', 'nobody-s')).toMatchObject({
      code: 1,
      talk: expect.stringContaining('case-unknown'),
    });
  });
});

describe('a tampered chain', () => {
  it('names the entry whose text was changed', async () => {
    const item = await intruder.entry('corrected');
    await intruder.replace('audit', item, { body: { ...bodyOf(item), summary: 'Not corrected.' } });
    const { seq } = item as { seq: number };
    const { entryId } = bodyOf(item);
    expect(await findings()).toMatchObject([{ check: 'chain', seq, entryId }]);
    const { data } = await verify();
    expect(data).toContain(`chain (number ${seq}, ${entryId}): its content gives hash`);
  });

  it('names the decision whose amount was changed, by its bytes and by the law', async () => {
    const item = await intruder.imposed('S1');
    const record = recordOf(item);
    if (record.amount) record.amount.units = '63';
    await intruder.replace('audit', item, packed(record));
    const found = await findings();
    expect(found[0]).toMatchObject({ check: 'chain', seq: item['seq'] });
    expect(found[1]).toMatchObject({
      check: 'decision',
      entryId: bodyOf(item)['entryId'],
      what: expect.stringContaining('the amount: computed "630", recorded "63"'),
    });
    expect(found[2]).toMatchObject({
      check: 'transfer',
      what: expect.stringContaining('63 units were decided, 630 were moved'),
    });
  });

  it('names the number of an entry that was removed', async () => {
    const item = await intruder.entry('action-approve');
    await intruder.remove('audit', item);
    expect(await findings()).toMatchObject([
      {
        check: 'chain',
        seq: item['seq'],
        entryId: null,
        what: expect.stringMatching(/missing, between/),
      },
    ]);
  });

  it('names the first of two entries whose places were exchanged', async () => {
    const [, , , a, b] = await intruder.chain();
    if (!a || !b) throw new Error('The chain is too short.');
    await intruder.replace('audit', a, {
      seq: b['seq'],
      prevHash: b['prevHash'],
      lastHash: b['lastHash'],
    });
    await intruder.replace('audit', b, {
      seq: a['seq'],
      prevHash: a['prevHash'],
      lastHash: a['lastHash'],
    });
    expect((await findings())[0]).toMatchObject({
      check: 'chain',
      seq: a['seq'],
      entryId: bodyOf(b)['entryId'],
    });
  });

  it('names the follower of an entry that was changed with its own hash', async () => {
    const item = await intruder.entry('corrected');
    const changed = { ...chainedOf(item), summary: 'Not corrected.' };
    const hash = hashOfEntry(changed, sha256);
    await intruder.replace('audit', item, auditItem(intruder.keys, { ...changed, hash }));
    expect((await findings())[0]).toMatchObject({
      seq: Number(item['seq']) + 1,
      what: expect.stringContaining('it was written after an entry with hash'),
    });
  });

  it('tells a head that was set back, removed, or that names another hash', async () => {
    const present = await intruder.head();
    const [last, beforeLast] = (await intruder.chain()).toReversed();
    await intruder.replace('audit', present, { lastHash: 'f'.repeat(64) });
    expect(await findings()).toMatchObject([
      { check: 'chain', seq: last?.['seq'], what: expect.stringMatching(/the head/) },
    ]);
    await intruder.replace('audit', present, {
      seq: beforeLast?.['seq'],
      lastHash: beforeLast?.['lastHash'],
    });
    expect(await findings()).toMatchObject([
      { check: 'chain', seq: last?.['seq'], entryId: bodyOf(last ?? {})['entryId'] },
    ]);
    await intruder.remove('audit', present);
    expect((await findings())[0]).toMatchObject({
      check: 'chain',
      what: expect.stringMatching(/the head ends at number 0/),
    });
  });

  it('tells an entry that was slipped in', async () => {
    const item = await intruder.entry('corrected');
    const planted: Item = { ...item, sk: `${item['sk']}x` };
    for (const name of ['seq', 'prevHash', 'lastHash']) delete planted[name];
    await intruder.plant('audit', planted);
    expect(await findings()).toMatchObject([
      { check: 'chain', seq: null, what: expect.stringMatching(/no place/) },
    ]);
  });

  it('is found by the law when it was written anew from there on, and by an earlier report', async () => {
    const earlier = installation.file(JSON.parse((await verify('--json')).data));
    const item = await intruder.imposed('P2');
    await intruder.rechain(item, (record) => {
      const [head] = record.inputs.gate?.input.heads ?? [];
      if (head) head.status = 'resolved';
    });
    const found = await findings();
    expect(found[0]).toMatchObject({
      check: 'decision',
      seq: item['seq'],
      what: expect.stringContaining('the gate on notice'),
    });
    expect(found.map(({ check }) => check)).not.toContain('chain');
    const compared = await findings('--against', earlier);
    expect(compared.at(-1)).toMatchObject({
      check: 'chain',
      what: expect.stringMatching(/in the earlier report/),
    });
  });
});

describe('a tampered decision in a chain that was written anew', () => {
  it.each<[string, string, (record: DecisionRecord) => void, string]>([
    [
      'a smaller stake',
      'P1',
      (record) => {
        const [deposit] = record.inputs.charge?.input.snapshot.deposits ?? [];
        if (deposit) deposit.units = '10';
      },
      'the calculation',
    ],
    [
      'another rate',
      'P1',
      (record) => {
        if (record.inputs.charge) record.inputs.charge.input.rung.slashBps = 0;
      },
      'the rung',
    ],
    [
      'a notice that was served later',
      'P1',
      (record) => {
        for (const notice of record.notices) notice.servedAtMs = record.decidedAtMs;
      },
      'was served',
    ],
    [
      'an approval that nobody gave',
      'S1',
      (record) => {
        if (record.inputs.case.proposal) record.inputs.case.proposal.approvals = [];
      },
      'had not agreed',
    ],
    [
      'a law that was never pinned',
      'W',
      (record) => {
        if (record.law.pinned) record.law.pinned.capBps = 1;
      },
      'is in no record',
    ],
    [
      'earlier cases that were not there',
      'W',
      (record) => {
        if (record.inputs.recurrence) record.inputs.recurrence.found.counted = 3;
      },
      'the count of earlier cases',
    ],
  ])('%s', async (_what, rung, change, told) => {
    const item = await intruder.imposed(rung);
    await intruder.rechain(item, change);
    const found = await findings();
    expect(found[0]).toMatchObject({ check: 'decision', seq: item['seq'] });
    expect(found.map(({ what }) => what).join('\n')).toContain(told);
  });
});

describe('a tampered ledger', () => {
  const account = () => intruder.itemsOf('ledger', intruder.keys.account(PROVIDER));

  it('tells a balance, a transfer and a part that were changed', async () => {
    const items = await account();
    const headItem = items.find(({ sk }) => sk === intruder.keys.ledgerHead(PROVIDER).sk);
    if (!headItem) throw new Error('There is no account.');
    const { available, slashed } = bodyOf(headItem) as Record<string, string>;
    const body = {
      ...bodyOf(headItem),
      available: String(BigInt(available ?? 0) + 7n),
      slashed: String(BigInt(slashed ?? 0) - 7n),
    };
    await intruder.replace('ledger', headItem, { body });
    expect((await findings()).map(({ what }) => what).join('\n')).toContain(
      `available is ${body.available}, its transfers sum to ${available}`,
    );
    await intruder.undo();
    const charge = items.find((item) => bodyOf(item)['kind'] === 'charge');
    if (!charge) throw new Error('Nothing was charged.');
    const postings = [
      { account: 'available', deltaUnits: '-1' },
      { account: 'pending', deltaUnits: '1' },
    ];
    await intruder.replace('ledger', charge, { body: { ...bodyOf(charge), postings } });
    const checks = (await findings()).map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(['balances', 'transfer', 'parts']));
    await intruder.undo();
    const { caseId } = severe.state;
    const entryItem = items.find(({ sk }) => sk === intruder.keys.caseEntry(PROVIDER, caseId).sk);
    if (!entryItem) throw new Error('The case has no entry.');
    const parts = structuredClone(bodyOf(entryItem)['parts']) as { stakeUnits: string }[];
    if (parts[0]) parts[0].stakeUnits = '1';
    await intruder.replace('ledger', entryItem, { body: { ...bodyOf(entryItem), parts } });
    expect(await findings()).toMatchObject([
      { check: 'balances' },
      { check: 'parts', caseId, what: expect.stringMatching(/is final with 1 units in reserve/) },
    ]);
  });

  it('tells a reserve that has more than was slashed', async () => {
    const shard = (
      await Promise.all(
        Array.from({ length: 16 }, (_, shard) =>
          intruder.itemsOf('ledger', intruder.keys.reserveShard(shard)),
        ),
      )
    ).flat();
    const [first] = shard;
    if (!first) throw new Error('The reserve is empty.');
    await intruder.replace('ledger', first, { body: { ...bodyOf(first), deltaUnits: '100000' } });
    expect(await findings()).toMatchObject([
      { check: 'balances', what: expect.stringMatching(/the reserve has/) },
    ]);
  });
});

describe('the command', () => {
  it('says what it needs where nothing is named', async () => {
    const { code, talk } = await verify('--data', '/nowhere');
    expect(code).toBe(1);
    expect(talk).toContain('stack-not-running');
  });

  it('refuses a file that is no earlier report', async () => {
    const { code, talk } = await verify('--against', installation.file({ some: 'thing' }));
    expect(code).toBe(1);
    expect(talk).toContain('is no report of verify-ledger');
  });
});
