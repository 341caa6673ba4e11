import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import type { AuditEntry, CaseRecord } from '../../domain/case/record.ts';
import { casesApi } from '../../functions/cases-api/cases-api.ts';
import { type RedeliverResult, redeliver } from '../../functions/redeliver/redeliver.ts';
import { allUndelivered, relayDeps } from '../../functions/relay-observations/test-relay.ts';
import type { ApiHandler } from '../../functions/shared/api.ts';
import {
  NOW_MS,
  newKey,
  openIssuer,
  send,
  type TestAnswer,
} from '../../functions/shared/test-http.ts';
import { CaseDriver, MONITORS } from '../scenarios/case-driver.ts';
import { type CaseWorld, openCaseWorld } from '../scenarios/case-world.ts';
import { addProvider } from '../scenarios/providers.ts';
import { readAuditOf } from '../support/chaos/audit.ts';
import { everyItem } from '../support/faults/stored.ts';
import { type CutLine, layLine } from '../support/parts/cut-line.ts';

/**
 * Temporal cannot be reached for a day of skipped time under the default law: not by the relay, not by people, not by the worker. Alerts
 * are accepted all the time; afterwards everything is delivered, and nobody has been charged for our outage.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What the law charges, from the table that imports nothing of the project. */
const { cells } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../law/table/expected.json'), 'utf8'),
) as {
  cells: {
    family: string;
    severity: string;
    time: number;
    steps: { rung: string; chargeUnits: string; totalUnits: string }[];
  }[];
};
const chargeOf = (severity: string, rung: string) =>
  cells
    .find((one) => one.family === 'performance' && one.severity === severity && one.time === 1)
    ?.steps.find((step) => step.rung === rung)?.totalUnits;

let world: CaseWorld;
let line: CutLine;
let api: ApiHandler;
let people: ReturnType<typeof tokens>;
let cutAtMs: number;
let mendedAtMs: number;
const drivers = new Map<string, CaseDriver>();
const during = {
  redelivered: [] as RedeliverResult[],
  attempts: [] as unknown[],
  answers: [] as TestAnswer[],
  undelivered: 0,
};
/** Answers to what people asked again when it was back. */
const takenAgain: TestAnswer[] = [];

interface Life {
  readonly record: CaseRecord;
  readonly available: bigint;
  readonly frozen: AuditEntry | undefined;
}
let lives: Record<'cleared' | 'late' | 'through' | 'proposed' | 'lapsing', Life>;

function tokens(issuer: Awaited<ReturnType<typeof openIssuer>>) {
  return {
    operator: () => issuer.token({ sub: 'olga', roles: ['operator'] }),
    governor: () => issuer.token({ sub: 'gus', roles: ['governor'], org: 'gov' }),
  };
}

beforeAll(async () => {
  world = await openCaseWorld('default.json', {
    line: {
      async to(address) {
        line = await layLine(address);
        return line.address;
      },
      onStuck: setTimeFree,
      onArrival: holdTimeAgain,
    },
  });
  const issuer = await openIssuer();
  people = tokens(issuer);
  api = casesApi({
    networkId: 'main',
    cases: createCaseReader(world.store),
    messages: world.people,
    receipts: createIntakeStore(world.store),
    tokens: issuer.tokens,
    clock: { nowMs: () => NOW_MS },
  });
  await beforeTheCut();
  await theDay();
  await afterwards();
}, 600_000);
afterAll(async () => {
  await world?.close();
  await line?.close();
});

async function driverOf(participantId: string, severity: 'minor' | 'major' = 'minor') {
  await addProvider(world, participantId);
  const driver = new CaseDriver(world, { participantId, severity });
  drivers.set(participantId, driver);
  return driver;
}

function theDriver(participantId: string): CaseDriver {
  const driver = drivers.get(participantId);
  if (driver === undefined) throw new Error(`Nobody drives ${participantId}.`);
  return driver;
}

/**
 * Two cases wait for a governor: the proposal of one lapses in the outage, that of the other well after it. Of two more P1 falls due in
 * the outage.
 */
async function beforeTheCut(): Promise<void> {
  const lapsing = await driverOf('lapsing', 'major');
  await lapsing.fire();
  const { nextDeadlineMs } = await lapsing.until(({ stage }) => stage === 'proposed');
  await lapsing.advance(10 * DAY_MS);
  const proposed = await driverOf('proposed', 'major');
  await proposed.fire();
  await proposed.until(({ stage }) => stage === 'proposed');
  await lapsing.advance((nextDeadlineMs ?? 0) - (await world.clock.follow()) - DAY_MS);
  for (const id of ['through', 'cleared']) await (await driverOf(id)).fire();
  for (const id of ['through', 'cleared']) {
    await theDriver(id).until(({ rung }) => rung === 'W');
  }
  await world.timeline.until((await world.clock.follow()) + 23 * HOUR_MS);
  for (const driver of drivers.values()) await driver.settle();
  for (const id of ['late', 'blip']) await driverOf(id);
}

