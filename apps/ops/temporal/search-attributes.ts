import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../../../contracts/temporal.ts';
import { DomainError } from '../../../domain/errors.ts';
import { GRPC, hasCode, type Temporal } from './connect.ts';

/** A type of our search attributes: its name on Temporal's command lines and its number on the wire. */
const TYPES = {
  KEYWORD: { name: 'Keyword', number: 2 },
  DATETIME: { name: 'Datetime', number: 6 },
} as const;

/** Search attributes as Temporal's command lines write them: `Stage=Keyword`. */
export function asArguments(keys: readonly string[] = Object.keys(SEARCH_ATTRIBUTES)): string[] {
  return Object.entries(SEARCH_ATTRIBUTES)
    .filter(([key]) => keys.includes(key))
    .map(([key, type]) => `${key}=${TYPES[type].name}`);
}

/** Names of our search attributes that the namespace lacks. */
export async function missingSearchAttributes(it: Temporal): Promise<string[]> {
  const keys = Object.keys(SEARCH_ATTRIBUTES);
  try {
    const { namespace } = it;
    const listed = await it.connection.operatorService.listSearchAttributes({ namespace });
    return keys.filter((key) => !listed.customAttributes?.[key]);
  } catch (error) {
    // A key of Temporal Cloud may not list them; whether a query may name them, everybody may ask.
    if (!hasCode(error, GRPC.permissionDenied, GRPC.unimplemented)) throw error;
    const known = await Promise.all(keys.map((key) => mayBeNamed(it, key)));
    return keys.filter((_, index) => !known[index]);
  }
}

async function mayBeNamed({ connection, namespace }: Temporal, key: string): Promise<boolean> {
  const query = `${key} IS NOT NULL`;
  return connection.workflowService.countWorkflowExecutions({ namespace, query }).then(
    () => true,
    () => false,
  );
}

const LISTED_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/**
 * Adds the search attributes that a namespace lacks and waits until it has them all. Returns the names of those that were added.
 * Throws the server's own error when it does not let us, and `temporal-slow` (dependency) when they do not appear.
 */
export async function ensureSearchAttributes(it: Temporal): Promise<string[]> {
  const missing = await missingSearchAttributes(it);
  if (missing.length === 0) return [];
  const toAdd = Object.entries(SEARCH_ATTRIBUTES).filter(([key]) => missing.includes(key));
  await it.connection.operatorService.addSearchAttributes({
    namespace: it.namespace,
    searchAttributes: Object.fromEntries(toAdd.map(([key, type]) => [key, TYPES[type].number])),
  });
  for (const endMs = performance.now() + LISTED_WITHIN_MS; performance.now() < endMs; ) {
    if ((await missingSearchAttributes(it)).length === 0) return missing;
    await sleep(LOOK_MS);
  }
  throw new DomainError(
    'temporal-slow',
    'dependency',
    `Temporal took ${missing.join(', ')} and does not show them. Run the command again.`,
  );
}
