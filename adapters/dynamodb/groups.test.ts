import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { still, toLedgerChange } from '../../domain/ledger/move.ts';
import type { LedgerChange } from '../../domain/ports/case-store.ts';
import type { Sanction, Standing } from '../../domain/sanction.ts';
import { createCaseStore } from './case-store.ts';
import { readGroup } from './groups.ts';
import { createRelayStore } from './intake-relay.ts';
import { keysOf } from './keys.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { anEntry, aParticipant, aSanction, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
const act = { actor: 'admin', atMs: T0 };
const keys = keysOf('main');

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

const parts = () => ({
  cases: createCaseStore(test_.store),
  registry: createParticipantRegistry(test_.store),
});

async function registered(participantId: string, controlGroup: string, change: object = {}) {
  const participant = aParticipant(participantId, { controlGroup, ...change });
  await parts().registry.register(participant, 'SWRM', act);
  const deposit = { participantId, externalRef: `pay-${participantId}`, units: 1_000n };
  await parts().registry.deposit(deposit, act);
}

/** What a step of a case writes: an entry, and perhaps a sanction. */
function changeOf(snapshot: LedgerSnapshot, caseId: string, access?: Standing): LedgerChange {
  const { participantId } = snapshot;
  const sanction: Sanction | null =
    access === undefined ? null : { ...aSanction(caseId, participantId), access };
  return toLedgerChange(snapshot, still(snapshot, anEntry(caseId)), sanction);
}

async function commit(participantId: string, caseId: string, access?: Standing) {
  const snapshot = await parts().cases.snapshot(participantId);
  const ledger = changeOf(snapshot, caseId, access);
  const done = await parts().cases.commit(aStep(`${caseId}/${access ?? 'step'}`, { ledger }));
  expect(done.status).toBe('committed');
}

/** A participant as it was stored before groups were kept. */
async function forgetGroup(participantId: string, controlGroup: string) {
  const { pk, sk } = keys.ledgerHead(participantId);
  const TableName = test_.store.tables.ledger;
  await test_.store.client.send(
    new UpdateCommand({ TableName, Key: { pk, sk }, UpdateExpression: 'REMOVE controlGroup' }),
  );
  for (const key of [keys.groupMember(controlGroup, participantId), keys.groupHead(controlGroup)]) {
    const Key = { pk: key.pk, sk: key.sk };
    await test_.store.client.send(new DeleteCommand({ TableName, Key }));
  }
}

