import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCharge } from '../../../adapters/dynamodb/test-fixtures.ts';
import { deposit, readLedger } from '../../../contracts/http/participants.ts';
import { newKey, send, sendForProblem } from '../../shared/test-http.ts';
import { ASSET, openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

let fixture: ParticipantsFixture;
let treasurer: string;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  treasurer = await fixture.token({ sub: 'tess', roles: ['treasurer'] });
  await fixture.register('hp-1');
  await fixture.register('hp-2');
});
afterAll(() => fixture.close());

const PATH = '/v1/participants/hp-1/deposits';
const payment = (units: unknown, externalRef: string, asset = ASSET) => ({
  amount: { asset, units },
  externalRef,
});

async function ledger(participantId = 'hp-1', token = treasurer) {
  const path = `/v1/participants/${participantId}/ledger`;
  return readLedger.reply.parse((await send(fixture.api, fixture.get(path, token))).body);
}

test('a deposit is booked once, however often and under whatever key it is sent', async () => {
  const request = fixture.post(PATH, payment('1000', 'pay-1'), treasurer);
  const first = await send(fixture.api, request);
  expect(first).toMatchObject({ status: 201, body: { status: 'booked' } });
  const { transferId } = deposit.reply.parse(first.body);
  expect(await send(fixture.api, request)).toMatchObject({ status: 201, body: first.body });
  const again = await send(fixture.api, { ...request, key: newKey() });
  expect(again).toMatchObject({ status: 200, body: { status: 'repeat', transferId } });
  expect(await ledger()).toMatchObject({
    asset: ASSET,
    balances: { deposited: '1000', available: '1000', held: '0' },
    charges: [],
    transfers: {
      items: [
        {
          kind: 'deposit',
          at: '2026-11-22T12:00:00.000Z',
          postings: [
            { account: 'outside', deltaUnits: '-1000' },
            { account: 'available', deltaUnits: '1000' },
          ],
        },
      ],
      nextCursor: null,
    },
  });
});

test('the same deposit sent by many clients at once is booked once', async () => {
  const before = BigInt((await ledger()).balances.available);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      send(fixture.api, fixture.post(PATH, payment('5', 'pay-race'), treasurer)),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([
    200, 200, 200, 200, 200, 200, 200, 201,
  ]);
  expect(BigInt((await ledger()).balances.available)).toBe(before + 5n);
});

const LARGEST = '9'.repeat(38);

test.each<[string, unknown, number, string]>([
  ['negative', payment('-1', 'bad-1'), 422, 'amount-invalid'],
  ['zero', payment('0', 'bad-2'), 422, 'amount-invalid'],
  ['fractional', payment('1.5', 'bad-3'), 422, 'amount-invalid'],
  ['signed', payment('+1', 'bad-4'), 422, 'amount-invalid'],
  ['padded', payment('007', 'bad-5'), 422, 'amount-invalid'],
  ['exponential', payment('1e3', 'bad-6'), 422, 'amount-invalid'],
  ['hexadecimal', payment('0x10', 'bad-7'), 422, 'amount-invalid'],
  ['of 39 digits', payment(`1${'0'.repeat(38)}`, 'bad-8'), 422, 'amount-invalid'],
  ['empty', payment('', 'bad-9'), 422, 'amount-invalid'],
  ['a JSON number', payment(1000, 'bad-10'), 422, 'amount-invalid'],
  ['a fractional number', payment(1.5, 'bad-11'), 422, 'amount-invalid'],
  ['null', payment(null, 'bad-12'), 422, 'amount-invalid'],
  ['missing', { amount: { asset: ASSET }, externalRef: 'bad-13' }, 422, 'amount-invalid'],
  ['too much for the ledger', payment(LARGEST, 'bad-14'), 422, 'amount-invalid'],
  ['of another asset', payment('1', 'bad-15', 'EUR'), 422, 'asset-mismatch'],
  ['without a reference', { amount: { asset: ASSET, units: '1' } }, 400, 'invalid-request'],
  ['with a strange reference', payment('1', 'a#b'), 400, 'invalid-request'],
  ['booked with another amount', payment('2', 'pay-1'), 409, 'external-ref-reused'],
])('an amount that is %s is refused and moves nothing', async (_name, body, status, code) => {
  const before = await ledger();
  const problem = await sendForProblem(fixture.api, fixture.post(PATH, body, treasurer));
  expect(problem).toMatchObject({ status, code });
  expect(await ledger()).toEqual(before);
});

test('a key with another amount is refused', async () => {
  const request = fixture.post(PATH, payment('3', 'pay-3'), treasurer);
  await send(fixture.api, request);
  const before = await ledger();
  for (const json of [payment('4', 'pay-3'), payment('3', 'pay-4')]) {
    expect(await sendForProblem(fixture.api, { ...request, json })).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    });
  }
  const elsewhere = { ...request, path: '/v1/participants/hp-2/deposits' };
  expect(await sendForProblem(fixture.api, elsewhere)).toMatchObject({ status: 422 });
  expect(await ledger()).toEqual(before);
});

test('nobody but a treasurer deposits, and only to somebody', async () => {
  const admin = await fixture.token({ roles: ['admin'] });
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  for (const token of [admin, owner]) {
    const request = fixture.post(PATH, payment('1', 'pay-9'), token);
    expect(await sendForProblem(fixture.api, request)).toMatchObject({ status: 403 });
  }
  const nobody = '/v1/participants/nobody/deposits';
  const request = fixture.post(nobody, payment('1', 'pay-9'), treasurer);
  expect(await sendForProblem(fixture.api, request)).toMatchObject({
    status: 404,
    code: 'participant-unknown',
  });
});

test('the ledger shows what each case charged, and its transfers newest first, page by page', async () => {
  const path = '/v1/participants/hp-2/deposits';
  for (const units of ['100', '200', '300']) {
    const request = fixture.post(path, payment(units, `hp-2-${units}`), treasurer);
    expect((await send(fixture.api, request)).status).toBe(201);
  }
  const snapshot = await fixture.participants.snapshot('hp-2');
  if (snapshot === null) throw new Error('no ledger');
  await fixture.commit({ ledger: aCharge(snapshot, 'c-1', 'P1', 70n) });
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-2' });
  const whole = await ledger('hp-2', owner);
  expect(whole).toMatchObject({
    balances: { deposited: '600', available: '530', pending: '70' },
    charges: [
      {
        caseId: 'c-1',
        occurredAt: '2026-11-01T00:00:00.000Z',
        parts: [{ rung: 'P1', status: 'pending', stakeUnits: '70', heldAt: null }],
      },
    ],
  });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: '3', ...(cursor !== null && { cursor }) };
    const request = fixture.get('/v1/participants/hp-2/ledger', owner);
    const page = readLedger.reply.parse((await send(fixture.api, { ...request, query })).body);
    seen.push(...page.transfers.items.map((transfer) => transfer.transferId));
    cursor = page.transfers.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(whole.transfers.items.map((transfer) => transfer.transferId));
  expect(whole.transfers.items.map((transfer) => transfer.kind)).toEqual([
    'charge',
    'deposit',
    'deposit',
    'deposit',
  ]);
});

test('the ledger of nobody and a foreign cursor are refused', async () => {
  const nobody = fixture.get('/v1/participants/nobody/ledger', treasurer);
  expect(await sendForProblem(fixture.api, nobody)).toMatchObject({ code: 'participant-unknown' });
  const odd = { ...fixture.get('/v1/participants/hp-1/ledger', treasurer), query: { cursor: 'x' } };
  expect(await sendForProblem(fixture.api, odd)).toMatchObject({ code: 'cursor-invalid' });
});
