import { randomUUID } from 'node:crypto';
import { accepted, alertDelivery, ask, hoarding, openCase, tokenOf } from '../support/aws/calls.ts';
import { httpEvent, scheduledEvent } from '../support/aws/events.ts';
import type { Baseline, LambdaSite } from '../support/aws/lambda-site.ts';
import { alertmanagerAlert } from '../support/e2e/deliveries.ts';

/** What the functions are compared with, bundled in the same way. */
export const baselines: readonly Baseline[] = ['empty', 'document-client', 'temporal-client'].map(
  (name) => ({ name, entry: `test/bench/baselines/${name}.ts` }),
);

/** Something that is timed: one kind of call of one bundle. */
export interface Subject {
  readonly label: string;
  readonly bundle: string;
  /** The baseline that its own work comes on top of. */
  readonly beside: string;
  /** Makes the next event; what it needs before (an accepted alert) is not timed. */
  readonly next: () => Promise<unknown>;
  /** The worker must run for it; the others are measured without, for it would work beside them. */
  readonly needsWorker?: true;
  /** Whether a result is what the work should give. */
  readonly isDone: (result: unknown) => boolean;
}

/** The baselines and every function; what has two kinds of calls of different cost is there twice. */
export async function lambdaSubjects(site: LambdaSite): Promise<Subject[]> {
  return [...baselineSubjects(site), ...intakeSubjects(site), ...(await apiSubjects(site))];
}

function baselineSubjects({ store }: LambdaSite): Subject[] {
  const workflowId = `bench/${randomUUID()}`;
  return [
    {
      label: 'an empty handler',
      bundle: 'empty',
      beside: 'empty',
      next: async () => ({}),
      isDone: (result) => result === null,
    },
    {
      label: 'bare DocumentClient: two items',
      bundle: 'document-client',
      beside: 'document-client',
      next: async () => ({ table: store.tables.registry }),
      isDone: (result) => result === 'written',
    },
    {
      label: 'bare Temporal client: one signal',
      bundle: 'temporal-client',
      beside: 'temporal-client',
      next: async () => ({ workflowId }),
      isDone: (result) => result === 'signalled',
    },
  ];
}

function intakeSubjects(site: LambdaSite): Subject[] {
  return [
    {
      label: 'receive-alert: one new alert',
      bundle: 'receive-alert',
      beside: 'document-client',
      async next() {
        const alert = { ...alertmanagerAlert(hoarding('op-0002')), fingerprint: newFingerprint() };
        return httpEvent(alertDelivery(site, [alert]));
      },
      isDone: hasStatus(202),
    },
    {
      label: 'relay-observations: one observation',
      bundle: 'relay-observations',
      beside: 'temporal-client',
      async next() {
        await accepted(site, hoarding('op-0004'), newFingerprint());
        return site.undeliveredOf('op-0004');
      },
      isDone: (result) =>
        (result as { batchItemFailures: unknown[] }).batchItemFailures.length === 0,
    },
    {
      label: 'redeliver: one observation',
      bundle: 'redeliver',
      beside: 'temporal-client',
      async next() {
        await accepted(site, hoarding('op-0006'), newFingerprint());
        return scheduledEvent('every-minute');
      },
      isDone: (result) => (result as { failed: number }).failed === 0,
    },
    {
      label: 'watch-cases: few open cases',
      bundle: 'watch-cases',
      beside: 'document-client',
      next: async () => scheduledEvent('every-five-minutes'),
      isDone: (result) => (result as { isWhole: boolean }).isWhole,
    },
  ];
}

async function apiSubjects(site: LambdaSite): Promise<Subject[]> {
  const { caseId } = await openCase(site, 'op-0003');
  const viewer = tokenOf(site, 'vera');
  const treasurer = tokenOf(site, 'theo');
  const { body: ledger } = await ask<{ asset: string }>(await site.shared('participants-api'), {
    method: 'GET',
    route: '/v1/participants/{participantId}/ledger',
    path: '/v1/participants/op-0003/ledger',
    token: treasurer,
  });
  return [
    {
      label: 'cases-api: a list',
      bundle: 'cases-api',
      beside: 'document-client',
      next: async () =>
        httpEvent({
          method: 'GET',
          route: '/v1/cases',
          path: '/v1/cases?participantId=op-0003',
          token: viewer,
        }),
      isDone: hasStatus(200),
    },
    {
      label: 'cases-api: a note in a case',
      bundle: 'cases-api',
      beside: 'temporal-client',
      needsWorker: true,
      next: async () =>
        httpEvent({
          method: 'POST',
          route: '/v1/cases/{caseId}/notes',
          path: `/v1/cases/${caseId}/notes`,
          token: tokenOf(site, 'olga'),
          json: { text: 'A note.' },
        }),
      isDone: hasStatus(200),
    },
    {
      label: 'admin-api: a list of laws',
      bundle: 'admin-api',
      beside: 'document-client',
      next: async () =>
        httpEvent({ method: 'GET', route: '/v1/policies', path: '/v1/policies', token: viewer }),
      isDone: hasStatus(200),
    },
    {
      label: 'participants-api: a deposit',
      bundle: 'participants-api',
      beside: 'document-client',
      next: async () =>
        httpEvent({
          method: 'POST',
          route: '/v1/participants/{participantId}/deposits',
          path: '/v1/participants/op-0003/deposits',
          token: treasurer,
          json: { amount: { asset: ledger.asset, units: '1' }, externalRef: randomUUID() },
        }),
      isDone: hasStatus(201),
    },
  ];
}

function hasStatus(status: number): Subject['isDone'] {
  return (result) => (result as { statusCode?: number } | null)?.statusCode === status;
}

function newFingerprint(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}
