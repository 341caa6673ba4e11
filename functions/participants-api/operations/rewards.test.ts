import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anEntry, aSanction } from '../../../adapters/dynamodb/test-fixtures.ts';
import { creditReward } from '../../../contracts/http/money.ts';
import { readLedger } from '../../../contracts/http/participants.ts';
import type { CaseEntry, CutFall, LedgerSnapshot } from '../../../domain/ledger/accounts.ts';
import { returnWithheld } from '../../../domain/ledger/cuts.ts';
import { toLedgerChange } from '../../../domain/ledger/move.ts';
import { chargeAutomatic } from '../../../domain/ledger/moves.ts';
import type { Sanction } from '../../../domain/sanction.ts';
import { NOW_MS, newKey, send, sendForProblem } from '../../shared/test-http.ts';
import { ASSET, openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

let fixture: ParticipantsFixture;
let treasurer: string;
let serial = 0;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  treasurer = await fixture.token({ sub: 'tess', roles: ['treasurer'] });
});
afterAll(() => fixture.close());

/** A participant that no other test knows. */
async function newcomer(): Promise<string> {
  serial += 1;
  await fixture.register(`hp-${serial}`);
  return `hp-${serial}`;
}

const reward = (
  units: unknown,
  externalRef: string,
  earnedAtMs = NOW_MS - 1_000,
  asset = ASSET,
) => ({
  amount: { asset, units },
  externalRef,
  earnedAt: new Date(earnedAtMs).toISOString(),
});
const credit = (who: string, json: unknown) =>
  fixture.post(`/v1/participants/${who}/rewards`, json, treasurer);
const payout = (who: string, units: string, externalRef: string) =>
  fixture.post(
    `/v1/participants/${who}/rewards/payouts`,
    { amount: { asset: ASSET, units }, externalRef },
    treasurer,
  );

async function balances(who: string) {
  const request = fixture.get(`/v1/participants/${who}/ledger`, treasurer);
  return readLedger.reply.parse((await send(fixture.api, request)).body).balances;
}

async function snapshotOf(who: string): Promise<LedgerSnapshot> {
  const snapshot = await fixture.participants.snapshot(who);
  if (snapshot === null) throw new Error('no ledger');
  return snapshot;
}

/** What a step of a case writes: its entry and its sanction. */
async function sanction(
  who: string,
  caseId: string,
  changes: Partial<Sanction>,
  entry: Partial<CaseEntry> = {},
) {
  const { version, balances: unchanged } = await snapshotOf(who);
  await fixture.commit({
    ledger: {
      participantId: who,
      expectedVersion: version,
      balances: unchanged,
      transfers: [],
      entry: anEntry(caseId, { occurredAtMs: NOW_MS, ...entry }),
      sanction: { ...aSanction(caseId, who), rewardCutUntilMs: null, ...changes },
    },
  });
}

const cutting = (bps: number) => ({
  access: 'probation' as const,
  rewardCutBps: bps,
  rewardCutUntilMs: NOW_MS + 60_000,
});

