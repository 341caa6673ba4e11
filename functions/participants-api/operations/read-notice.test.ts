import { afterAll, beforeAll, expect, test } from 'vitest';
import { aNotice } from '../../../adapters/dynamodb/test-fixtures.ts';
import { listNotices, readNotice } from '../../../contracts/http/participants.ts';
import { send, sendForProblem } from '../../shared/test-http.ts';
import { openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

let fixture: ParticipantsFixture;
let owner: string;
let operator: string;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  operator = await fixture.token({ roles: ['operator'] });
  await fixture.register('hp-1');
  await fixture.register('hp-2');
  await fixture.commit({
    notices: [aNotice('c-1-n1', 'c-1', 'hp-1'), aNotice('c-1-n2', 'c-1', 'hp-1')],
  });
});
afterAll(() => fixture.close());

const PATH = '/v1/participants/hp-1/notices';
const read = async (path: string, token: string) =>
  (await send(fixture.api, fixture.get(path, token))).body;
const one = async (token: string, noticeId = 'c-1-n1') =>
  readNotice.reply.parse(await read(`${PATH}/${noticeId}`, token));

test('the list names the notices without saying what they say, and serves none', async () => {
  for (const token of [owner, operator]) {
    const page = listNotices.reply.parse(await read(PATH, token));
    expect(page.items.map((item) => item.noticeId).toSorted()).toEqual(['c-1-n1', 'c-1-n2']);
    for (const item of page.items) {
      expect(item).toMatchObject({ kind: 'rung-announced', servedAt: null, readAt: null });
      expect(item).not.toHaveProperty('guidance');
    }
  }
});

test('staff reads a notice without serving it; the participant’s own reading serves it (rule A7)', async () => {
  const seen = await one(operator);
  expect(seen).toMatchObject({
    notice: { noticeId: 'c-1-n1', graceMs: 86_400_000, createdAt: '2026-11-01T00:00:00.000Z' },
    servedAt: null,
    readAt: null,
  });
  expect(seen.notice).not.toHaveProperty('v');
  fixture.clock.offsetMs = 1_000;
  const served = { servedBy: 'read', servedAt: '2026-11-22T12:00:01.000Z' };
  expect(await one(owner)).toMatchObject({ ...served, readAt: '2026-11-22T12:00:01.000Z' });
  fixture.clock.offsetMs = 2_000;
  expect(await one(owner)).toMatchObject(served);
  fixture.clock.offsetMs = 0;
  expect(await one(operator)).toMatchObject(served);
  expect(await one(operator, 'c-1-n2')).toMatchObject({ servedAt: null });
});

test('who is staff and participant serves its own notices', async () => {
  const both = await fixture.token({ roles: ['operator', 'participant'], participant_id: 'hp-1' });
  expect(await one(both, 'c-1-n2')).toMatchObject({ servedBy: 'read' });
});

test('unknown notices, and notices of others, are not there', async () => {
  const stranger = await fixture.token({ roles: ['participant'], participant_id: 'hp-2' });
  const requests: [string, string, string][] = [
    [`${PATH}/c-9-n1`, owner, 'notice-unknown'],
    [`${PATH}/c-9-n1`, operator, 'notice-unknown'],
    [`${PATH}/c-1-n1`, stranger, 'participant-unknown'],
    ['/v1/participants/hp-2/notices/c-1-n1', stranger, 'notice-unknown'],
    ['/v1/participants/nobody/notices', operator, 'participant-unknown'],
  ];
  for (const [path, token, code] of requests) {
    const problem = await sendForProblem(fixture.api, fixture.get(path, token));
    expect(problem, path).toMatchObject({ status: 404, code });
  }
});
