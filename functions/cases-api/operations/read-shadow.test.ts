import { afterAll, beforeAll, expect, test } from 'vitest';
import { listCases, readCase } from '../../../contracts/http/cases.ts';
import { readShadow } from '../../../contracts/http/shadow.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import type { ImposedStep } from '../../../domain/case/state.ts';
import type { RungId } from '../../../domain/violation.ts';
import { NOW_MS, send, sendForProblem } from '../../shared/test-http.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

const DAY_MS = 86_400_000;

let fixture: CasesFixture;
let governor: string;

function wouldImpose(rung: RungId, wouldChargeUnits: string): ImposedStep {
  return {
    decisionId: `c-${rung}`,
    rung,
    imposedAtMs: NOW_MS,
    chargedUnits: '0',
    finalDueAtMs: NOW_MS,
    money: 'none',
    wouldChargeUnits,
  };
}

/** A case in shadow, so many days old. */
const stored = (caseId: string, participantId: string, days: number, more: Partial<CaseRecord>) =>
  fixture.store(caseId, participantId, {
    openedAtMs: NOW_MS - days * DAY_MS,
    shadow: true,
    ...more,
  });

beforeAll(async () => {
  fixture = await openCasesApi();
  governor = await fixture.token({ roles: ['governor'] });
  const [w, p1, s1] = [wouldImpose('W', '0'), wouldImpose('P1', '7'), wouldImpose('S1', '93')];
  await stored('d-1', 'hp-1', 1, { stage: 'correcting', rung: 'S1', imposed: [w, p1, s1] });
  const corrected = { stage: 'ended', outcome: 'corrected' } as const;
  await stored('d-2', 'hp-1', 2, { ...corrected, rung: 'W', imposed: [w] });
  await stored('d-3', 'hp-2', 3, { ...corrected, rung: 'P1', imposed: [w, p1] });
  await stored('d-4', 'hp-3', 4, { stage: 'ended', outcome: 'unconfirmed' });
  await stored('d-5', 'hp-3', 5, { stage: 'ended', outcome: 'dismissed', rung: 'W', imposed: [w] });
  const security = { violationType: 'node-compromise', family: 'security' } as const;
  await stored('n-1', 'hp-1', 6, { ...security, stage: 'correcting', rung: 'W', imposed: [w] });
  await stored('old-1', 'hp-1', 40, { rung: 'W', imposed: [w] });
  await fixture.store('real-1', 'hp-4', { openedAtMs: NOW_MS - DAY_MS });
});
afterAll(() => fixture.close());

async function report(query: Record<string, string> = {}, token = governor) {
  const answer = await send(fixture.api, { method: 'GET', path: '/v1/shadow', query, token });
  expect(answer.status).toBe(200);
  return readShadow.reply.parse(answer.body);
}

test('says per type what would have been imposed in the last thirty days', async () => {
  const { types, cases, nextCursor, from, to } = await report();
  expect({ cases, nextCursor }).toEqual({ cases: 6, nextCursor: null });
  expect([from, to]).toEqual([
    new Date(NOW_MS - 30 * DAY_MS).toISOString(),
    new Date(NOW_MS).toISOString(),
  ]);
  expect(types).toMatchObject([
    {
      violationType: 'downtime',
      family: 'performance',
      cases: 5,
      open: 1,
      participants: 3,
      wouldImpose: { W: 4, P1: 2, P2: 0, S1: 1, S2: 0 },
      wouldChargeUnits: '107',
      corrected: { W: 1, P1: 1, P2: 0, S1: 0, S2: 0 },
      unconfirmed: 1,
      dismissed: 1,
    },
    { violationType: 'node-compromise', cases: 1, wouldImpose: { W: 1 }, wouldChargeUnits: '0' },
  ]);
  expect(types[0]?.latest.map(({ caseId }) => caseId)).toEqual(['d-1', 'd-2', 'd-3', 'd-4', 'd-5']);
  expect(types[0]?.latest[0]).toMatchObject({ rung: 'S1', wouldChargeUnits: '100' });
});

test('narrows by type and by instants', async () => {
  const ofType = await report({ violationType: 'node-compromise' });
  expect(ofType.types.map(({ violationType }) => violationType)).toEqual(['node-compromise']);
  const older = await report({
    from: new Date(NOW_MS - 50 * DAY_MS).toISOString(),
    to: new Date(NOW_MS - 30 * DAY_MS).toISOString(),
  });
  expect(older.types[0]?.latest.map(({ caseId }) => caseId)).toEqual(['old-1']);
  const none = await report({ to: '2001-01-01T00:00:00Z' });
  expect(none).toMatchObject({ cases: 0, types: [], nextCursor: null });
});

test('goes on where an answer ended', async () => {
  const window = { from: new Date(NOW_MS - 3_000 * DAY_MS).toISOString(), to: instant(NOW_MS) };
  const many = Array.from({ length: 1_050 }, (_, no) => no);
  for (let first = 0; first < many.length; first += 50) {
    const group = many.slice(first, first + 50);
    await Promise.all(
      group.map((no) => stored(`m-${no}`, 'hp-9', 1_000 + no, { violationType: 'many' })),
    );
  }
  const answer = await report({ ...window, violationType: 'many' });
  expect(answer.nextCursor).not.toBeNull();
  const rest = await report({
    ...window,
    violationType: 'many',
    cursor: answer.nextCursor ?? '',
  });
  expect(answer.cases + rest.cases).toBe(1_050);
  expect(rest.nextCursor).toBeNull();
});

test('is for who makes the law, and refuses a window that ends before it begins', async () => {
  const request = (query: Record<string, string>, token: string) =>
    sendForProblem(fixture.api, { method: 'GET', path: '/v1/shadow', query, token });
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  expect(await request({}, owner)).toMatchObject({ status: 403 });
  const turned = { from: instant(NOW_MS), to: instant(NOW_MS - 1) };
  expect(await request(turned, governor)).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(await request({ from: 'yesterday' }, governor)).toMatchObject({ status: 400 });
});

test('cases say that they are in shadow, and the list tells them apart', async () => {
  const one = await send(fixture.api, { method: 'GET', path: '/v1/cases/d-1', token: governor });
  expect(readCase.reply.parse(one.body)).toMatchObject({
    shadow: true,
    imposed: [{}, {}, { rung: 'S1', chargedUnits: '0', wouldChargeUnits: '93', money: 'none' }],
  });
  const listed = async (shadow: string) => {
    const query = { shadow, limit: '200', violationType: 'downtime' };
    const { body } = await send(fixture.api, {
      method: 'GET',
      path: '/v1/cases',
      query,
      token: governor,
    });
    return listCases.reply.parse(body).items.map(({ caseId, shadow: is }) => [caseId, is]);
  };
  expect(await listed('false')).toEqual([['real-1', false]]);
  expect((await listed('true')).slice(0, 2)).toEqual([
    ['d-1', true],
    ['d-2', true],
  ]);
});

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
