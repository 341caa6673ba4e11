import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anEntry } from '../../../adapters/dynamodb/test-fixtures.ts';
import { listWithdrawals, withdraw } from '../../../contracts/http/money.ts';
import { readLedger } from '../../../contracts/http/participants.ts';
import { MAX_RUNNING_EXITS } from '../../../domain/law/exit-outlook.ts';
import { still, toLedgerChange } from '../../../domain/ledger/move.ts';
import { NOW_MS, newKey, send, sendForProblem } from '../../shared/test-http.ts';
import { ASSET, openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

const DAY_MS = 86_400_000;

let fixture: ParticipantsFixture;
let treasurer: string;
let serial = 0;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  treasurer = await fixture.token({ sub: 'tess', roles: ['treasurer'] });
});
afterAll(() => fixture.close());

interface Staker {
  id: string;
  token: string;
}

/** A participant with a stake, signed in. */
async function staker(units: string): Promise<Staker> {
  serial += 1;
  const id = `hp-${serial}`;
  await fixture.register(id);
  const payment = { amount: { asset: ASSET, units }, externalRef: `in-${id}` };
  await send(fixture.api, fixture.post(`/v1/participants/${id}/deposits`, payment, treasurer));
  return { id, token: await fixture.token({ roles: ['participant'], participant_id: id }) };
}

const ask = ({ id, token }: Staker, units: unknown, externalRef: string, asset = ASSET) =>
  fixture.post(
    `/v1/participants/${id}/withdrawals`,
    { amount: { asset, units }, externalRef },
    token,
  );

async function begin(who: Staker, units: string, externalRef: string) {
  const answer = await send(fixture.api, ask(who, units, externalRef));
  expect(answer.status).toBe(201);
  return withdraw.reply.parse(answer.body).withdrawal;
}

async function balances({ id, token }: Staker) {
  const request = fixture.get(`/v1/participants/${id}/ledger`, token);
  return readLedger.reply.parse((await send(fixture.api, request)).body).balances;
}

async function list({ id, token }: Staker, query: Record<string, string> = {}) {
  const request = { ...fixture.get(`/v1/participants/${id}/withdrawals`, token), query };
  return listWithdrawals.reply.parse((await send(fixture.api, request)).body);
}

/** What a step of a case writes that is opened, confirmed or ended. */
async function block({ id }: Staker, caseId: string, blockUnits: bigint) {
  const snapshot = await fixture.participants.snapshot(id);
  if (snapshot === null) throw new Error('no ledger');
  const entry = anEntry(caseId, { blockUnits, occurredAtMs: NOW_MS });
  await fixture.commit({ ledger: toLedgerChange(snapshot, still(snapshot, entry)) });
}

