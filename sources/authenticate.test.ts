import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authenticate, SIGNATURE_TOLERANCE_MS } from './authenticate.ts';

const NOW_MS = 1_700_000_000_000;
const body = Buffer.from('{"data":{}}');
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('bearer and basic', () => {
  const check = (kind: 'bearer' | 'basic', authorization: string | undefined) => {
    const auth =
      kind === 'bearer'
        ? ({ kind, secretId: 's' } as const)
        : ({ kind, username: 'am', secretId: 's' } as const);
    return authenticate(auth, { headers: { authorization }, body }, ['new', 'old'], NOW_MS);
  };

  it.each([
    ['bearer', 'Bearer new', null],
    ['bearer', 'bearer  old', null],
    ['bearer', 'Bearer newer', 'credentials-wrong'],
    ['bearer', 'Bearer', 'credentials-wrong'],
    ['bearer', basic('am:new'), 'credentials-wrong'],
    ['bearer', undefined, 'credentials-missing'],
    ['basic', basic('am:new'), null],
    ['basic', basic('am:old'), null],
    ['basic', basic('am:'), 'credentials-wrong'],
    ['basic', basic('other:new'), 'credentials-wrong'],
    ['basic', 'Bearer new', 'credentials-wrong'],
    ['basic', '', 'credentials-missing'],
  ] as const)('%s: %s → %s', (kind, header, expected) => {
    expect(check(kind, header)).toBe(expected);
  });

  it('lets nobody in when there is no secret', () => {
    const auth = { kind: 'bearer', secretId: 's' } as const;
    const delivery = { headers: { authorization: 'Bearer x' }, body };
    expect(authenticate(auth, delivery, [], NOW_MS)).toBe('credentials-wrong');
  });
});

describe('Standard Webhooks', () => {
  const secrets = [1, 2].map((byte) => Buffer.alloc(32, byte));
  const stored = secrets.map((secret) => `whsec_${secret.toString('base64')}`);
  const auth = { kind: 'standard-webhooks', secretId: 's' } as const;

  /** Signed by the letter of the specification, not by the library under test. */
  function signature(atMs: number, secret = secrets[0] as Buffer, content = body, id = 'msg-1') {
    const text = `${id}.${Math.floor(atMs / 1_000)}.${content.toString()}`;
    return `v1,${createHmac('sha256', secret).update(text).digest('base64')}`;
  }

  const check = (headers: Record<string, string>) =>
    authenticate(
      auth,
      {
        headers: { 'webhook-id': 'msg-1', 'webhook-timestamp': String(NOW_MS / 1_000), ...headers },
        body,
      },
      stored,
      NOW_MS,
    );

  it.each([
    ['the new secret', { 'webhook-signature': signature(NOW_MS) }, null],
    ['the old secret', { 'webhook-signature': signature(NOW_MS, secrets[1]) }, null],
    [
      'several signatures of which one fits',
      { 'webhook-signature': `v1,AAAA v1a,BBBB ${signature(NOW_MS)}` },
      null,
    ],
    [
      'another body',
      { 'webhook-signature': signature(NOW_MS, secrets[0], Buffer.from('{}')) },
      'credentials-wrong',
    ],
    [
      'another id',
      { 'webhook-signature': signature(NOW_MS), 'webhook-id': 'msg-2' },
      'credentials-wrong',
    ],
    ['no signature', { 'webhook-signature': '' }, 'credentials-missing'],
    [
      'a timestamp that is none',
      { 'webhook-signature': signature(NOW_MS), 'webhook-timestamp': 'now' },
      'credentials-wrong',
    ],
  ])('%s', (_name, headers, expected) => {
    expect(check(headers)).toBe(expected);
  });

  it.each([
    [0, null],
    [-SIGNATURE_TOLERANCE_MS, null],
    [SIGNATURE_TOLERANCE_MS, null],
    [-SIGNATURE_TOLERANCE_MS - 1_000, 'timestamp-outside'],
    [SIGNATURE_TOLERANCE_MS + 1_000, 'timestamp-outside'],
  ])('signed %i ms off our clock', (offMs, expected) => {
    const atMs = NOW_MS + offMs;
    const headers = {
      'webhook-timestamp': String(atMs / 1_000),
      'webhook-signature': signature(atMs),
    };
    expect(check(headers)).toBe(expected);
  });
});
