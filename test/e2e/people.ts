import { randomUUID } from 'node:crypto';

/** Where an API answers, and the tokens of who may ask it: a local stack, or a deployed installation. */
export interface Api {
  readonly urls: { readonly api: string };
  readonly tokens: Readonly<Record<string, string>>;
}

/** An answer of the API. */
export interface Answer<T> {
  status: number;
  body: T;
}

/** What the tests read of a case on the wire. */
export interface CaseView {
  caseId: string;
  stage: string;
  tier: string | null;
  rung: string | null;
  announcedRung: string | null;
  outcome: string | null;
  waitsFor: string;
  nextDeadline: string | null;
  money: { heldUnits: string; pendingUnits: string; finalUnits: string; returnedUnits: string };
  proposal: { proposalId: string; draftHash: string } | null;
  holds: { cause: string }[];
  imposed: { rung: string; chargedUnits: string; imposedAt: string }[];
}

/** One person's way to an API: by token, as any client. */
export function personOf(stack: Api, account: string) {
  const token = stack.tokens[account];
  if (!token) throw new Error(`No token for ${account}.`);
  async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${stack.urls.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  }
  return {
    get: <T>(path: string) => call<T>('GET', path),
    post: <T>(path: string, body: unknown) => call<T>('POST', path, body),
    /** Posts and insists on success. */
    async does(path: string, body: unknown): Promise<void> {
      const answer = await call('POST', path, body);
      if (answer.status >= 300)
        throw new Error(`${account} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    },
  };
}
