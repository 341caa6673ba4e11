import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../adapters/dynamodb/client.ts';
import { TABLES } from '../../adapters/dynamodb/tables.ts';

/** What work asked of the store: calls, and request units as the store counts them, indexes included. */
export interface StoreUse {
  calls: number;
  /** Calls that a condition refused: the store does not say what they took. */
  refused: number;
  readUnits: number;
  writeUnits: number;
  /** Write units by table, and by index such as `inbox/undelivered`. */
  written: Record<string, number>;
}

/** Counts what is asked of one client of the store, by who asks. */
export interface StoreMeter {
  /** Does something under a name: its calls are counted there, whoever works beside it. */
  during<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** From here on the caller's own calls are counted under a name. */
  enter(name: string): void;
  /** What was used under a name since it was taken last. */
  take(name: string): StoreUse;
}

/** Where the worker's calls are counted: it was there before anybody gave a name. */
export const STEPS = 'steps';

const READS = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand']);

/** Puts a meter on the client of a store. The embedded store answers with the units that AWS's published rules give. */
export function meterOf(store: Store): StoreMeter {
  const kindOf = new Map<string, string>(TABLES.map((kind) => [store.tables[kind], kind]));
  const uses = new Map<string, StoreUse>();
  const naming = new AsyncLocalStorage<string>();
  const useOf = (name: string): StoreUse => {
    const use = uses.get(name) ?? nothing();
    uses.set(name, use);
    return use;
  };
  store.client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const use = useOf(naming.getStore() ?? STEPS);
        use.calls += 1;
        Object.assign(args.input, { ReturnConsumedCapacity: 'INDEXES' });
        const answer = await next(args).catch((error) => {
          use.refused += 1;
          throw error;
        });
        for (const one of capacities(answer.output)) {
          if (READS.has(commandName)) use.readUnits += one.CapacityUnits ?? 0;
          else addWrites(use, kindOf.get(one.TableName ?? '') ?? 'unknown', one);
        }
        return answer;
      },
    { step: 'initialize', priority: 'low', name: 'meter' },
  );
  return {
    during: (name, work) => naming.run(name, work),
    enter: (name) => naming.enterWith(name),
    take(name) {
      const use = useOf(name);
      uses.delete(name);
      return use;
    },
  };
}

function nothing(): StoreUse {
  return { calls: 0, refused: 0, readUnits: 0, writeUnits: 0, written: {} };
}

function capacities(output: object): ConsumedCapacity[] {
  const { ConsumedCapacity: said } = output as { ConsumedCapacity?: unknown };
  return said === undefined ? [] : ([said].flat() as ConsumedCapacity[]);
}

function addWrites(use: StoreUse, table: string, said: ConsumedCapacity): void {
  use.writeUnits += said.CapacityUnits ?? 0;
  const parts = [
    [table, said.Table],
    ...Object.entries(said.GlobalSecondaryIndexes ?? {}).map(
      ([index, units]) => [`${table}/${index}`, units] as const,
    ),
  ] as const;
  for (const [name, units] of parts)
    use.written[name] = (use.written[name] ?? 0) + (units?.CapacityUnits ?? 0);
}
