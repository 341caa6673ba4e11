import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createCaseWatch } from '../../adapters/dynamodb/case-watch.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { aRecord, aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { openTestStore, type TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import { demoPolicy } from '../receive-alert/test-reception.ts';
import { writtenMetrics } from '../shared/test-written-metrics.ts';
import { composeWatchCases } from './compose.ts';
import { watchCases } from './operations/watch-cases.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const NOW = Date.now();

let test: TestStore;
let env: Record<string, string>;

const held = (limitAtMs: number): Partial<CaseRecord> => ({
  stage: 'correcting',
  holds: [{ cause: 'stale-source', owner: 'operators', sinceMs: NOW - 4 * DAY_MS, limitAtMs }],
});

/** An appeal about S1 of performance, for which the demonstration's law asks one auditor. */
const appealed = (atMs: number, more: Partial<CaseRecord> = {}): Partial<CaseRecord> => ({
  stage: 'restoring',
  rung: 'S1',
  policyVersion: demoPolicy().version,
  remediation: {
    by: 'paula',
    cause: 'x',
    actions: 'y',
    atMs,
    confirmedBy: 'olga',
    confirmedAtMs: atMs,
  },
  appeal: { by: 'paula', grounds: 'repaired', atMs },
  ...more,
});

const passed = (atMs: number): CaseRecord['findings'] => [
  { auditor: 'aldo', organisation: 'auditors', result: 'pass', note: 'seen', atMs },
];

/** A proposal of S1 of performance, for which the demonstration's law asks one approval, unless the breaker asks for more. */
const proposed = (
  proposal: Partial<NonNullable<CaseRecord['proposal']>>,
  more: Partial<CaseRecord> = {},
): Partial<CaseRecord> => ({
  stage: 'proposed',
  policyVersion: demoPolicy().version,
  proposal: {
    proposalId: 'p-1',
    kind: 'rung',
    rung: 'S1',
    draftHash: 'x',
    proposedAtMs: NOW - 9 * DAY_MS,
    proposedBy: null,
    reason: 'uncorrected',
    heldUnits: '10',
    resourceIds: [null],
    windowEndsAtMs: NOW - 1,
    lapsesAtMs: NOW + 14 * DAY_MS,
    approvals: [],
    veto: null,
    ...proposal,
  },
  ...more,
});

const ballot = (person: string) => ({
  person,
  organisation: `org-of-${person}`,
  reason: 'clear',
  atMs: NOW - DAY_MS,
});

const disputed = (more: Partial<CaseRecord['disputes'][number]>): CaseRecord['disputes'] => [
  {
    disputeId: 'd-1',
    decisionId: 'x',
    rung: 'P1',
    by: 'paula',
    grounds: 'not down',
    openedAtMs: NOW - 4 * DAY_MS,
    awaitedUntilMs: NOW + DAY_MS,
    dueAtMs: NOW + 4 * DAY_MS,
    panel: 1,
    escalatedAtMs: null,
    reviewersNeeded: 1,
    rulings: [],
    replaced: [],
    end: null,
    ...more,
  },
];

const upheld: NonNullable<CaseRecord['disputes'][number]['end']> = {
  result: 'upheld',
  standingRung: 'P1',
  reasonCode: 'evidence',
  reason: 'it was down',
  by: ['rita'],
  atMs: NOW,
  returnedUnits: '0',
};

