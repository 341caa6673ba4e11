import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import type { Store } from './client.ts';

/**
 * Faults that no emulator gives, put into the client behind the SDK's own retries and its signing, as the network and the store would.
 * `answer-lost-once` strikes the first of the SDK's tries only; every other fault strikes all of them, so that the caller gets it.
 */
export const FAULTS = [
  'conflict',
  'throttled',
  'capacity',
  'internal',
  'request-lost',
  'answer-lost',
  'answer-lost-once',
  'answer-lost-in-progress',
  'cancelled-throttled',
  'cancelled-capacity',
  'some-unprocessed',
  'all-unprocessed',
] as const;

/** One kind of fault. */
export type Fault = (typeof FAULTS)[number];

/** One call to the store, whatever number of tries the SDK makes of it. */
export interface StoreCall {
  /** Such as `TransactWriteItems`. */
  readonly command: string;
  /** The faults that it can meet. */
  readonly faults: readonly Fault[];
}

const ANY: readonly Fault[] = ['throttled', 'capacity', 'internal', 'request-lost'];
const LOST: readonly Fault[] = ['answer-lost-once', 'answer-lost'];
const WRITE: readonly Fault[] = [...ANY, 'conflict', ...LOST];

const FAULTS_OF: Readonly<Record<string, readonly Fault[]>> = {
  GetItem: ANY,
  Query: ANY,
  BatchGetItem: [...ANY, 'some-unprocessed', 'all-unprocessed'],
  PutItem: WRITE,
  UpdateItem: WRITE,
  DeleteItem: WRITE,
  TransactWriteItems: [
    ...ANY,
    'conflict',
    'cancelled-throttled',
    'cancelled-capacity',
    ...LOST,
    'answer-lost-in-progress',
  ],
};

/**
 * Asks before every call of a store's client which fault it meets; null for none. The client must be one of its own, for its SDK then
 * repeats without waiting.
 */
export function injectFaults(store: Store, judge: (call: StoreCall) => Fault | null): void {
  const fates = new WeakMap<object, { fault: Fault | null; tries: number }>();
  const stack = store.client.middlewareStack;
  store.client.config.retryStrategy = async () => eagerRetries(3);
  stack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName).replace(/Command$/, '');
      const faults = FAULTS_OF[command];
      if (faults === undefined) throw new Error(`Nobody knows the faults of ${command}.`);
      fates.set(context, { fault: judge({ command, faults }), tries: 0 });
      return next(args);
    },
    { step: 'initialize', priority: 'low', name: 'judge-call' },
  );
  stack.add(
    (next, context) => async (args) => {
      const fate = fates.get(context);
      if (fate === undefined || fate.fault === null) return next(args);
      fate.tries += 1;
      const items = (args.input as { TransactItems?: unknown[] }).TransactItems?.length ?? 0;
      return meet({ ...fate, fault: fate.fault, items }, () => next(args));
    },
    { step: 'deserialize', priority: 'high', name: 'inject-fault' },
  );
}

interface Strike {
  readonly fault: Fault;
  /** Which of the SDK's tries this is. */
  readonly tries: number;
  /** Items of the transaction; 0 when it is none. */
  readonly items: number;
}

async function meet<A extends object>(
  { fault, tries, items }: Strike,
  send: () => Promise<A>,
): Promise<A> {
  if (fault === 'answer-lost-once' && tries > 1) return send();
  if (fault === 'answer-lost-in-progress' && tries > 1) throw inProgress();
  if (fault.startsWith('answer-lost')) {
    // A refused condition of the repeated write is an answer like any other: lost too.
    await send().catch(() => undefined);
    throw timeout();
  }
  if (fault.endsWith('unprocessed')) return leaveOut(await send(), fault === 'all-unprocessed');
  throw errorOf(fault, items);
}

interface Batch {
  Responses?: Record<string, Record<string, unknown>[]>;
  UnprocessedKeys?: Record<string, { Keys: unknown[]; ConsistentRead: boolean }>;
}

/** Takes the first item of an answer, or all of them, back as unprocessed keys. */
function leaveOut<A extends object>(answer: A, all: boolean): A {
  const { output } = answer as { output: Batch };
  for (const [table, items] of Object.entries(output.Responses ?? {})) {
    const left = items.splice(0, all ? items.length : 1);
    if (left.length === 0) continue;
    const Keys = left.map(({ pk, sk }) => ({ pk, sk }));
    output.UnprocessedKeys = { ...output.UnprocessedKeys, [table]: { Keys, ConsistentRead: true } };
  }
  return answer;
}

function errorOf(fault: Fault, items: number): Error {
  const $metadata = { httpStatusCode: 400 };
  const message = fault;
  switch (fault) {
    case 'throttled':
      return Object.assign(new Error(message), { name: 'ThrottlingException', $metadata });
    case 'capacity':
      return new ProvisionedThroughputExceededException({ message, $metadata });
    case 'internal':
      return new InternalServerError({ message, $metadata: { httpStatusCode: 500 } });
    case 'conflict':
      return items > 0
        ? cancelled('TransactionConflict', items)
        : new TransactionConflictException({ message, $metadata });
    case 'cancelled-throttled':
      return cancelled('ThrottlingError', items);
    case 'cancelled-capacity':
      return cancelled('ProvisionedThroughputExceeded', items);
    default:
      return timeout();
  }
}

/** A cancelled transaction names a reason for each of its items. */
function cancelled(code: string, items: number): Error {
  const None = Array.from({ length: items - 1 }, () => ({ Code: 'None' }));
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: { httpStatusCode: 400 },
    CancellationReasons: [...None, { Code: code }],
  });
}

function timeout(): Error {
  return Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
}

function inProgress(): Error {
  return new TransactionInProgressException({
    Message: 'The transaction with the given request token is already in progress.',
    message: 'The transaction with the given request token is already in progress.',
    $metadata: { httpStatusCode: 400 },
  });
}

/** The SDK's own judgement of what is worth a try, without its waits. */
function eagerRetries(maxAttempts: number) {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
  return {
    mode: 'standard',
    maxAttempts: async () => maxAttempts,
    acquireInitialRetryToken: async () => token(0),
    async refreshRetryTokenForRetry(
      last: ReturnType<typeof token>,
      { errorType }: { errorType: string },
    ) {
      const count = last.getRetryCount() + 1;
      const isWorthIt = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
      if (count >= maxAttempts || !isWorthIt) throw new Error('No more tries.');
      return token(count);
    },
    recordSuccess() {},
  };
}