describe('crediting a reward (rule C3)', () => {
  test('without sanctions all of it is unpaid, and it is credited once', async () => {
    const who = await newcomer();
    const request = credit(who, reward('1000', 'r-once'));
    const first = await send(fixture.api, request);
    expect(first.status).toBe(201);
    expect(creditReward.reply.parse(first.body)).toEqual({
      status: 'booked',
      transferId: 'reward/r-once',
      units: '1000',
      withheldUnits: '0',
      unpaidUnits: '1000',
      cuts: [],
    });
    expect(await send(fixture.api, request)).toMatchObject({ status: 201, body: first.body });
    const again = await send(fixture.api, { ...request, key: newKey() });
    expect(again).toMatchObject({ status: 200, body: { status: 'repeat', unpaidUnits: '1000' } });
    expect(await balances(who)).toMatchObject({ rewardsCredited: '1000', rewardsUnpaid: '1000' });
  });

  test('a reward credited twice under one reference is refused, whatever differs', async () => {
    const [who, other] = [await newcomer(), await newcomer()];
    await send(fixture.api, credit(who, reward('5', 'r-twice')));
    for (const request of [
      credit(who, reward('6', 'r-twice')),
      credit(who, reward('5', 'r-twice', NOW_MS - 2_000)),
      credit(other, reward('5', 'r-twice')),
    ]) {
      expect(await sendForProblem(fixture.api, request)).toMatchObject({
        status: 409,
        code: 'external-ref-reused',
      });
    }
    expect(await balances(other)).toMatchObject({ rewardsCredited: '0' });
  });

  test('many clients at once credit it once', async () => {
    const who = await newcomer();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => send(fixture.api, credit(who, reward('7', 'r-race')))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(await balances(who)).toMatchObject({ rewardsCredited: '7' });
  });

  test('the largest active cut is withheld, rounded down, with every case that cuts', async () => {
    const who = await newcomer();
    await sanction(who, `${who}-a`, cutting(1_000));
    await sanction(who, `${who}-b`, cutting(2_500));
    await sanction(who, `${who}-c`, { ...cutting(9_000), rewardCutUntilMs: NOW_MS });
    const { body } = await send(fixture.api, credit(who, reward('1001', `r-${who}`)));
    expect(body).toMatchObject({
      withheldUnits: '250',
      unpaidUnits: '751',
      cuts: [
        { caseId: `${who}-a`, bps: 1_000 },
        { caseId: `${who}-b`, bps: 2_500 },
      ],
    });
  });

  test('earned in a suspension it is withheld whole; earned before, it is only cut', async () => {
    const who = await newcomer();
    const since = NOW_MS - 10_000;
    await sanction(who, `${who}-a`, {
      ...cutting(1_000),
      access: 'suspended',
      sinceMs: since,
      barred: [{ fromMs: since, toMs: null }],
    });
    const before = await send(fixture.api, credit(who, reward('100', `r-1-${who}`, since - 1)));
    expect(before.body).toMatchObject({ withheldUnits: '10' });
    const during = await send(fixture.api, credit(who, reward('100', `r-2-${who}`, since)));
    expect(during.body).toMatchObject({ withheldUnits: '100', unpaidUnits: '0' });
  });

  const fallenAt = (atMs: number, barsUntilMs = 0): CutFall => {
    return { reviewId: 'x', atMs, creditedByMs: atMs, bps: 500, untilMs: NOW_MS * 2, barsUntilMs };
  };

  test.each([
    ['as it stands', {}, '10000'],
    ['reduced', { cutFalls: [fallenAt(NOW_MS)] }, '500'],
    ['reduced to what bars too', { cutFalls: [fallenAt(NOW_MS, NOW_MS)] }, '10000'],
    ['reduced, then raised again', { cutFalls: [fallenAt(NOW_MS - 4_000)] }, '10000'],
    ['fallen as a whole', { cutFalls: [fallenAt(NOW_MS - 4_000)], counts: false }, '0'],
    ['behind another of its cause', { counts: false, inert: 'cause' as const }, '10000'],
  ])(
    'a case of the kin cuts a later reward too: %s (rules C8, D10)',
    async (_, entry, withheldUnits) => {
      const [kin, who] = [`kin-${serial}`, `kin-${serial}-twin`];
      serial += 1;
      for (const one of [kin, who])
        await fixture.register(one, { controlGroup: `group-of-${kin}` });
      const since = NOW_MS - 5_000;
      const barred = [{ fromMs: since, toMs: null }];
      const spell = { ...cutting(500), access: 'suspended' as const, sinceMs: since, barred };
      await sanction(kin, `c-kin-${serial}`, spell, entry);
      const { body } = await send(fixture.api, credit(who, reward('10000', `r-kin-${serial}`)));
      expect(creditReward.reply.parse(body)).toMatchObject({ withheldUnits });
    },
  );

  test('when a case falls, exactly what it alone caused comes back', async () => {
    const who = await newcomer();
    await sanction(who, `${who}-a`, cutting(1_000));
    await sanction(who, `${who}-b`, cutting(2_500));
    await send(fixture.api, credit(who, reward('1001', `r-${who}`)));
    const fall = async (caseId: string) => {
      const snapshot = await snapshotOf(who);
      const ref = { caseId, decisionId: 'review', atMs: NOW_MS };
      const move = returnWithheld(snapshot, ref);
      await fixture.commit({ ledger: toLedgerChange(snapshot, move) });
      expect((await snapshotOf(who)).unpaidRewards).toEqual(move.unpaidRewards);
    };
    await fall(`${who}-b`);
    expect(await balances(who)).toMatchObject({ withheld: '100', rewardsUnpaid: '901' });
    await fall(`${who}-a`);
    expect(await balances(who)).toMatchObject({ withheld: '0', rewardsUnpaid: '1001' });
  });
});