const CASES: Record<string, Partial<CaseRecord>> = {
  young: {},
  'late-by-a-little': { nextDeadlineMs: NOW - 14 * MINUTE_MS },
  late: { nextDeadlineMs: NOW - 16 * MINUTE_MS },
  'held-within': held(NOW + DAY_MS),
  'held-past': held(NOW - 1),
  'waits-at-breaker': {
    holds: [
      { cause: 'breaker', owner: 'platform', sinceMs: NOW - MINUTE_MS, limitAtMs: NOW + DAY_MS },
    ],
  },
  'appealed-now': appealed(NOW - DAY_MS),
  'appealed-long-ago': appealed(NOW - 8 * DAY_MS),
  'needs-no-auditor': appealed(NOW - 8 * DAY_MS, { rung: 'P1' }),
  'found-already': appealed(NOW - 8 * DAY_MS, { findings: passed(NOW) }),
  'not-appealed': appealed(NOW - 8 * DAY_MS, { appeal: null }),
  'approval-missing': proposed({}),
  'second-approval-missing': proposed({ approvals: [ballot('gwen')], approvalsNeeded: 2 }),
  'approved-already': proposed({ approvals: [ballot('gwen')] }),
  'window-not-over': proposed({ windowEndsAtMs: NOW + DAY_MS }),
  'vetoed-meanwhile': proposed({
    veto: {
      by: ballot('gil'),
      dueAtMs: NOW + DAY_MS,
      confirmedBy: [],
      liftedBy: [],
      lifted: false,
    },
  }),
  'veto-lifted': proposed({
    veto: { by: ballot('gil'), dueAtMs: NOW + DAY_MS, confirmedBy: [], liftedBy: [], lifted: true },
  }),
  'held-meanwhile': proposed({}, { holds: held(NOW + DAY_MS).holds ?? [] }),
  'dispute-awaited': proposed({}, { disputes: disputed({}) }),
  'dispute-decided': proposed({}, { disputes: disputed({ end: upheld }) }),
  'panel-not-due': { stage: 'correcting', disputes: disputed({}) },
  'panel-late': { stage: 'correcting', disputes: disputed({ dueAtMs: NOW - 1 }) },
  'second-panel-after-the-end': {
    stage: 'ended',
    nextDeadlineMs: NOW + 2 * DAY_MS,
    disputes: disputed({ panel: 2 }),
  },
  'proposed-without-deadline': { stage: 'proposed', nextDeadlineMs: null },
  'ended-and-settled': { stage: 'ended', nextDeadlineMs: null },
  'ended-but-unsettled': { stage: 'ended', nextDeadlineMs: NOW - DAY_MS },
};

beforeAll(async () => {
  test = await openTestStore();
  await putPolicy(test.store, demoPolicy(), 0);
  const cases = createCaseStore(test.store);
  for (const [caseId, changes] of Object.entries(CASES)) {
    const nextDeadlineMs = NOW + DAY_MS;
    const record = aRecord(caseId, 'op-0001', { nextDeadlineMs, ...changes });
    await cases.commit(aStep(`open/${caseId}`, { record, recordIsNew: true }));
  }
  env = {
    TABLE_PREFIX: test.store.tables.alerts.replace(/alerts$/, ''),
    AWS_REGION: 'eu-west-1',
    DYNAMODB_ENDPOINT: process.env['DYNAMODB_ENDPOINT'] ?? '',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing',
  };
});
afterAll(() => test.close());

const FOUND = {
  OpenCases: 23,
  HeldTooLong: 1,
  WaitingAtBreaker: 1,
  OverdueApprovals: 4,
  OverdueAudits: 1,
  OverdueDisputes: 2,
  OverdueSteps: 2,
};

it('counts what waits for too long, and writes it as metrics of its own service', async () => {
  Object.assign(process.env, env);
  const { handler } = await import('./handler.ts');
  const written = await writtenMetrics(async () => {
    expect(await handler()).toEqual({
      openCases: 23,
      heldTooLong: 1,
      waitingAtBreaker: 1,
      overdueApprovals: 4,
      overdueAudits: 1,
      overdueDisputes: 2,
      overdueSteps: 2,
      isWhole: true,
    });
  });
  expect(written).toMatchObject([{ service: 'watch-cases', ...FOUND }]);
});

it('reads page by page, and says so when there are more cases than it may look at', async () => {
  const warnings: unknown[] = [];
  const deps = {
    ...composeWatchCases(env),
    cases: createCaseWatch(test.store, 1),
    logger: { warn: (message: string) => void warnings.push(message) },
  };
  expect(await watchCases(deps)).toMatchObject({ openCases: 23, overdueSteps: 2, isWhole: true });
  expect(warnings).toEqual([]);
  expect(await watchCases({ ...deps, maxCases: 5 })).toMatchObject({
    openCases: 5,
    isWhole: false,
  });
  expect(warnings).toEqual(['not all cases were looked at']);
});

it('says so too when only the overdue ones are too many: most of them have ended', async () => {
  const warnings: unknown[] = [];
  const store = { ...test.store, networkId: 'other' };
  const cases = createCaseStore(store);
  for (const caseId of ['x', 'y', 'z']) {
    const record = aRecord(caseId, 'op-0001', { stage: 'ended', nextDeadlineMs: NOW - DAY_MS });
    await cases.commit(aStep(`open/${caseId}`, { record, recordIsNew: true }));
  }
  const deps = {
    ...composeWatchCases(env),
    cases: createCaseWatch(store, 1),
    logger: { warn: (message: string) => void warnings.push(message) },
    maxCases: 2,
  };
  expect(await watchCases(deps)).toMatchObject({ openCases: 0, overdueSteps: 2, isWhole: false });
  expect(warnings).toEqual(['not all cases were looked at']);
});
