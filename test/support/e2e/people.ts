import { randomUUID } from 'node:crypto';
import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import type { LocalStack } from '../../../apps/local/stack.ts';
import type { Problem } from '../../../contracts/problem.ts';

/** An answer of the API with its body read. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A request to the API; a POST gets a key of its own unless one is given. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly token?: string;
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly text?: string;
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the tests read of a case. */
export interface CaseView {
  caseId: string;
  participantId: string;
  violationType: string;
  stage: string;
  rung: string | null;
  announcedRung: string | null;
  announcementServedAt: string | null;
  outcome: string | null;
  workflowId: string;
  nextDeadline: string | null;
  waitsFor: string;
  holds: { cause: string }[];
  money: { pendingUnits: string };
  imposed: { rung: string; chargedUnits: string; money: string }[];
}

/** Sends a request and reads its answer as JSON. */
export async function ask<T = unknown>(stack: LocalStack, request: ApiRequest): Promise<Answer<T>> {
  const { path, token, json, text, key = randomUUID(), headers = {} } = request;
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  const method = request.method ?? (body === undefined ? 'GET' : 'POST');
  const response = await fetch(`${stack.urls.api}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'POST' && key !== null && { 'idempotency-key': key }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

/** A request that must be refused: the problem that says why. */
export function asProblem(answer: Answer): Problem {
  const type = answer.headers.get('content-type');
  if (type !== 'application/problem+json') {
    throw new Error(`no problem but ${answer.status} ${type} ${JSON.stringify(answer.body)}`);
  }
  return answer.body as Problem;
}

/** Reads and acts for the people of a stack by their accounts. */
export function peopleOf(stack: LocalStack) {
  const tokenOf = (account: string): string => {
    const token = stack.tokens[account];
    if (token === undefined) throw new Error(`No token for ${account}.`);
    return token;
  };
  async function read<T>(path: string, account = 'vera'): Promise<T> {
    const answer = await ask<T>(stack, { path, token: tokenOf(account) });
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.body;
  }
  const cases = async (participantId?: string): Promise<CaseView[]> => {
    const filter = participantId === undefined ? '' : `&participantId=${participantId}`;
    return (await read<{ items: CaseView[] }>(`/v1/cases?limit=200${filter}`)).items;
  };
  return {
    tokenOf,
    read,
    cases,
    /** Does something that must be allowed. */
    async does(account: string, path: string, json: unknown): Promise<void> {
      const answer = await ask(stack, { path, json, token: tokenOf(account) });
      if (answer.status >= 300) {
        throw new Error(`${account} ${path}: ${JSON.stringify(answer.body)}`);
      }
    },
    /** Waits until the participant's only case is as wanted; says how it was if it never is. */
    async reach(
      participantId: string,
      what: string,
      isThere: (view: CaseView) => boolean,
      withinMs = 30_000,
    ): Promise<CaseView> {
      let view: CaseView | undefined;
      await waitUntil(
        async () => {
          const found = await cases(participantId);
          if (found.length > 1) throw new Error(`${found.length} cases of ${participantId}`);
          view = found[0];
          return view !== undefined && isThere(view);
        },
        { what, withinMs, everyMs: 100 },
      ).catch((cause: unknown) => {
        throw new Error(`${what}: it is ${JSON.stringify(view)}`, { cause });
      });
      return view as CaseView;
    },
  };
}
