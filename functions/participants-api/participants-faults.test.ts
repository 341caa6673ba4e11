import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import type { Item } from '../../adapters/dynamodb/items.ts';
import { exportLedger, type LedgerExport } from '../../adapters/dynamodb/ledger-export.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { everyItem } from '../../test/support/faults/stored.ts';
import {
  type StruckRuns,
  type StruckStory,
  strikeEachCall,
} from '../../test/support/faults/struck-runs.ts';
import { NOW_MS, openIssuer, send, type TestAnswer, type TestIssuer } from '../shared/test-http.ts';
import { participantsApi } from './participants-api.ts';
import { ASSET, registration } from './test-participants.ts';

/**
 * Registration, resources and deposits, with a fault of every kind at every call to the store. Whoever asks sends the same request again,
 * under its key, until it is answered; nothing is booked twice and nothing is lost.
 */

interface End {
  stored: Record<string, Item[]>;
  ledger: LedgerExport;
  /** Answers that were no answer yet. */
  refusals: TestAnswer[];
  bodies: unknown[];
}

let issuer: TestIssuer;
const PATH = '/v1/participants';
const amount = (units: string) => ({ asset: ASSET, units });
const more = { resources: [{ resourceId: 'hp-1-n2', capacity: 2 }] };

/** What is asked, in its order; who asks without a key sends the same PUT again. */
const REQUESTS = [
  { path: PATH, json: registration('hp-1') },
  { path: PATH, json: registration('hp-2') },
  { path: `${PATH}/hp-1/deposits`, json: { amount: amount('1000'), externalRef: 'pay-1' } },
  { path: `${PATH}/hp-1/deposits`, json: { amount: amount('234'), externalRef: 'pay-2' } },
  { path: `${PATH}/hp-1/resources`, json: more },
  { path: `${PATH}/hp-2/resources`, json: { resources: [] }, method: 'PUT' },
  { path: `${PATH}/hp-2/deposits`, json: { amount: amount('5'), externalRef: 'pay-3' } },
  {
    path: `${PATH}/hp-1/rewards`,
    json: { amount: amount('50'), externalRef: 'wage-1', earnedAt: '2026-11-21T00:00:00Z' },
  },
  { path: `${PATH}/hp-1/rewards/payouts`, json: { amount: amount('20'), externalRef: 'out-1' } },
  { path: PATH, method: 'GET' },
  { path: `${PATH}/hp-1/ledger`, method: 'GET' },
];

const story: StruckStory<End> = async ({ store, calm, insist }) => {
  await putPolicy(calm, defaultPolicy(), 0);
  const clock = { nowMs: () => NOW_MS };
  const api = participantsApi({
    participants: createParticipantRegistry(store),
    ledger: createCaseStore(store),
    notices: createCaseStore(store),
    law: createDirectory(store, clock),
    keys: createIdempotencyKeys(store),
    tokens: issuer.tokens,
    clock,
  });
  const token = await issuer.token({ roles: ['admin', 'treasurer', 'viewer'] });
  const refusals: TestAnswer[] = [];
  const bodies: unknown[] = [];
  for (const [index, { method = 'POST', ...request }] of REQUESTS.entries()) {
    const key = `key-${String(index).padStart(8, '0')}`;
    const answer = await insist(
      `${method} ${index}`,
      () => send(api, { ...request, method, token, ...(method === 'POST' && { key }) }),
      (one) => {
        if (one.status >= 500) refusals.push(one);
        return one.status < 500;
      },
    );
    bodies.push(answer.body);
  }
  return {
    stored: withoutAnswers(await everyItem(calm)),
    ledger: await exportLedger(calm),
    refusals,
    bodies,
  };
};

/** A request whose answer was lost is told "repeat" and not "booked": it is the same deposit. */
function withoutAnswers(tables: Record<string, Item[]>): Record<string, Item[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([kind, items]) => [
      kind,
      items.map(({ answerJson: _answer, ...item }) => item),
    ]),
  );
}

function defaultPolicy() {
  const file = new URL('../../policies/default.json', import.meta.url);
  const json = { ...JSON.parse(readFileSync(file, 'utf8')), asset: ASSET };
  return parsePolicy(json, (text) => createHash('sha256').update(text).digest('hex'));
}

let runs: StruckRuns<End>;
beforeAll(async () => {
  issuer = await openIssuer();
  runs = await strikeEachCall(story);
}, 120_000);

it('meets every fault at every call', () => {
  expect(runs.plan.left).toEqual([]);
  expect(runs.plan.calls).toBeGreaterThan(25);
  expect(runs.calm.refusals).toEqual([]);
});

it('books each deposit once and registers everybody', () => {
  const balances = runs.calm.ledger.participants.map((one) => one.balances.available);
  expect(balances).toEqual(['1234', '5']);
  for (const end of runs.ends) {
    expect(end.ledger).toEqual(runs.calm.ledger);
    expect(end.stored).toEqual(runs.calm.stored);
  }
});

it('answers in the end what an undisturbed request was answered, and 503 before', () => {
  const transfers = (bodies: unknown[]) =>
    bodies.map((body) => ({ ...(body as object), status: undefined }));
  for (const { bodies, refusals } of runs.ends) {
    expect(transfers(bodies)).toEqual(transfers(runs.calm.bodies));
    for (const answer of refusals) {
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
    }
  }
});
