import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaseRecord } from '../../domain/case/record.ts';
import { createCaseStore } from './case-store.ts';
import type { Store } from './client.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { aParticipant, aRecord, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

const LAW = { shrinkNoticeMs: 1_000 };
const at = (atMs: number) => ({ actor: 'admin', atMs });
const DUE_MS = T0 + 1_000;

/** Two participants; the first has the node `old-node`. */
async function pair(networkId: string) {
  const store: Store = { ...test_.store, networkId };
  const registry = createParticipantRegistry(store);
  await registry.register(aParticipant('old'), 'SWM', at(T0));
  await registry.register(aParticipant('new'), 'SWM', at(T0));
  const cases = createCaseStore(store);
  let steps = 0;
  const putCase = async (change: Partial<CaseRecord>) => {
    steps += 1;
    const record = aRecord('c-1', 'old', change);
    await cases.commit(aStep(`step-${steps}`, { record }));
  };
  const take = (atMs: number) =>
    registry.putResources('new', [{ resourceId: 'old-node', capacity: 3 }], at(atMs), LAW);
  return { registry, putCase, take };
}

test('a resource changes hands after the notice, and each knows since when', async () => {
  const { registry, take } = await pair('passes');
  await expect(take(T0)).rejects.toMatchObject({ code: 'resource-taken' });
  await registry.releaseResource('old', 'old-node', at(T0), LAW);
  await expect(take(DUE_MS - 1)).rejects.toMatchObject({ code: 'resource-taken' });
  const taken = await take(DUE_MS);
  expect(taken.resources.at(-1)).toEqual({
    resourceId: 'old-node',
    capacity: 3,
    ownedFromMs: DUE_MS,
  });
  const back = registry.putResources(
    'old',
    [{ resourceId: 'old-node', capacity: 1 }],
    at(DUE_MS),
    LAW,
  );
  await expect(back).rejects.toMatchObject({ code: 'resource-taken' });
});

test('a registration may take over what is free as well', async () => {
  const { registry } = await pair('registers');
  await registry.releaseResource('old', 'old-node', at(T0), LAW);
  const third = aParticipant('third', { resources: [{ resourceId: 'old-node', capacity: 1 }] });
  await registry.register(third, 'SWM', at(DUE_MS));
  expect((await registry.read('third'))?.resources[0]).toMatchObject({ ownedFromMs: DUE_MS });
});

test('declared again in time it is free for nobody', async () => {
  const { registry, take } = await pair('stays');
  const [own] = aParticipant('old').resources;
  await registry.releaseResource('old', 'old-node', at(T0), LAW);
  await registry.putResources(
    'old',
    [{ resourceId: 'old-node', capacity: own?.capacity ?? 1 }],
    at(T0),
    LAW,
  );
  await expect(take(DUE_MS)).rejects.toMatchObject({ code: 'resource-taken' });
});

test.each<[string, Partial<CaseRecord>]>([
  ['that names it', { resourceIds: ['old-node'] }],
  ['of the participant as a whole', { resourceIds: [null] }],
  ['that is not confirmed yet', { stage: 'confirming' }],
])('with an open case %s it is neither given up nor taken over (rule C8)', async (name, change) => {
  const { registry, putCase, take } = await pair(`open-${name.replaceAll(' ', '-')}`);
  await putCase({ stage: 'correcting', ...change });
  const refused = { code: 'resource-has-open-case', details: { caseId: 'c-1' } };
  const release = () => registry.releaseResource('old', 'old-node', at(T0), LAW);
  await expect(release()).rejects.toMatchObject(refused);
  await putCase({ stage: 'ended', ...(change.resourceIds && { resourceIds: change.resourceIds }) });
  await release();
  // One that opens in the notice keeps it where it is.
  await putCase({ stage: 'correcting', ...change });
  await expect(take(DUE_MS)).rejects.toMatchObject(refused);
  await putCase({ stage: 'ended' });
  await take(DUE_MS);
});

test('a case about another resource is in nobody’s way', async () => {
  const { registry, putCase, take } = await pair('other');
  await putCase({ stage: 'correcting', resourceIds: ['another-node'] });
  await registry.releaseResource('old', 'old-node', at(T0), LAW);
  await take(DUE_MS);
});

test('what is not declared is not given up', async () => {
  const { registry } = await pair('unknown');
  const nothing = registry.releaseResource('old', 'no-node', at(T0), LAW);
  await expect(nothing).rejects.toMatchObject({ code: 'resource-not-declared' });
  const nobody = registry.releaseResource('nobody', 'old-node', at(T0), LAW);
  await expect(nobody).rejects.toMatchObject({ code: 'participant-unknown' });
});
