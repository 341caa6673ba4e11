import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listQuarantine } from '../../adapters/dynamodb/intake-quarantine.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  type Delivery,
  deliver,
  delivered,
  fromAlertmanager,
  fromNative,
  nativeBody,
} from '../support/e2e/deliveries.ts';
import { type ApiRequest, ask } from '../support/e2e/people.ts';
import {
  OPEN,
  openQuietStack,
  type QuietStack,
  RESTORING,
  seen,
} from '../support/e2e/quiet-stack.ts';

/**
 * Everything wrong that senders and people can send to the whole system: each is answered with a problem and its stable code, and neither
 * the store nor the workflows of two open cases differ afterwards.
 */

let quiet: QuietStack;
beforeAll(async () => {
  quiet = await openQuietStack();
});
afterAll(() => quiet?.open.close());

/** Asks what must be refused, and sees that it was. */
const refused = (request: ApiRequest, status: number, code: string) =>
  quiet.refused(() => ask(quiet.stack, request), status, code);

const good = () => alertmanagerBody([alertmanagerAlert(seen('op-0004', 'downtime'))]);
const goodNative = () => nativeBody([seen('op-0004', 'downtime')]);
const tooLong = (bytes: number) => JSON.stringify({ data: [], padding: 'x'.repeat(bytes) });

describe('a delivery', () => {
  it.each<[what: string, () => Delivery, status: number, code: string]>([
    ['is cut off', () => fromAlertmanager(quiet.stack, good().slice(0, -9)), 400, 'malformed-json'],
    ['is empty', () => fromAlertmanager(quiet.stack, ''), 400, 'malformed-json'],
    ['is no object', () => fromAlertmanager(quiet.stack, '[]'), 400, 'delivery-malformed'],
    [
      'has alerts of another type',
      () => fromAlertmanager(quiet.stack, '{"version":"4","alerts":{"0":{}}}'),
      400,
      'delivery-malformed',
    ],
    ['is a text, signed', () => fromNative(quiet.stack, '"fire"'), 400, 'delivery-malformed'],
    [
      'is of another media type',
      () => withHeaders(fromAlertmanager(quiet.stack, good()), { 'content-type': 'text/plain' }),
      415,
      'unsupported-media-type',
    ],
    [
      'is for an unknown source',
      () => ({ ...fromAlertmanager(quiet.stack, good()), url: alertsUrl('nobody') }),
      404,
      'source-unknown',
    ],
    [
      'has no credentials',
      () => ({ ...fromAlertmanager(quiet.stack, good()), headers: JSON_ONLY }),
      401,
      'signature-invalid',
    ],
    [
      'has a wrong token',
      () => withHeaders(fromAlertmanager(quiet.stack, good()), { authorization: 'Bearer guess' }),
      401,
      'signature-invalid',
    ],
    [
      'is signed with another secret',
      () => fromNative(quiet.stack, goodNative(), { secret: otherSecret }),
      401,
      'signature-invalid',
    ],
    [
      'was changed after it was signed',
      () => ({ ...fromNative(quiet.stack, goodNative()), body: nativeBody([]) }),
      401,
      'signature-invalid',
    ],
    [
      'was signed ten minutes ago',
      () => fromNative(quiet.stack, goodNative(), { atMs: Date.now() - 600_000 }),
      401,
      'signature-invalid',
    ],
    [
      'is over 1 MiB, native',
      () => fromNative(quiet.stack, tooLong(2 ** 20)),
      413,
      'body-too-large',
    ],
    [
      'is over 10 MiB, Alertmanager',
      () => fromAlertmanager(quiet.stack, tooLong(10 * 2 ** 20)),
      413,
      'body-too-large',
    ],
  ])('that %s is refused', async (_what, delivery, status, code) => {
    await quiet.refused(() => deliver(delivery()), status, code);
  });

  it('that takes the id of another one is refused, and its first body is known', async () => {
    const id = randomUUID();
    const body = nativeBody([seen(OPEN, 'stake-shortfall', { endsAtMs: Date.now() })]);
    expect(await delivered(fromNative(quiet.stack, body, { id }))).toMatchObject({ accepted: 1 });
    const other = () => deliver(fromNative(quiet.stack, goodNative(), { id }));
    await quiet.refused(other, 422, 'delivery-id-reused');
    expect(await delivered(fromNative(quiet.stack, body, { id }))).toMatchObject({ duplicate: 1 });
  });
});

