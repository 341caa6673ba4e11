import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Client } from '@temporalio/client';
import type { BareActivities, BareInput, bareCase } from './bare-workflow.ts';
import type { Provider } from './providers.ts';
import type { Script } from './script.ts';
import type { StepWatch } from './step-watch.ts';
import type { SentCommand } from './store-spy.ts';

export const BARE_QUEUE = 'bench-bare';

type TransactItems = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** A write that is ready to be sent. */
type Send = (client: DynamoDBDocumentClient) => Promise<unknown>;

/** What a bare workflow is played with. */
export interface BareStage {
  readonly client: Client;
  readonly watch: StepWatch;
}

/** The writes of the bare workflows, made ready before the clock runs: the activity only sends them. */
export class BareWrites {
  private readonly ready = new Map<string, readonly (readonly Send[])[]>();
  private readonly client: DynamoDBDocumentClient;

  constructor(client: DynamoDBDocumentClient) {
    this.client = client;
  }

  readonly activities: BareActivities = {
    write: async (caseId, step) => {
      for (const send of this.ready.get(caseId)?.[step] ?? []) await send(this.client);
    },
  };

  /** Makes the writes of the script those of another case: same tables, items, sizes and conditions, under its own ids. */
  prepare(script: Script, { caseId, participantId, lastHash }: Provider): void {
    const text = JSON.stringify(script.writes)
      .replaceAll(script.caseId, caseId)
      .replaceAll(script.participantId, participantId)
      .replaceAll(script.lastHash, lastHash);
    const writes: SentCommand[][] = JSON.parse(text);
    this.ready.set(
      caseId,
      writes.map((commands) => commands.map((command) => sending(unbound(command)))),
    );
  }

  forget({ caseId }: Provider): void {
    this.ready.delete(caseId);
  }
}

/**
 * The same write, but what belongs to the whole network is put whatever its version is by now: the recorded one is long past, and the bare
 * workflow neither looks nor tries again.
 */
function unbound({ name, input }: SentCommand): SentCommand {
  const { TransactItems: items } = input as { TransactItems?: TransactItems };
  if (items === undefined) return { name, input };
  const TransactItems = items.map((item) => {
    if (item.Put?.Item?.['type'] !== 'breaker-shard') return item;
    const { TableName, Item } = item.Put;
    return { Put: { TableName, Item } };
  });
  return { name, input: { ...input, TransactItems } };
}

function sending({ name, input }: SentCommand): Send {
  switch (name) {
    case 'TransactWriteCommand':
      return (client) => client.send(new TransactWriteCommand(input as never));
    case 'PutCommand':
      return (client) => client.send(new PutCommand(input as never));
    case 'UpdateCommand':
      return (client) => client.send(new UpdateCommand(input as never));
    case 'DeleteCommand':
      return (client) => client.send(new DeleteCommand(input as never));
    default:
      throw new Error(`Nobody knows how to repeat ${name}.`);
  }
}

/** Plays the script once. Returns when the workflow has completed. */
export async function playBare(
  { client, watch }: BareStage,
  script: Script,
  provider: Provider,
  isLikeOurs: boolean,
): Promise<void> {
  const { caseId } = provider;
  const { moves, stimuli } = script;
  const input: BareInput = { caseId, moves, isLikeOurs };
  let steps = 0;
  const done = watch.follow(caseId, () => ++steps);
  const handle = await client.workflow.signalWithStart<typeof bareCase, [unknown]>('bareCase', {
    workflowId: bareWorkflows(caseId, isLikeOurs)[0],
    taskQueue: BARE_QUEUE,
    args: [input],
    signal: 'news',
    signalArgs: [{ v: 1, items: [provider.fired] }],
  });
  const play = async () => {
    for (const { kind, afterSteps } of stimuli) {
      await done.until((count) => count >= afterSteps);
      if (kind === 'update') await handle.executeUpdate('act', { args: [{ v: 1 }] });
      else await handle.signal('news', { v: 1, items: [await provider.clear()] });
    }
    await done.until((count) => count === script.writes.length);
  };
  const result = handle.result();
  // Of a workflow that fails no more steps come: its reason is told instead.
  const played = play();
  await Promise.race([played, result.then(() => played)]);
  done.close();
  const [, next] = bareWorkflows(caseId, isLikeOurs);
  await result;
  if (next !== undefined) await client.workflow.getHandle(next).result();
}

/** Ids of the workflows that play for a case, in their order. */
export function bareWorkflows(caseId: string, isLikeOurs: boolean): [string, ...string[]] {
  return [`bare/${caseId}`, ...(isLikeOurs ? [`bare-part/${caseId}`] : [])];
}
