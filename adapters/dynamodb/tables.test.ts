import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTableInput, createTables, TABLE_DEFINITIONS, TABLES } from './tables.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

test('the five tables are created with their keys and indexes, and creating them again changes nothing', async () => {
  const { client, tables } = test_.store;
  await createTables(client, tables);
  for (const kind of TABLES) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tables[kind] }));
    expect(Table?.KeySchema?.map((key) => key.AttributeName)).toEqual(['pk', 'sk']);
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).map((index) => ({
      name: index.IndexName,
      partition: index.KeySchema?.[0]?.AttributeName,
      sort: index.KeySchema?.[1]?.AttributeName,
    }));
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
      String(a.name) < String(b.name) ? -1 : 1;
    expect(indexes.sort(byName)).toEqual([...TABLE_DEFINITIONS[kind].indexes].sort(byName));
  }
});

test('only the inbox has a stream, and only where it is asked for', () => {
  const streaming = TABLES.filter(
    (kind) => createTableInput(kind, 'abc', true).StreamSpecification,
  );
  expect(streaming).toEqual(['inbox']);
  expect(createTableInput('inbox', 'abc', true).StreamSpecification?.StreamViewType).toBe(
    'NEW_IMAGE',
  );
  expect(createTableInput('inbox', 'abc', false).StreamSpecification).toBeUndefined();
});

test('only the inbox forgets by itself: nothing of cases, money or history expires', () => {
  expect(TABLES.filter((kind) => TABLE_DEFINITIONS[kind].expiry !== null)).toEqual(['inbox']);
});