const JSON_ONLY = { 'content-type': 'application/json' };
const otherSecret = `whsec_${randomBytes(24).toString('base64')}`;
const alertsUrl = (sourceId: string) => `${quiet.stack.urls.api}/v1/alerts/${sourceId}`;

function withHeaders(delivery: Delivery, headers: Record<string, string>): Delivery {
  return { ...delivery, headers: { ...delivery.headers, ...headers } };
}

describe('a token', () => {
  const acknowledge = (token?: string): ApiRequest => ({
    path: `/v1/cases/${quiet.openCase.caseId}/acknowledge`,
    json: { note: 'x' },
    ...(token !== undefined && { token }),
  });

  it.each<[what: string, () => ApiRequest, status: number, code: string]>([
    ['that is missing', () => acknowledge(), 401, 'token-missing'],
    ['that is none', () => acknowledge('let-me-in'), 401, 'token-invalid'],
    ['that has expired', () => acknowledge(quiet.wrongTokens.expired), 401, 'token-invalid'],
    ['of a foreign key', () => acknowledge(quiet.wrongTokens['foreign key']), 401, 'token-invalid'],
    [
      'of another issuer',
      () => acknowledge(quiet.wrongTokens['other issuer']),
      401,
      'token-invalid',
    ],
    ['of a viewer', () => acknowledge(quiet.people.tokenOf('vera')), 403, 'role-missing'],
    [
      'of another participant',
      () => acknowledge(quiet.people.tokenOf('of-op-0004')),
      403,
      'role-missing',
    ],
  ])('%s lets nobody act', async (_what, request, status, code) => {
    const answer = await refused(request(), status, code);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('of a participant shows and moves nothing of another', async () => {
    const token = quiet.people.tokenOf('of-op-0004');
    const { caseId } = quiet.openCase;
    const hidden: [path: string, json: unknown, code: string][] = [
      [`/v1/cases/${caseId}`, undefined, 'case-unknown'],
      [`/v1/cases/${caseId}/timeline`, undefined, 'case-unknown'],
      [`/v1/cases/${caseId}/answer`, { text: 'not mine' }, 'case-unknown'],
      [`/v1/cases/${caseId}/appeal`, { grounds: 'not mine' }, 'case-unknown'],
      [`/v1/participants/${OPEN}/ledger`, undefined, 'participant-unknown'],
      [`/v1/participants/${OPEN}/notices`, undefined, 'participant-unknown'],
    ];
    for (const [at, json, code] of hidden) {
      await refused({ path: at, json, token }, 404, code);
    }
  });
});

/** A request of a person about the open case, unless the path says another. */
type PersonRow = [
  what: string,
  who: string,
  path: string,
  json: unknown,
  status: number,
  code: string,
];

const deposit = (units: unknown, asset = 'SWM') => ({
  amount: { asset, units },
  externalRef: 'refused',
});
const TO_OPEN = `/v1/participants/${OPEN}/deposits`;
const draft = { draftHash: 'a'.repeat(64), reason: 'x' };

describe('a request of a person', () => {
  it.each<PersonRow>([
    ['wrong type', `of-${OPEN}`, '/answer', { text: 5 }, 400, 'invalid-request'],
    [
      'field that is not there',
      `of-${OPEN}`,
      '/answer',
      { text: 'x', by: 'me' },
      400,
      'invalid-request',
    ],
    ['no object', `of-${OPEN}`, '/answer', ['x'], 400, 'invalid-request'],
    [
      'body too large',
      `of-${OPEN}`,
      '/answer',
      { text: 'x'.repeat(65_536) },
      413,
      'body-too-large',
    ],
    ['unknown case', 'olga', '/v1/cases/none-such/acknowledge', {}, 404, 'case-unknown'],
    [
      'unknown participant',
      'theo',
      '/v1/participants/nobody/deposits',
      deposit('5'),
      404,
      'participant-unknown',
    ],
    [
      'resource of another',
      'mara',
      `/v1/participants/${OPEN}/resources`,
      { resources: [{ resourceId: 'op-0004-node-1', capacity: 1 }] },
      409,
      'resource-taken',
    ],
    ['negative amount', 'theo', TO_OPEN, deposit('-5'), 422, 'amount-invalid'],
    ['fraction', 'theo', TO_OPEN, deposit('1.5'), 422, 'amount-invalid'],
    ['39 digits', 'theo', TO_OPEN, deposit('1'.repeat(39)), 422, 'amount-invalid'],
    ['zero', 'theo', TO_OPEN, deposit('0'), 422, 'amount-invalid'],
    ['exponent', 'theo', TO_OPEN, deposit('1e3'), 422, 'amount-invalid'],
    ['leading zero', 'theo', TO_OPEN, deposit('05'), 422, 'amount-invalid'],
    ['number for an amount', 'theo', TO_OPEN, deposit(5), 422, 'amount-invalid'],
    ['another asset', 'theo', TO_OPEN, deposit('5', 'EUR'), 422, 'asset-mismatch'],
    ['deposit by an operator', 'olga', TO_OPEN, deposit('5'), 403, 'role-missing'],
    [
      'appeal for an open violation',
      `of-${OPEN}`,
      '/appeal',
      { grounds: 'please' },
      409,
      'violation-open',
    ],
    ['checks before restoration', 'olga', '/checks', {}, 409, 'wrong-stage'],
    ['confirmation of nothing', 'olga', '/remediation/confirm', {}, 409, 'remediation-missing'],
    [
      'finding without an appeal',
      'ada',
      '/findings',
      { result: 'pass', note: 'x' },
      409,
      'appeal-missing',
    ],
    ['approval of nothing', 'gwen', '/proposals/none/approve', draft, 409, 'rung-superseded'],
    [
      'rung beside an announced one',
      'gwen',
      '/proposals',
      { what: 'rung', rung: 'S2', reason: 'now' },
      409,
      'rung-announced',
    ],
  ])('with: %s', async (_what, who, at, json, status, code) => {
    const where = at.startsWith('/v1/') ? at : `/v1/cases/${quiet.openCase.caseId}${at}`;
    const token = quiet.people.tokenOf(who);
    await refused({ path: where, json, token }, status, code);
  });

  it('that is cut off, or has no key of its own, is refused', async () => {
    const request = {
      path: `/v1/cases/${quiet.openCase.caseId}/answer`,
      token: quiet.people.tokenOf(`of-${OPEN}`),
    };
    const cutOff = { ...request, text: '{"text":"x"' };
    await refused(cutOff, 400, 'malformed-json');
    const keyless = { ...request, json: { text: 'x' }, key: null };
    await refused(keyless, 400, 'idempotency-key-missing');
  });

  it.each<[what: string, who: string, () => string, first: object, second: object]>([
    [
      'an action',
      'olga',
      () => `/v1/cases/${quiet.openCase.caseId}/acknowledge`,
      { note: 'one' },
      { note: 'two' },
    ],
    ['a deposit', 'theo', () => TO_OPEN, deposit('5'), deposit('6')],
  ])(
    'that takes the key of %s for another body is refused; its repeat gets the first answer',
    async (_what, who, at, first, second) => {
      const request = { path: at(), token: quiet.people.tokenOf(who), key: randomUUID() };
      const taken = await ask(quiet.stack, { ...request, json: first });
      expect(taken.status).toBeLessThan(300);
      await refused({ ...request, json: second }, 422, 'idempotency-key-reused');
      const before = await quiet.everything();
      const repeat = await ask(quiet.stack, { ...request, json: first });
      expect([repeat.status, repeat.body]).toEqual([taken.status, taken.body]);
      expect(await quiet.everything()).toEqual(before);
    },
  );

  it('that books a payment again with another amount is refused', async () => {
    const token = quiet.people.tokenOf('theo');
    await refused({ path: TO_OPEN, token, json: deposit('7') }, 409, 'external-ref-reused');
  });

  it('that judges what the same person has remediated or confirmed is refused', async () => {
    const at = `/v1/cases/${quiet.restoringCase.caseId}`;
    const does = (who: string, what: string, json: unknown) =>
      quiet.people.does(who, `${at}${what}`, json);
    const refusedTo = (who: string, what: string, json: unknown) =>
      refused(
        { path: `${at}${what}`, json, token: quiet.people.tokenOf(who) },
        409,
        'conflict-of-interest',
      );
    await does('amy-operator', '/remediation', { cause: 'A fuse.', actions: 'Replaced.' });
    await refusedTo('amy-operator', '/remediation/confirm', {});
    await does('zoe-operator', '/remediation/confirm', {});
    await does(`of-${RESTORING}`, '/appeal', { grounds: 'It serves again.' });
    const finding = { result: 'pass', note: 'Looks good to me.' };
    await refusedTo('amy-auditor', '/findings', finding);
    await refusedTo('zoe-auditor', '/findings', finding);
    await does('ada', '/findings', finding);
    const restored = await quiet.people.reach(
      RESTORING,
      'it is reinstated',
      (view) => view.stage === 'ended',
    );
    expect(restored.outcome).toBe('reinstated');
  });
});

describe('a batch with bad alerts', () => {
  const bad: [reason: string, alert: () => unknown][] = [
    ['malformed', () => ({ status: 'on fire', labels: 7 })],
    ['timestamp-invalid', () => ({ ...fine('t'), startsAt: 'yesterday' })],
    ['from-the-future', () => ({ ...fine('f'), startsAt: '2999-01-01T00:00:00Z' })],
    ['participant-unknown', () => labelled('p', { participant_id: 'nobody' })],
    ['participant-missing', () => labelled('m', { participant_id: '' })],
    ['resource-not-owned', () => labelled('r', { resource_id: 'op-0005-node-1' })],
    ['violation-type-unknown', () => labelled('v', { violation_type: 'bad-manners' })],
    ['severity-unknown', () => labelled('s', { severity: 'apocalyptic' })],
  ];
  const fine = (fingerprint: string) => ({
    ...alertmanagerAlert(seen('op-0006', 'downtime')),
    fingerprint,
  });
  const labelled = (fingerprint: string, labels: object) => {
    const alert = fine(fingerprint);
    return { ...alert, labels: { ...alert.labels, ...labels } };
  };

  it('loses none of them, and the good one among them goes on', async () => {
    const before = await quiet.people.cases();
    const alerts = bad.map(([, alert]) => alert());
    alerts.splice(3, 0, fine('good'));
    const receipt = await delivered(fromAlertmanager(quiet.stack, alertmanagerBody(alerts)));
    expect(receipt).toMatchObject({ received: 9, accepted: 1, duplicate: 0, quarantined: 8 });
    const opened = await quiet.people.reach('op-0006', 'the good one has its case', () => true);
    const items = async () =>
      (
        await quiet.people.read<{
          items: { fate: string; reason: string | null; caseId: string }[];
        }>(`/v1/receipts/${receipt.receiptId}`)
      ).items;
    await waitUntil(async () => (await items())[3]?.fate === 'case', {
      what: 'its receipt says so',
      withinMs: 10_000,
    });
    expect((await items())[3]).toMatchObject({ caseId: opened.caseId, reason: null });
    const wanted: (string | null)[] = bad.map(([reason]) => reason);
    wanted.splice(3, 0, null);
    expect((await items()).map(({ reason }) => reason)).toEqual(wanted);
    const kept = await listQuarantine(quiet.open.store, 'alertmanager');
    expect(kept.map(({ reason }) => reason).sort()).toEqual(bad.map(([reason]) => reason).sort());
    expect(await quiet.people.cases()).toHaveLength(before.length + 1);
  });
});