describe('asking for a withdrawal (rule D8)', () => {
  test('the stake is on its way at once, until the end of unbonding', async () => {
    const who = await staker('1000');
    const request = ask(who, '400', 'out-1');
    const first = await send(fixture.api, request);
    expect(first).toMatchObject({
      status: 201,
      body: {
        status: 'booked',
        withdrawal: {
          externalRef: 'out-1',
          status: 'unbonding',
          requestedUnits: '400',
          exitingUnits: '400',
          leftUnits: '0',
          dueAt: new Date(NOW_MS + 28 * DAY_MS).toISOString(),
          nextLookAt: new Date(NOW_MS + 28 * DAY_MS).toISOString(),
          endedAt: null,
        },
      },
    });
    expect(await send(fixture.api, request)).toMatchObject({ status: 201, body: first.body });
    const again = await send(fixture.api, { ...request, key: newKey() });
    expect(again).toMatchObject({ status: 200, body: { status: 'repeat' } });
    expect(await balances(who)).toMatchObject({ available: '600', exiting: '400', withdrawn: '0' });
  });

  test('more than is free is refused, naming what is free and which cases keep the rest', async () => {
    const who = await staker('1000');
    await block(who, 'c-1', 250n);
    await block(who, 'c-2', 50n);
    expect(await sendForProblem(fixture.api, ask(who, '701', 'out-1'))).toMatchObject({
      status: 409,
      code: 'withdrawal-exceeds-free',
      detail: 'Free are 700 units. Open cases: c-1 keeps 250, c-2 keeps 50.',
    });
    expect(await balances(who)).toMatchObject({ available: '1000', exiting: '0' });
    await begin(who, '700', 'out-1');
    expect(await sendForProblem(fixture.api, ask(who, '1', 'out-2'))).toMatchObject({
      detail: 'Free are 0 units. Open cases: c-1 keeps 250, c-2 keeps 50.',
    });
  });

  test('many clients at once never take more than is free', async () => {
    const who = await staker('1000');
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => send(fixture.api, ask(who, '300', `out-${index}`))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 409, 409, 409]);
    expect(await balances(who)).toMatchObject({ available: '100', exiting: '900' });
  });

  test('an opening and a withdrawal never pass each other', async () => {
    const who = await staker('1000');
    const [, answer] = await Promise.all([
      block(who, 'c-1', 600n).catch(() => block(who, 'c-1', 600n)),
      send(fixture.api, ask(who, '1000', 'out-1')),
    ]);
    const { freeUnits } = await list(who);
    // Whoever came first, the other one saw it.
    if (answer.status === 201) expect(freeUnits).toBe('0');
    else expect(answer).toMatchObject({ status: 409, body: { code: 'withdrawal-exceeds-free' } });
  });

  test('the reference is the participant’s own: another body is refused, another participant is not', async () => {
    const [who, other] = [await staker('1000'), await staker('1000')];
    const mine = await begin(who, '5', 'out-1');
    expect(await sendForProblem(fixture.api, ask(who, '6', 'out-1'))).toMatchObject({
      status: 409,
      code: 'external-ref-reused',
    });
    expect((await begin(other, '6', 'out-1')).withdrawalId).not.toBe(mine.withdrawalId);
  });

  test('only so many run at the same time', async () => {
    const who = await staker('1000');
    for (let index = 0; index < MAX_RUNNING_EXITS; index += 1)
      await begin(who, '1', `out-${index}`);
    expect(await sendForProblem(fixture.api, ask(who, '1', 'out-more'))).toMatchObject({
      status: 409,
      code: 'withdrawals-too-many',
    });
  });

  test.each<[string, unknown, string, number, string]>([
    ['negative', '-1', ASSET, 422, 'amount-invalid'],
    ['zero', '0', ASSET, 422, 'amount-invalid'],
    ['a number', 5, ASSET, 422, 'amount-invalid'],
    ['of another asset', '1', 'EUR', 422, 'asset-mismatch'],
  ])('an amount that is %s is refused', async (_name, units, asset, status, code) => {
    const who = await staker('10');
    expect(await sendForProblem(fixture.api, ask(who, units, 'bad', asset))).toMatchObject({
      status,
      code,
    });
    expect(await balances(who)).toMatchObject({ available: '10' });
  });

  test('only the participant itself withdraws, and only its own', async () => {
    const [who, other] = [await staker('10'), await staker('10')];
    expect(
      await sendForProblem(fixture.api, { ...ask(who, '1', 'x'), token: treasurer }),
    ).toMatchObject({ status: 403 });
    expect(
      await sendForProblem(fixture.api, { ...ask(who, '1', 'x'), token: other.token }),
    ).toMatchObject({ status: 404, code: 'participant-unknown' });
  });
});

describe('taking it back', () => {
  const cancel = ({ id, token }: Staker, withdrawalId: string) =>
    fixture.post(`/v1/participants/${id}/withdrawals/${withdrawalId}/cancel`, {}, token);

  test('what has not left is available again, once', async () => {
    const who = await staker('1000');
    const { withdrawalId } = await begin(who, '400', 'out-1');
    const answer = await send(fixture.api, cancel(who, withdrawalId));
    expect(answer.body).toMatchObject({
      withdrawal: { status: 'cancelled', exitingUnits: '0', nextLookAt: null },
    });
    expect(await send(fixture.api, cancel(who, withdrawalId))).toMatchObject({ body: answer.body });
    expect(await balances(who)).toMatchObject({ available: '1000', exiting: '0' });
  });

  test('one that is not there is unknown', async () => {
    const who = await staker('10');
    expect(await sendForProblem(fixture.api, cancel(who, 'nothing'))).toMatchObject({
      status: 404,
      code: 'withdrawal-unknown',
    });
  });
});

test('the list shows them newest first, page by page, with what is free and what cases keep', async () => {
  const who = await staker('1000');
  for (const [index, units] of ['10', '20', '30'].entries()) {
    fixture.clock.offsetMs = index;
    await begin(who, units, `out-${index}`);
  }
  await block(who, 'c-1', 100n);
  const first = await list(who, { limit: '2' });
  expect(first).toMatchObject({
    items: [
      { requestedUnits: '30', status: 'unbonding' },
      { requestedUnits: '20', status: 'unbonding' },
    ],
    freeUnits: '840',
    blocks: [{ caseId: 'c-1', units: '100' }],
  });
  const rest = await list(who, { limit: '2', cursor: first.nextCursor ?? '' });
  expect(rest).toMatchObject({ items: [{ requestedUnits: '10' }], nextCursor: null });
  fixture.clock.offsetMs = 0;
});
