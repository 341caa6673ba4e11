import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../domain/notice.ts';
import { createWebhookNotifier, type NotifierOptions } from './webhook-notifier.ts';

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const OLD_SECRET = `whsec_${randomBytes(24).toString('base64')}`;

const notice: Notice = {
  v: 1,
  noticeId: 'case-1.P1.1',
  networkId: 'main',
  caseId: 'case-1',
  participantId: 'provider-1',
  kind: 'rung-announced',
  violationType: 'downtime',
  family: 'performance',
  severity: 'minor',
  rung: 'W',
  tier: 'warning',
  announcedRung: 'P1',
  resourceIds: ['gpu-1'],
  graceMs: 5_000,
  answerWindowMs: 5_000,
  evidence: [{ alertKey: 'am/1', startsAtMs: 1_000, lastSeenAtMs: 2_000 }],
  guidance: { impact: 'Ünreachable', steps: ['Restart it.'], links: [], contact: 'help' },
  checks: ['no alert fires'],
  howTo: 'Answer.',
  createdAtMs: 3_000,
};

interface Received {
  headers: Record<string, string>;
  body: string;
}

describe('the webhook notifier', () => {
  const received: Received[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      answer(request, response);
    });
  });
  let port = 0;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  beforeEach(() => {
    received.length = 0;
    answer = (_, response) => response.writeHead(204).end();
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  function deliver(url: string, options: Partial<NotifierOptions> = {}) {
    const notifier = createWebhookNotifier({
      secrets: { secrets: async (id) => (id === 'known' ? [SECRET, OLD_SECRET] : []) },
      clock: { nowMs: () => Date.now() },
      allowPrivate: true,
      ...options,
    });
    return notifier.deliver({ url, secretId: 'known' }, notice);
  }
  const here = () => `http://127.0.0.1:${port}/notices/provider-1`;

  it.each([
    ['new', SECRET],
    ['old', OLD_SECRET],
  ])('signs so that a receiver with the %s secret can verify', async (_, secret) => {
    expect(await deliver(here())).toEqual({
      delivered: true,
      reason: 'the endpoint answered 204',
    });
    const [message] = received;
    const shown = new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {});
    expect(shown).toMatchObject({
      type: 'notice.rung-announced',
      timestamp: '1970-01-01T00:00:03.000Z',
      data: {
        noticeId: 'case-1.P1.1',
        announcedRung: 'P1',
        guidance: { impact: 'Ünreachable' },
        evidence: [{ startsAt: '1970-01-01T00:00:01.000Z' }],
      },
    });
  });

  it('uses the same message id for the same notice, so that a repeat is recognisable', async () => {
    await deliver(here());
    await deliver(here());
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([
      notice.noticeId,
      notice.noticeId,
    ]);
  });

  it.each([301, 400, 410, 500])('takes an answer of %i for not delivered', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: here() }).end();
    expect(await deliver(here())).toEqual({
      delivered: false,
      reason: `the endpoint answered ${status}`,
    });
    expect(received).toHaveLength(1);
  });

  it('gives up on a silent endpoint', async () => {
    answer = () => {};
    expect(await deliver(here(), { timeoutMs: 150 })).toEqual({
      delivered: false,
      reason: 'no answer within 150 ms',
    });
  });

  it('does not wait for the end of an answer', async () => {
    answer = (_, response) => response.writeHead(200).write('x');
    expect(await deliver(here(), { timeoutMs: 2_000 })).toMatchObject({ delivered: true });
  });

  it('says so when nobody listens', async () => {
    expect(await deliver('http://127.0.0.1:1/')).toMatchObject({
      delivered: false,
      reason: 'ECONNREFUSED',
    });
  });

  it.each(['http://127.0.0.1', 'http://localhost', 'http://[::1]', 'http://[::ffff:127.0.0.1]'])(
    'refuses %s unless private addresses are allowed, and sends nothing',
    async (host) => {
      const outcome = await deliver(`${host}:${port}/`, { allowPrivate: false });
      expect(outcome).toMatchObject({
        delivered: false,
        reason: expect.stringContaining('public'),
      });
      expect(received).toHaveLength(0);
    },
  );

  it.each(['file:///etc/hosts', 'ftp://example.org/', 'not a url'])('refuses %s', async (url) => {
    expect(await deliver(url)).toMatchObject({ delivered: false });
  });

  it('delivers nothing unsigned', async () => {
    const outcome = await deliver(here(), { secrets: { secrets: async () => [] } });
    expect(outcome).toEqual({ delivered: false, reason: 'there is no secret known' });
    expect(received).toHaveLength(0);
  });
});
