import { Webhook } from 'standardwebhooks';
import { toWire } from '../../contracts/wire.ts';
import type { Notice } from '../../domain/notice.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Notifier } from '../../domain/ports/notifier.ts';
import type { SecretStore } from '../../domain/ports/secret-store.ts';
import { post } from './signed-post.ts';

/** What notices are delivered with. */
export interface NotifierOptions {
  readonly secrets: SecretStore;
  readonly clock: Clock;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Deliver to addresses that are not public too: only for a stack whose participants are on the same machine. Default false. */
  readonly allowPrivate?: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Delivers notices as Standard Webhooks: the notice's id is the message's, and every valid secret signs, so that the receiver
 * accepts them through a rotation (rule A7).
 */
export function createWebhookNotifier(options: NotifierOptions): Notifier {
  const { secrets, clock, timeoutMs = DEFAULT_TIMEOUT_MS, allowPrivate = false } = options;
  return {
    async deliver(endpoint, notice) {
      const valid = await secrets.secrets(endpoint.secretId);
      if (valid.length === 0) return failed(`there is no secret ${endpoint.secretId}`);
      const atMs = clock.nowMs();
      const body = noticeMessage(notice);
      try {
        const status = await post({
          url: endpoint.url,
          headers: signedHeaders(valid, notice.noticeId, atMs, body),
          body,
          timeoutMs,
          refusePrivate: !allowPrivate,
        });
        const delivered = status >= 200 && status < 300;
        return { delivered, reason: `the endpoint answered ${status}` };
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** The body of a notice's webhook: what happened, when, and the notice as the API shows it. */
export function noticeMessage(notice: Notice): string {
  const data = toWire(notice);
  return JSON.stringify({ type: `notice.${notice.kind}`, timestamp: data.createdAt, data });
}

function signedHeaders(
  secrets: readonly string[],
  messageId: string,
  atMs: number,
  body: string,
): Record<string, string> {
  const at = new Date(atMs);
  const signatures = secrets.map((secret) => new Webhook(secret).sign(messageId, at, body));
  return {
    'content-type': 'application/json',
    'user-agent': 'swarm-slashing-notices',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}

function failed(reason: string): { delivered: false; reason: string } {
  return { delivered: false, reason };
}
