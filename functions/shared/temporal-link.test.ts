import * as sdk from '@temporalio/client';
import { expect, test } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';
import { keepLink, type OpenedLink } from './temporal-link.ts';

/** A connection as far as a link uses it. */
function connection(): OpenedLink {
  const opened = {
    sdk,
    connection: { close: async () => undefined },
    client: { withDeadline: (_: number, work: () => Promise<unknown>) => work() },
    shown: { apiKey: null },
  };
  return opened as unknown as OpenedLink;
}

const secretOf = (read: () => Promise<unknown>): PlatformSecret => ({ read, refresh: read });
const invalid = () => new DomainError('temporal-secret-invalid', 'bug', 'no');

test.each([
  ['has another form', async () => ({ apikey: 'x' }), 'temporal-secret-invalid'],
  ['is refused where it is kept', () => Promise.reject(invalid()), 'temporal-secret-invalid'],
])('a secret that %s is no fault of what waits', async (_name, read, reason) => {
  const link = keepLink({ secret: secretOf(read) }, async () => connection());
  await expect(link.call(1_000, async () => 'told')).rejects.toMatchObject({
    code: 'workflow-unreachable',
    fault: 'dependency',
    details: { reason },
  });
});

test('a connection that cannot even be opened is tried again with the next call', async () => {
  let opened = 0;
  const link = keepLink({ secret: secretOf(async () => ({ apiKey: 'x' })) }, async () => {
    opened += 1;
    if (opened === 1) throw new TypeError('a certificate that is none');
    return connection();
  });
  await expect(link.call(1_000, async () => 'told')).rejects.toMatchObject({
    code: 'workflow-unreachable',
    details: { reason: 'TypeError' },
  });
  expect(await link.call(1_000, async () => 'told')).toBe('told');
});