async function theDay(): Promise<void> {
  cutAtMs = await world.clock.follow();
  isCut = true;
  line.cut();
  for (let hour = 1; hour <= 24; hour++) {
    await world.timeline.until(cutAtMs + hour * HOUR_MS - (hour === 1 ? HOUR_MS / 2 : 0));
    await happens(hour);
    if (hour % 4 === 0) {
      during.redelivered.push(await redeliverAll());
      const waiting = await allUndelivered(world.store);
      during.attempts.push(...waiting.map((item) => item['attempts']));
      during.undelivered = waiting.length;
    }
  }
  for (const act of await acts()) during.answers.push(await send(api, act));
}

/** What the monitors see on this day; their posts throw unless they are answered 202. */
async function happens(hour: number): Promise<void> {
  if (hour === 1) await see('cleared', false);
  if (hour === 2) for (const id of ['late', 'blip']) await see(id, true);
  if (hour === 4) await see('blip', false);
}

async function see(participantId: string, isDown: boolean): Promise<void> {
  const driver = theDriver(participantId);
  const { violationType, severity } = driver;
  const resourceId = driver.node(1);
  world.outside.setDown(participantId, resourceId, isDown);
  const seen = [{ participantId, resourceId, violationType, severity }];
  const nowMs = await world.clock.follow();
  const { senders } = world.intake;
  for (const monitor of MONITORS) {
    if (isDown) await senders.fire(monitor, nowMs, seen);
    else await senders.resolve(monitor, nowMs, seen);
  }
}

/** What people want in the outage, and want again afterwards under the same key. */
let wanted: Parameters<typeof send>[1][] | null = null;
async function acts() {
  const caseOf = (id: string) => `/v1/cases/${theDriver(id).caseId}`;
  const approve = async (id: string) => {
    const { proposal } = await theDriver(id).record();
    const { proposalId, draftHash } = proposal ?? {};
    const json = { draftHash, reason: 'clear evidence' };
    const path = `${caseOf(id)}/proposals/${proposalId}/approve`;
    return { method: 'POST', path, json, token: await people.governor(), key: newKey() };
  };
  wanted ??= [
    {
      method: 'POST',
      path: `${caseOf('through')}/acknowledge`,
      json: { note: 'we look after it' },
      token: await people.operator(),
      key: newKey(),
    },
    await approve('proposed'),
    await approve('lapsing'),
  ];
  return wanted;
}

const redeliverAll = async () => {
  const nowMs = await world.clock.follow();
  const directory = createDirectory(world.store, world.clock);
  const deps = {
    ...relayDeps(world.store, world.people, () => world.clock.nowMs()),
    maxAttempts: async () => (await directory.policyAt(nowMs)).relayAttempts,
  };
  return redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: -1 });
};

let isCut = false;
let loosened = 0;

/**
 * While the line is cut, time is set free for every task that nobody takes. Of a task that it gave to a poller behind the cut line the
 * test server keeps its hold for good: afterwards time that stands still though nothing is under way is set free for one more way.
 */
async function setTimeFree({ environment }: Pick<CaseWorld, 'environment'>): Promise<void> {
  if (!isCut && !(await isIdle())) return;
  await environment.connection.testService?.unlockTimeSkipping({});
  loosened += 1;
}

async function holdTimeAgain({ environment }: Pick<CaseWorld, 'environment'>): Promise<void> {
  for (; loosened > 0; loosened -= 1)
    await environment.connection.testService?.lockTimeSkipping({});
}

async function isIdle(): Promise<boolean> {
  for (const { caseId } of drivers.values()) {
    if (!(await world.stillness.isStill(caseId))) return false;
  }
  return !world.isWorking();
}

async function afterwards(): Promise<void> {
  isCut = false;
  line.mend();
  mendedAtMs = await world.clock.follow();
  // The worker finds its way back by itself; the schedule of `redeliver` goes on every minute.
  for (;;) {
    const { outage } = await redeliverAll();
    if (!outage && (await allUndelivered(world.store)).length === 0) break;
  }
  await theDriver('late').adopt();
  drivers.delete('blip');
  for (const driver of drivers.values()) await driver.settle();
  for (const act of await acts()) takenAgain.push(await send(api, act));
  const isAt = (rung: string) => (record: CaseRecord) => record.rung === rung;
  const { timeline } = world;
  const [cleared, late, through, proposed, lapsing] = await timeline.all([
    () => live('cleared', (driver) => driver.finish()),
    () => live('late', (driver) => driver.until(isAt('P1'))),
    () => live('through', (driver) => driver.until(isAt('P1'))),
    () => live('proposed', (driver) => driver.until(isAt('S1'))),
    () => live('lapsing', (driver) => driver.record()),
  ]);
  if (!cleared || !late || !through || !proposed || !lapsing)
    throw new Error('Somebody did not live on.');
  lives = { cleared, late, through, proposed, lapsing };
}