describe('paying rewards out', () => {
  test('is booked once, and lessens what a charge finds (rule D5)', async () => {
    const who = await newcomer();
    await send(fixture.api, credit(who, reward('100', `r-1-${who}`, NOW_MS - 3_000)));
    await send(fixture.api, credit(who, reward('50', `r-2-${who}`, NOW_MS - 2_000)));
    const request = payout(who, '120', `out-${who}`);
    expect(await send(fixture.api, request)).toMatchObject({
      status: 201,
      body: { status: 'booked' },
    });
    const again = await send(fixture.api, { ...request, key: newKey() });
    expect(again).toMatchObject({ status: 200, body: { status: 'repeat' } });
    expect(await balances(who)).toMatchObject({ rewardsUnpaid: '30', rewardsPaid: '120' });
    expect((await snapshotOf(who)).unpaidRewards).toEqual([
      { earnedAtMs: NOW_MS - 2_000, units: 30n },
    ]);
    expect(await sendForProblem(fixture.api, payout(who, '31', `more-${who}`))).toMatchObject({
      status: 409,
      code: 'payout-exceeds-unpaid',
      detail: 'Unpaid are 30 units.',
    });
  });

  test('what a case has taken is not paid, and what it gives back is', async () => {
    const who = await newcomer();
    await send(fixture.api, credit(who, reward('100', `r-${who}`)));
    await sanction(who, `${who}-a`, { access: 'probation' });
    const snapshot = await snapshotOf(who);
    const charge = { caseId: `${who}-a`, decisionId: 'P1', rung: 'P1' as const, atMs: NOW_MS };
    const amount = { fromRewardsUnits: 60n, fromStakeUnits: 0n };
    const move = chargeAutomatic(snapshot, { ...charge, amount, finalDueAtMs: NOW_MS + 1 });
    await fixture.commit({ ledger: toLedgerChange(snapshot, move) });
    expect(await sendForProblem(fixture.api, payout(who, '41', `out-${who}`))).toMatchObject({
      code: 'payout-exceeds-unpaid',
    });
    expect((await send(fixture.api, payout(who, '40', `out-${who}`))).status).toBe(201);
  });

  test.each(['suspended', 'excluded'] as const)('nothing is paid while %s', async (access) => {
    const who = await newcomer();
    await send(fixture.api, credit(who, reward('100', `r-${who}`)));
    await sanction(who, `${who}-a`, { access });
    expect(await sendForProblem(fixture.api, payout(who, '1', `out-${who}`))).toMatchObject({
      status: 409,
      code: 'rewards-held',
    });
  });
});

test.each<[string, unknown, number, string]>([
  ['negative', reward('-1', 'bad-1'), 422, 'amount-invalid'],
  ['zero', reward('0', 'bad-2'), 422, 'amount-invalid'],
  ['too much for the ledger', reward('9'.repeat(38), 'bad-3'), 422, 'amount-invalid'],
  ['of another asset', reward('1', 'bad-4', NOW_MS, 'EUR'), 422, 'asset-mismatch'],
  ['earned later', reward('1', 'bad-5', NOW_MS + 1), 422, 'earned-later'],
  ['earned at no instant', { ...reward('1', 'bad-6'), earnedAt: 'today' }, 400, 'invalid-request'],
  ['without its instant', { ...reward('1', 'bad-7'), earnedAt: undefined }, 400, 'invalid-request'],
])('a reward that is %s is refused and moves nothing', async (_name, body, status, code) => {
  const who = await newcomer();
  await send(fixture.api, credit(who, reward('1', `r-${who}`)));
  const before = await balances(who);
  expect(await sendForProblem(fixture.api, credit(who, body))).toMatchObject({ status, code });
  expect(await balances(who)).toEqual(before);
});

test('nobody but a treasurer credits or pays, and only to somebody', async () => {
  const who = await newcomer();
  const owner = await fixture.token({ roles: ['participant'], participant_id: who });
  for (const request of [credit(who, reward('1', 'r-own')), payout(who, '1', 'out-own')])
    expect(await sendForProblem(fixture.api, { ...request, token: owner })).toMatchObject({
      status: 403,
    });
  for (const request of [credit('nobody', reward('1', 'r-9')), payout('nobody', '1', 'out-9')])
    expect(await sendForProblem(fixture.api, request)).toMatchObject({
      status: 404,
      code: 'participant-unknown',
    });
});