describe('a control group', () => {
  test('is read with every member: stake, cases, age and checks of all (rule C8)', async () => {
    await registered('a1', 'A', { registeredAtMs: T0 - 5, checksPassed: 7 });
    await registered('a2', 'A', { checksPassed: 4 });
    await commit('a2', 'c-a2');
    const { group } = await parts().cases.snapshot('a1');
    expect(group).toMatchObject({
      controlGroup: 'A',
      firstRegisteredAtMs: T0 - 5,
      checksPassed: 11,
      kin: [
        {
          participantId: 'a2',
          deposits: [{ units: 1_000n }],
          withdrawals: [],
          cases: [{ caseId: 'c-a2' }],
        },
      ],
    });
    expect(group?.version).toBe(3);
  });

  test('has one version: what one member’s step read, another’s step makes stale', async () => {
    await registered('b1', 'B');
    await registered('b2', 'B');
    const seen = await parts().cases.snapshot('b1');
    await commit('b2', 'c-b2', 'suspended');
    const late = aStep('c-b1/step', { ledger: changeOf(seen, 'c-b1') });
    expect(await parts().cases.commit(late)).toEqual({ status: 'stale' });
    expect(await parts().cases.findStep('c-b1/step')).toBeNull();
    await commit('b1', 'c-b1');
    expect((await parts().cases.snapshot('b2')).group?.kin[0]?.cases).toMatchObject([
      { caseId: 'c-b1' },
    ]);
  });

  test('of twenty committers of five ids none decides on what it did not see', async () => {
    const ids = ['d1', 'd2', 'd3', 'd4', 'd5'];
    for (const id of ids) await registered(id, 'D');
    const seenByAll: number[] = [];
    const one = async (number: number): Promise<void> => {
      const id = ids[number % ids.length] ?? 'd1';
      for (;;) {
        const snapshot = await parts()
          .cases.snapshot(id)
          .catch(() => null);
        if (snapshot === null) continue;
        const kin = snapshot.group?.kin.flatMap(({ cases }) => cases) ?? [];
        const ledger = changeOf(snapshot, `c-${number}`);
        const done = await parts()
          .cases.commit(aStep(`c-${number}/step`, { ledger }))
          .catch(() => ({ status: 'stale' as const }));
        if (done.status === 'stale') continue;
        seenByAll.push(snapshot.cases.length + kin.length);
        return;
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => one(number)));
    // Each saw exactly those who had committed before it.
    expect(seenByAll.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('carries the sanctions of all its members, of nobody else, and the relay records only (rules C1, B6)', async () => {
    await registered('e1', 'E');
    await registered('e2', 'E');
    await registered('f1', 'F');
    await commit('e1', 'c-e1', 'excluded');
    const { cases, registry } = parts();
    const sanction = { ...aSanction('c-e1', 'e1'), access: 'excluded' };
    expect(await cases.sanctions('e2')).toEqual([sanction]);
    expect(await registry.sanctions('e2', 'E')).toEqual([sanction]);
    expect(await cases.sanctions('f1')).toEqual([]);
    const relay = createRelayStore(test_.store);
    expect(await relay.participantExcluded('e2')).toBe(true);
    expect(await relay.participantExcluded('f1')).toBe(false);
  });
});

describe('a registration in a group (rule C8)', () => {
  test.each(['suspended', 'excluded'] as const)('is refused while it is %s', async (standing) => {
    const group = `G-${standing}`;
    await registered(`${group}-1`, group);
    await commit(`${group}-1`, `c-${group}`, standing);
    const { registry } = parts();
    const another = aParticipant(`${group}-2`, { controlGroup: group });
    await expect(registry.register(another, 'SWRM', act)).rejects.toMatchObject({
      code: `control-group-${standing}`,
      fault: 'conflict',
    });
    expect(await registry.read(`${group}-2`)).toBeNull();
    // The same registration again is still the one that was made.
    const same = aParticipant(`${group}-1`, { controlGroup: group });
    expect(await registry.register(same, 'SWRM', act)).toBe('exists');
    await commit(`${group}-1`, `c-${group}`, 'probation');
    expect(await registry.register(another, 'SWRM', act)).toBe('registered');
  });

  test('that races a suspension is either refused or seen by it', async () => {
    await registered('h1', 'H');
    const seen = await parts().cases.snapshot('h1');
    await parts().registry.register(aParticipant('h2', { controlGroup: 'H' }), 'SWRM', act);
    const suspend = aStep('c-h/suspend', { ledger: changeOf(seen, 'c-h', 'suspended') });
    expect(await parts().cases.commit(suspend)).toEqual({ status: 'stale' });
  });

  test('many at once all get in, each once', async () => {
    const { registry } = parts();
    const all = Array.from({ length: 6 }, (_, n) => aParticipant(`i${n}`, { controlGroup: 'I' }));
    const done = await Promise.all(
      [...all, ...all].map((one) => registry.register(one, 'SWRM', act)),
    );
    expect(done.filter((one) => one === 'registered')).toHaveLength(6);
    const { members, version } = await readGroup(test_.store, 'I');
    expect(members.map(({ participantId }) => participantId)).toEqual(
      all.map(({ participantId }) => participantId),
    );
    expect(version).toBe(6);
  });
});

test('who registered before groups were kept enters its group with its next step', async () => {
  await registered('k1', 'K', { registeredAtMs: T0 - 9, checksPassed: 50 });
  await forgetGroup('k1', 'K');
  const before = await parts().cases.snapshot('k1');
  expect(before.group).toMatchObject({
    controlGroup: 'K',
    version: 0,
    joining: { registeredAtMs: T0 - 9, checksPassed: 50 },
    firstRegisteredAtMs: T0 - 9,
    checksPassed: 50,
    kin: [],
  });
  await commit('k1', 'c-k1', 'suspended');
  expect((await parts().cases.snapshot('k1')).group).not.toHaveProperty('joining');
  expect((await readGroup(test_.store, 'K')).members).toEqual([
    { participantId: 'k1', registeredAtMs: T0 - 9, checksPassed: 50 },
  ]);
  const another = aParticipant('k2', { controlGroup: 'K' });
  await expect(parts().registry.register(another, 'SWRM', act)).rejects.toMatchObject({
    code: 'control-group-suspended',
  });
});

describe('passed checks (rule C7)', () => {
  test('are counted once per reference, for the whole group', async () => {
    await registered('m1', 'M');
    await registered('m2', 'M');
    const { registry, cases } = parts();
    const report = { participantId: 'm1', externalRef: 'probe-1', passed: 60 };
    expect(await registry.recordChecks(report, act)).toEqual({
      status: 'recorded',
      checksPassed: 60,
    });
    expect(await registry.recordChecks(report, act)).toEqual({
      status: 'repeat',
      checksPassed: 60,
    });
    await expect(registry.recordChecks({ ...report, passed: 61 }, act)).rejects.toMatchObject({
      code: 'external-ref-reused',
    });
    await expect(
      registry.recordChecks({ ...report, participantId: 'nobody' }, act),
    ).rejects.toMatchObject({ code: 'participant-unknown' });
    expect((await registry.read('m1'))?.checksPassed).toBe(60);
    expect((await registry.read('m2'))?.checksPassed).toBe(0);
    expect((await cases.snapshot('m2')).group?.checksPassed).toBe(60);
    const listed = (await registry.list(undefined, 1_000)).items;
    expect(listed.find(({ participantId }) => participantId === 'm1')?.checksPassed).toBe(60);
  });

  test('of a case are counted with its step, and not again when the step is repeated', async () => {
    await registered('n1', 'N');
    const { cases, registry } = parts();
    const checksPassed = { participantId: 'n1', controlGroup: 'N', count: 3 };
    const step = aStep('c-n/ended', { checksPassed });
    expect((await cases.commit(step)).status).toBe('committed');
    expect((await cases.commit(step)).status).toBe('repeat');
    expect((await registry.read('n1'))?.checksPassed).toBe(3);
  });
});
