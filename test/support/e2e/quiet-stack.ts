import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { openIssuer } from '../../../apps/local/issuer.ts';
import { demoPeople, type Person } from '../../../apps/local/people.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  delivered,
  fromAlertmanager,
  type SeenAlert,
} from './deliveries.ts';
import { type Answer, asProblem, type CaseView, peopleOf } from './people.ts';
import { storedFacts } from './store-facts.ts';
import { type DemoLaw, openTestStack, remember, type TestStack } from './test-stack.ts';

/** Its violation goes on: it stands at its warning, with the first penalty announced. */
export const OPEN = 'op-0003';
/** Its violation is corrected: it waits for its remediation. */
export const RESTORING = 'op-0001';

/** How often the monitors of the demonstration repeat. */
const REPEAT_MS = 1_000;

interface Place {
  readonly open: TestStack;
  readonly people: ReturnType<typeof peopleOf>;
}

/** A stack in which nothing moves by itself: one case in correcting, one in restoring, and people with two accounts. */
export type QuietStack = Awaited<ReturnType<typeof openQuietStack>>;

/** Opens it; takes about twelve seconds, since a penalty has to be earned. */
export async function openQuietStack() {
  const open = await openTestStack('bad-input', {
    changeLaw: standStill,
    people: [...demoPeople(), ...twoAccounts('amy'), ...twoAccounts('zoe')],
  });
  const people = peopleOf(open.stack);
  const place = { open, people };
  try {
    const [openCase, restoringCase] = await Promise.all([
      reachCorrecting(place),
      reachRestoring(place),
    ]);
    const everything = () => everythingIn(place, [openCase, restoringCase]);
    return {
      open,
      stack: open.stack,
      people,
      openCase,
      restoringCase,
      wrongTokens: await makeWrongTokens(open),
      everything,
      /** Sends what must be refused, and sees that it was, and that all is as before. */
      async refused(send: () => Promise<Answer>, status: number, code: string): Promise<Answer> {
        const before = await everything();
        const answer = await send();
        expectProblem(answer, status, code);
        expect(await everything()).toEqual(before);
        return answer;
      },
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** No window ends while the tests run, so that whatever changes is their doing; penalties for performance need an auditor. */
function standStill(law: DemoLaw): void {
  remember(law);
  law.disputeWindow = { warning: '20m', penalty: '20m', severe: '20m' };
  law.pendingHardStop = '30m';
  law.governorAsk = '30m';
  for (const rung of law.families.operational.rungs) {
    if (rung.tier === 'penalty') rung.graceBefore = '20m';
  }
  for (const rung of law.families.performance.rungs) {
    if (rung.tier === 'penalty') rung.auditors = 1;
    if (rung.id === 'P2') rung.graceBefore = '20m';
  }
}

/** One person with an operator's and an auditor's account. */
function twoAccounts(person: string): Person[] {
  return (['operator', 'auditor'] as const).map((role) => ({
    account: `${person}-${role}`,
    person,
    displayName: `${person}, ${role}`,
    organisation: 'both-ways',
    roles: [role],
    participantId: null,
    controlGroup: null,
  }));
}

/** Tokens for an operator that nobody may take, by what is wrong with them. */
async function makeWrongTokens(open: TestStack) {
  const olga = demoPeople().find(({ account }) => account === 'olga') as Person;
  const { urls } = open.stack;
  const own = await openIssuer(urls.issuer, path.join(open.data, 'issuer-key.json'));
  const thief = await openIssuer(urls.issuer, path.join(open.data, '..', 'thief.json'));
  const other = await openIssuer('https://issuer.example', path.join(open.data, 'issuer-key.json'));
  const now = Date.now();
  return {
    expired: await own.tokenFor(olga, now - 31 * 86_400_000),
    'foreign key': await thief.tokenFor(olga, now),
    'other issuer': await other.tokenFor(olga, now),
  };
}

/** One alert about the first node of a provider, firing since now. */
export function seen(participantId: string, violationType: string, more: Partial<SeenAlert> = {}) {
  return {
    participantId,
    resourceId: `${participantId}-node-1`,
    violationType,
    severity: 'minor',
    startsAtMs: Date.now(),
    endsAtMs: null,
    ...more,
  };
}

async function post(open: TestStack, alert: SeenAlert): Promise<void> {
  const body = alertmanagerBody([alertmanagerAlert(alert)]);
  await delivered(fromAlertmanager(open.stack, body));
}

async function reachCorrecting({ open, people }: Place): Promise<CaseView> {
  await post(open, seen(OPEN, 'resource-hoarding'));
  return people.reach(
    OPEN,
    'the warning is served',
    (view) => view.rung === 'W' && view.announcementServedAt !== null,
  );
}

async function reachRestoring({ open, people }: Place): Promise<CaseView> {
  const node = `${open.stack.urls.demo}/nodes/${RESTORING}-node-1`;
  const alert = seen(RESTORING, 'downtime');
  await fetch(`${node}/down`, { method: 'POST' });
  let isPenalised = false;
  const repeating = (async () => {
    while (!isPenalised) {
      await post(open, alert);
      await sleep(REPEAT_MS);
    }
  })();
  await people
    .reach(RESTORING, 'the first penalty', (view) => view.rung === 'P1')
    .finally(() => {
      isPenalised = true;
    });
  await repeating;
  await fetch(`${node}/up`, { method: 'POST' });
  await post(open, { ...alert, endsAtMs: Date.now() });
  return people.reach(RESTORING, 'it is corrected', (view) => view.stage === 'restoring');
}

/** All that a refused request could have changed: the five tables, and what the workflows know. */
async function everythingIn({ open, people }: Place, cases: readonly CaseView[]) {
  const states = await Promise.all(
    cases.map(({ caseId }) => people.read<{ state: unknown }>(`/v1/cases/${caseId}/workflow`)),
  );
  return { stored: await storedFacts(open.store), states: states.map(({ state }) => state) };
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(asProblem(answer)).toMatchObject({
    status,
    code,
    type: `/problems/${code}`,
    title: expect.any(String),
    detail: expect.any(String),
    requestId: expect.any(String),
  });
  expect(answer.status).toBe(status);
}
