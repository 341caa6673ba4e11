import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { WritePoint } from './protocol.ts';

/** Commands of the document client that change the store. */
const WRITES = /^(Put|Update|Delete|TransactWrite|BatchWrite)Command$/;

/** What is known of a command's input without knowing which of the five it is. */
interface AnyInput {
  readonly TableName?: string;
  readonly Item?: Record<string, unknown>;
  readonly Key?: Record<string, unknown>;
  readonly UpdateExpression?: string;
  readonly TransactItems?: readonly Readonly<Record<string, AnyInput>>[];
}

/**
 * A store whose writes ask before they are sent and after they are answered, whatever the answer is. Reads go through untouched.
 */
export function watchWrites(
  store: Store,
  ask: (side: WritePoint['side'], what: string) => Promise<void>,
): Store {
  const client = Object.create(store.client) as Store['client'];
  const send = store.client.send.bind(store.client) as (...args: unknown[]) => Promise<unknown>;
  const watched = async (command: { constructor: { name: string }; input: AnyInput }) => {
    const { name } = command.constructor;
    if (!WRITES.test(name)) return send(command);
    const what = `${name.replace('Command', '')} ${describe(command.input)}`;
    await ask('before', what);
    try {
      return await send(command);
    } finally {
      await ask('after', what);
    }
  };
  client.send = watched as unknown as Store['client']['send'];
  return { ...store, client };
}

/** A transaction is named by its first item, which in a step of a case is the guard that bears the step's key. */
function describe(input: AnyInput): string {
  const [first] = input.TransactItems ?? [];
  if (first !== undefined) return Object.values(first).map(describe).join(' ');
  const { pk, sk } = input.Item ?? input.Key ?? {};
  return [input.TableName, pk, sk, input.UpdateExpression ?? ''].join(' ').trim();
}
