import { Client, Connection } from '@temporalio/client';

let client: Client | undefined;

/** Temporal's client and no more: one signal to one workflow, which the first of them starts. */
export const handler = async ({ workflowId }: { readonly workflowId: string }): Promise<string> => {
  client ??= new Client({
    connection: Connection.lazy({ address: process.env['TEMPORAL_ADDRESS'] ?? '' }),
  });
  await client.workflow.signalWithStart('bench', {
    workflowId,
    taskQueue: 'nobody',
    signal: 'news',
    signalArgs: [{ v: 1, items: ['an item'] }],
  });
  return 'signalled';
};