/** The rest of a case as far as it is told here; then its monitors and its workflow are taken away. */
async function live(id: string, story: (driver: CaseDriver) => Promise<CaseRecord>): Promise<Life> {
  const driver = theDriver(id);
  const record = await story(driver);
  const { available } = (await driver.ledger()).balances;
  const history = await readAuditOf(world.store, driver.caseId);
  await driver.leave();
  return { record, available, frozen: history.find(({ kind }) => kind === 'clock-frozen') };
}

describe('while Temporal is away', () => {
  it('accepts every alert, and keeps all of them without blame', () => {
    expect(during.undelivered).toBeGreaterThanOrEqual(8);
    expect(during.redelivered.map(({ outage, delivered }) => [outage, delivered])).toEqual(
      during.redelivered.map(() => [true, 0]),
    );
    expect(new Set(during.attempts)).toEqual(new Set([0]));
  });

  it('tells people what to do, and promises nothing', () => {
    expect(during.answers).toHaveLength(3);
    for (const answer of during.answers) {
      expect(answer).toMatchObject({
        status: 503,
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
        body: {
          code: 'workflow-unreachable',
          detail: expect.stringMatching(/same Idempotency-Key/),
        },
      });
    }
  });
});

describe('when it is back', () => {
  it('everything is delivered and nothing was quarantined', async () => {
    const { inbox } = await everyItem(world.store);
    const observations = inbox.filter((item) => item['type'] === 'observation');
    expect(observations.map((item) => item['fate'])).not.toContain('pending');
    expect(inbox.filter((item) => item['type'] === 'quarantine')).toEqual([]);
    expect(observations.filter((item) => item['fate'] === 'quarantine')).toEqual([]);
  });

  it('who corrected in the outage pays nothing', () => {
    const { record, available } = lives.cleared;
    expect(record).toMatchObject({ outcome: 'corrected', rung: 'W' });
    expect(record.money).toMatchObject({ pendingUnits: '0', finalUnits: '0' });
    expect(available).toBe(10_000_000n);
  });

  it('what began and ended in the outage is one case that imposes nothing', async () => {
    const cases = createCaseReader(world.store);
    const { items } = await cases.list({ participantId: 'blip', limit: 10 });
    expect(items).toMatchObject([{ stage: 'ended', rung: null, imposed: [] }]);
    expect((await world.cases.snapshot('blip')).balances.available).toBe(10_000_000n);
  });

  it('what began in the outage and goes on gets its whole grace from now on', () => {
    const { record } = lives.late;
    const wAtMs = imposedAt(record, 'W');
    expect(wAtMs).toBeGreaterThanOrEqual(mendedAtMs);
    expect(imposedAt(record, 'P1') - wAtMs).toBeGreaterThanOrEqual(DAY_MS);
    expect(record.money.pendingUnits).toBe(chargeOf('minor', 'P1'));
  });

  it('a grace that ended in the outage is given back, and then the law is charged', () => {
    const { record, frozen } = lives.through;
    const lateMs = Number(frozen?.data['lateMs']);
    expect(lateMs).toBeGreaterThan(22 * HOUR_MS);
    expect(imposedAt(record, 'P1')).toBeGreaterThanOrEqual(mendedAtMs + lateMs);
    expect(record.money.pendingUnits).toBe(chargeOf('minor', 'P1'));
  });

  it('what people were refused is taken now, and the rung comes as the law has it', () => {
    expect(takenAgain.map(({ status }) => status)).toEqual([200, 200, 409]);
    const { record } = lives.proposed;
    expect(imposedAt(record, 'S1')).toBeGreaterThanOrEqual(mendedAtMs);
    // Time that was set free for a lost task may have run past the dispute window: then it is final.
    const { pendingUnits, finalUnits } = record.money;
    expect(String(BigInt(pendingUnits) + BigInt(finalUnits))).toBe(chargeOf('major', 'S1'));
  });

  it('a proposal that lapsed in the outage stays lapsed, and its stake goes back (rule A5)', () => {
    const { record, available } = lives.lapsing;
    expect(record).toMatchObject({ stage: 'correcting', rung: 'W', proposal: null });
    expect(record.money).toMatchObject({ heldUnits: '0', pendingUnits: '0' });
    expect(available).toBe(10_000_000n);
  });

  it('no case was charged in the outage', () => {
    for (const { record } of Object.values(lives)) {
      const inOutage = record.imposed.filter(
        ({ imposedAtMs }) => imposedAtMs > cutAtMs && imposedAtMs < mendedAtMs,
      );
      expect(inOutage).toEqual([]);
    }
  });
});

function imposedAt(record: CaseRecord, rung: string): number {
  return record.imposed.find((step) => step.rung === rung)?.imposedAtMs ?? 0;
}
