import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Client } from '@temporalio/client';
import { MAX_UNITS } from '../../../domain/money.ts';
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
    const text = asText(script.writes)
      .replaceAll(script.caseId, caseId)
      .replaceAll(script.participantId, participantId)
      .replaceAll(script.lastHash, lastHash);
    this.ready.set(
      caseId,
      fromText(text).map((commands) => commands.map((command) => sending(unbound(command)))),
    );
  }

  forget({ caseId }: Provider): void {
    this.ready.delete(caseId);
  }
}

/**
 * The same write, but to the breaker's shard however much others have added to it: the recorded bound speaks of a state that is long past,
 * and the bare workflow neither looks nor tries again.
 */
function unbound({ name, input }: SentCommand): SentCommand {
  const { TransactItems: items } = input as { TransactItems?: TransactItems };
  if (items === undefined) return { name, input };
  const TransactItems = items.map((item) => {
    const values = item.Update?.ExpressionAttributeValues;
    if (values?.[':mostUnits'] === undefined) return item;
    const wide = { ':mostUnits': MAX_UNITS, ':mostSuspended': Number.MAX_SAFE_INTEGER };
    return { Update: { ...item.Update, ExpressionAttributeValues: { ...values, ...wide } } };
  }) as TransactItems;
  return { name, input: { ...input, TransactItems } };
}

/** Amounts of the breaker are bigints, which JSON has no form for. */
function asText(writes: Script['writes']): string {
  return JSON.stringify(writes, (_key, value: unknown) =>
    typeof value === 'bigint' ? { bigint: value.toString() } : value,
  );
}

function fromText(text: string): SentCommand[][] {
  return JSON.parse(text, (_key, value: { bigint?: string } | null) =>
    typeof value?.bigint === 'string' ? BigInt(value.bigint) : value,
  );
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
