import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';

let client: DynamoDBDocumentClient | undefined;

/** The store's client and no more: two new items in one transaction, as an accepted alert is. */
export const handler = async ({ table }: { readonly table: string }): Promise<string> => {
  client ??= DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '' }),
  );
  const id = randomUUID();
  const item = (sk: string) => ({
    Put: {
      TableName: table,
      Item: { pk: `bench/${id}`, sk, text: 'an item' },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  });
  await client.send(new TransactWriteCommand({ TransactItems: [item('a'), item('b')] }));
  return 'written';
};
