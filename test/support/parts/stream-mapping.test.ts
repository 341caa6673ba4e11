import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import {
  type DiscardedBatch,
  type FunctionAnswer,
  feed,
  type MappingSettings,
} from './stream-mapping.ts';

/** The rules of `stream-mapping.ts`, one by one. Records are named by their sequence numbers, 1 and on. */

const SETTINGS: MappingSettings = {
  batchSize: 10,
  retryAttempts: 3,
  maximumRecordAgeMs: 120_000,
  bisectBatchOnError: false,
  parallelizationFactor: 1,
  isWanted: (record) => record.eventName === 'INSERT',
};

const NOW_S = 1_000_000;

function records(count: number, changes: (number: number) => Partial<DynamoDBRecord> = () => ({})) {
  return Array.from({ length: count }, (_, index): DynamoDBRecord => {
    const { dynamodb, ...rest } = changes(index + 1);
    return {
      eventName: 'INSERT',
      dynamodb: {
        Keys: { pk: { S: `key-${index + 1}` } },
        SequenceNumber: String(index + 1),
        ApproximateCreationDateTime: NOW_S,
        ...dynamodb,
      },
      ...rest,
    };
  });
}

type Answerer = (numbers: string[], call: number) => FunctionAnswer | Error;

async function run(
  stream: DynamoDBRecord[],
  settings: Partial<MappingSettings>,
  answer: Answerer,
  retryTakesMs = 1_000,
) {
  const calls: string[][] = [];
  const discarded: DiscardedBatch[] = [];
  let nowMs = NOW_S * 1_000;
  await feed(
    'shard-1',
    stream,
    { ...SETTINGS, ...settings },
    {
      async invoke({ Records }) {
        const numbers = Records.map((record) => record.dynamodb?.SequenceNumber ?? '');
        calls.push(numbers);
        const result = answer(numbers, calls.length);
        if (result instanceof Error) throw result;
        return result;
      },
      nowMs: () => nowMs,
      async wait() {
        nowMs += retryTakesMs;
      },
      discard: (message) => discarded.push(message),
    },
  );
  const lost = discarded.map(({ DDBStreamBatchInfo: info, requestContext }) => [
    requestContext.condition,
    info.startSequenceNumber,
    info.endSequenceNumber,
    info.batchSize,
  ]);
  return { calls, lost };
}

const failing = (...itemIdentifiers: (string | null)[]): FunctionAnswer => ({
  batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
});
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

it('gives batches in order, and nothing that the filter does not want (rules 1 and 2)', async () => {
  const stream = records(25, (number) => (number % 5 === 0 ? { eventName: 'MODIFY' } : {}));
  const { calls, lost } = await run(stream, {}, () => ({ batchItemFailures: [] }));
  expect(calls.map((call) => call.length)).toEqual([8, 8, 4]);
  expect(calls.flat()).toEqual(upTo(1, 25).filter((number) => Number(number) % 5 !== 0));
  expect(lost).toEqual([]);
});

it('does not invoke for a batch of which nothing is wanted', async () => {
  const { calls } = await run(
    records(5, () => ({ eventName: 'REMOVE' })),
    {},
    () => null,
  );
  expect(calls).toEqual([]);
});

it.each<[string, FunctionAnswer]>([
  ['null', null],
  ['nothing', undefined],
  ['no list', {}],
  ['a null list', { batchItemFailures: null }],
  ['an empty list', failing()],
])('takes %s for success (rule 3)', async (_name, answer) => {
  expect((await run(records(3), {}, () => answer)).calls).toEqual([upTo(1, 3)]);
});

it.each<[string, FunctionAnswer]>([
  ['an empty identifier', failing('2', '')],
  ['a null identifier', failing(null)],
  ['an identifier of no record', failing('99')],
  ['no identifier', { batchItemFailures: [{}] }],
])('takes %s for a failure of the whole batch (rule 3)', async (_name, answer) => {
  const { calls } = await run(records(3), {}, (_numbers, call) => (call === 1 ? answer : null));
  expect(calls).toEqual([upTo(1, 3), upTo(1, 3)]);
});

it('goes on from the lowest failure, with what succeeded behind it (rule 4)', async () => {
  const { calls } = await run(records(6), {}, (_numbers, call) =>
    call === 1 ? failing('5', '3') : null,
  );
  expect(calls).toEqual([upTo(1, 6), upTo(3, 6)]);
});

it('tries three times again, then discards and goes on (rules 1, 5 and 8)', async () => {
  const { calls, lost } = await run(records(15), {}, (numbers) =>
    numbers.includes('4') ? failing('4') : null,
  );
  expect(calls).toEqual([
    upTo(1, 10),
    ...Array.from({ length: 3 }, () => upTo(4, 10)),
    upTo(11, 15),
  ]);
  expect(lost).toEqual([['RetryAttemptsExhausted', '4', '10', 7]]);
});

it('bisects a batch that throws, without counting the splits, and discards the poison alone (rule 6)', async () => {
  const { calls, lost } = await run(records(10), { bisectBatchOnError: true }, (numbers) =>
    numbers.includes('7') ? new Error('poison') : null,
  );
  expect(calls.map((call) => call.join())).toEqual([
    upTo(1, 10).join(),
    '1,2,3,4,5',
    '6,7,8,9,10',
    '6,7,8',
    '6,7',
    '6',
    '7',
    '7',
    '7',
    '7',
    '8',
    '9,10',
  ]);
  expect(lost).toEqual([['RetryAttemptsExhausted', '7', '7', 1]]);
});

it('splits at the returned number after a partial failure, also when it bisects (rules 4 and 6)', async () => {
  const { calls } = await run(records(10), { bisectBatchOnError: true }, (_numbers, call) =>
    call === 1 ? failing('9') : null,
  );
  expect(calls).toEqual([upTo(1, 10), ['9', '10']]);
});

it('discards what is too old, before the first try and between two (rules 7 and 8)', async () => {
  const stream = records(4, (number) => ({
    dynamodb: {
      Keys: { pk: { S: `key-${number}` } },
      SequenceNumber: String(number),
      ApproximateCreationDateTime: number === 1 ? NOW_S - 121 : NOW_S,
    },
  }));
  const { calls, lost } = await run(stream, {}, () => new Error('down'), 61_000);
  expect(calls).toEqual([upTo(2, 4), upTo(2, 4)]);
  expect(lost).toEqual([
    ['RecordAgeExceeded', '1', '1', 1],
    ['RecordAgeExceeded', '2', '4', 3],
  ]);
});

it('runs batches of one shard side by side, records of one key one after the other (rule 1)', async () => {
  const stream = records(40, (number) => ({
    dynamodb: {
      Keys: { pk: { S: `key-${number % 4}` } },
      SequenceNumber: String(number),
      ApproximateCreationDateTime: NOW_S,
    },
  }));
  const { calls } = await run(stream, { parallelizationFactor: 4, batchSize: 3 }, () => null);
  expect(new Set(calls.slice(0, 3).map((call) => Number(call[0]) % 4)).size).toBeGreaterThan(1);
  for (const key of [0, 1, 2, 3]) {
    const seen = calls.flat().filter((number) => Number(number) % 4 === key);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(a) - Number(b)));
    expect(seen).toHaveLength(10);
  }
});
