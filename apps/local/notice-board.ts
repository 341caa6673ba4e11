import type { IncomingMessage, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { SecretStore } from '../../domain/ports/secret-store.ts';
import { readBody } from './http-server.ts';
import { noticeSecretId } from './keys.ts';

/** One notice as a participant of the demonstration got it. */
export interface ServedNotice {
  participantId: string;
  receivedAt: string;
  message: unknown;
}

const PATH = /^\/notices(?:\/(?<participant>[A-Za-z0-9._:-]{1,128}))?$/;
const MAX_BYTES = 1_000_000;

/** The board shows the last ones; all of them are in the participant's inbox. */
const KEPT = 500;

/**
 * The endpoints of the demonstration's participants: `POST /notices/{participant}` verifies the signature as a real receiver would and
 * answers 204; `GET /notices` and `GET /notices/{participant}` show what was served, newest first.
 */
export function noticeBoard(secrets: SecretStore) {
  const served: ServedNotice[] = [];

  async function receive(
    participantId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await readBody(request, MAX_BYTES);
    const message = body && (await verified(secrets, participantId, body, request));
    if (!message) {
      response.writeHead(401).end();
      return;
    }
    served.unshift({ participantId, receivedAt: new Date().toISOString(), message });
    served.length = Math.min(served.length, KEPT);
    response.writeHead(204).end();
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const match = PATH.exec(request.url ?? '');
    if (match === null) return false;
    const participantId = match.groups?.['participant'];
    if (request.method === 'POST' && participantId !== undefined) {
      void receive(participantId, request, response).catch(() => response.destroy());
    } else {
      const shown = served.filter(
        (notice) => participantId === undefined || notice.participantId === participantId,
      );
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ items: shown }));
    }
    return true;
  };
}

/** The message, when one of the participant's secrets signed it; else null. */
async function verified(
  secrets: SecretStore,
  participantId: string,
  body: Buffer,
  request: IncomingMessage,
): Promise<unknown> {
  const headers = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(request.headers[name] ?? ''),
    ]),
  );
  for (const secret of await secrets.secrets(noticeSecretId(participantId))) {
    try {
      return new Webhook(secret).verify(body, headers);
    } catch {
      // Another secret may be the one, while it is being rotated.
    }
  }
  return null;
}
