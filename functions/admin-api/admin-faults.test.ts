import { beforeAll, expect, it } from 'vitest';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import type { Item } from '../../adapters/dynamodb/items.ts';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { everyItem } from '../../test/support/faults/stored.ts';
import {
  type StruckRuns,
  type StruckStory,
  strikeEachCall,
} from '../../test/support/faults/struck-runs.ts';
import { NOW_MS, openIssuer, send, type TestAnswer, type TestIssuer } from '../shared/test-http.ts';
import { adminApi } from './admin-api.ts';
import { ALICE, BOB, DAY_MS, instantIn, policyFile, sha256Hex } from './test-admin.ts';
import { incidentParts } from './test-incidents.ts';

/**
 * A law is proposed, approved and followed by one that is withdrawn, with a fault of every kind at every call to the store. Whoever asks
 * sends the same request again, under its key, until it is answered; nothing becomes law twice, or in part.
 */

interface End {
  stored: Record<string, Item[]>;
  laws: string[];
  refusals: TestAnswer[];
  bodies: unknown[];
}

let issuer: TestIssuer;

const story: StruckStory<End> = async ({ store, calm, insist }) => {
  const first = policyFile('default-1');
  await putPolicy(calm, parsePolicy(first, sha256Hex), 0, canonicalJson(first));
  const clock = { nowMs: () => NOW_MS };
  const api = adminApi({
    ...incidentParts(store, clock),
    policies: createPolicyRegister(store),
    tokens: issuer.tokens,
    clock,
  });
  const tokens = { alice: await issuer.token(ALICE), bob: await issuer.token(BOB) };
  const refusals: TestAnswer[] = [];
  const bodies: unknown[] = [];
  const post = async (who: keyof typeof tokens, path: string, json: unknown) => {
    const request = { method: 'POST', path, json, token: tokens[who] };
    const key = `key-of-${who}-${bodies.length}`;
    const answer = await insist(
      `POST ${path}`,
      () => send<{ draftHash: string }>(api, { ...request, key }),
      (one) => {
        if (one.status >= 500) refusals.push(one);
        return one.status < 500;
      },
    );
    bodies.push(answer.body);
    return answer.body;
  };
  for (const [index, version] of ['law-2', 'law-3'].entries()) {
    const effectiveFrom = instantIn((8 + index) * DAY_MS);
    const proposal = { policy: policyFile(version), effectiveFrom };
    const { draftHash } = await post('alice', '/v1/policies', proposal);
    await post('bob', `/v1/policies/${version}/approve`, { draftHash, reason: 'agreed' });
  }
  await post('alice', '/v1/policies/law-3/withdraw', { reason: 'not yet' });
  const directory = createDirectory(calm, clock);
  const laws = await Promise.all(
    [0, 8, 9].map(async (days) => (await directory.policyAt(NOW_MS + days * DAY_MS)).version),
  );
  return { stored: withoutAnswers(await everyItem(calm)), laws, refusals, bodies };
};

/** A request whose answer was lost is answered as a repeat: the same version, but 200 in place of 201. */
function withoutAnswers(tables: Record<string, Item[]>): Record<string, Item[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([kind, items]) => [
      kind,
      items.map(({ answerJson: _answer, ...item }) => item),
    ]),
  );
}

let runs: StruckRuns<End>;
beforeAll(async () => {
  issuer = await openIssuer();
  runs = await strikeEachCall(story);
}, 180_000);

it('meets every fault at every call', () => {
  expect(runs.plan.left).toEqual([]);
  expect(runs.plan.calls).toBeGreaterThan(25);
  expect(runs.calm.refusals).toEqual([]);
});

it('ends with the same laws, register and history, whatever failed on the way', () => {
  expect(runs.calm.laws).toEqual(['default-1', 'law-2', 'law-2']);
  for (const end of runs.ends) {
    expect(end.laws).toEqual(runs.calm.laws);
    expect(end.stored).toEqual(runs.calm.stored);
    expect(end.bodies).toEqual(runs.calm.bodies);
    for (const { status } of end.refusals) expect(status).toBe(503);
  }
});
