import { activityInfo } from '@temporalio/activity';
import type { Store } from '../../../adapters/dynamodb/client.ts';

/** A command of the document client as it was sent. */
export interface SentCommand {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** Counts the calls that the steps of cases make, and keeps their writes while somebody wants them. */
export interface StoreSpy {
  readonly store: Store;
  readonly calls: number;
  /** Keeps the writes of each step from here on, by `stepName`, until they are taken. */
  keep(): void;
  take(): ReadonlyMap<string, readonly SentCommand[]>;
}

const WRITES = /^(Put|Update|Delete|TransactWrite)Command$/;

/** How the writes of a step are named. */
export function stepName(workflowId: string, activityId: string): string {
  return `${workflowId} ${activityId}`;
}

/** Puts a spy before a store; other clients of the same tables are not seen. */
export function spyOn(store: Store): StoreSpy {
  let calls = 0;
  let kept: Map<string, SentCommand[]> | null = null;
  const client = Object.create(store.client) as Store['client'];
  const send = store.client.send.bind(store.client) as (...args: unknown[]) => Promise<unknown>;
  const watched = (command: { input: Record<string, unknown> }, ...rest: unknown[]) => {
    calls += 1;
    const { name } = command.constructor;
    if (kept !== null && WRITES.test(name)) {
      const { workflowExecution, activityId } = activityInfo();
      const step = stepName(workflowExecution?.workflowId ?? '', activityId);
      kept.set(step, [...(kept.get(step) ?? []), { name, input: structuredClone(command.input) }]);
    }
    return send(command, ...rest);
  };
  client.send = watched as unknown as Store['client']['send'];
  return {
    store: { ...store, client },
    get calls() {
      return calls;
    },
    keep() {
      kept = new Map();
    },
    take() {
      const taken = kept ?? new Map();
      kept = null;
      return taken;
    },
  };
}
