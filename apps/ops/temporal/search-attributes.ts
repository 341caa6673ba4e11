import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../../../contracts/temporal.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Temporal } from './connect.ts';
import { GRPC, hasCode } from './grpc-errors.ts';

/**
 * A type of our search attributes: its name on Temporal's command lines, its number on the wire, and a condition that the server takes
 * for no other type.
 */
const TYPES = {
  KEYWORD: { name: 'Keyword', number: 2, askOnly: (key: string) => `${key} STARTS_WITH 'x'` },
  DATETIME: {
    name: 'Datetime',
    number: 6,
    // Keywords are compared with texts, numbers with numbers, and only instants with both.
    askOnly: (key: string) => `${key} > '2020-01-01T00:00:00Z' AND ${key} > 0`,
  },
} as const;

/** Every type's name on Temporal's command lines, by its number. */
const NAMES = ['', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

/** Search attributes as Temporal's command lines write them: `Stage=Keyword`. */
export function asArguments(keys: readonly string[] = Object.keys(SEARCH_ATTRIBUTES)): string[] {
  return Object.entries(SEARCH_ATTRIBUTES)
    .filter(([key]) => keys.includes(key))
    .map(([key, type]) => `${key}=${TYPES[type].name}`);
}

/**
 * Names of our search attributes that the namespace lacks. Throws `search-attribute-type` (conflict) when it has one of another type:
 * no case could be started there.
 */
export async function missingSearchAttributes(it: Temporal): Promise<string[]> {
  const found = await findSearchAttributes(it);
  const ours = Object.entries(SEARCH_ATTRIBUTES);
  const wrong = ours.filter(
    ([key, type]) => (found.get(key) ?? TYPES[type].name) !== TYPES[type].name,
  );
  if (wrong.length > 0)
    throw otherType(
      it.namespace,
      wrong.map(([key, type]) => ({ key, is: found.get(key) ?? '', wanted: TYPES[type].name })),
    );
  return ours.map(([key]) => key).filter((key) => !found.has(key));
}

function otherType(
  namespace: string,
  wrong: readonly { readonly key: string; readonly is: string; readonly wanted: string }[],
): DomainError {
  const which = wrong.map(({ key, is, wanted }) => `${key} is ${is}, not ${wanted}`).join('; ');
  const perName = wrong.flatMap(({ key }) => [
    `  temporal operator search-attribute remove --namespace ${namespace} --name ${key}`,
    `  tcld namespace search-attributes rename --namespace ${namespace} --existing-name ${key} --new-name <other>   # on Temporal Cloud`,
  ]);
  return new DomainError(
    'search-attribute-type',
    'conflict',
    [
      `The namespace ${namespace} has search attributes that cases cannot use: ${which}.`,
      'Temporal changes no type. Give this system a namespace of its own, or free the names and run this command again:',
      ...perName,
    ].join('\n'),
  );
}

/** Our search attributes that the namespace has, with the name of their type. */
async function findSearchAttributes(it: Temporal): Promise<ReadonlyMap<string, string>> {
  const { connection, namespace } = it;
  const found = new Map<string, string>();
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    for (const key of Object.keys(SEARCH_ATTRIBUTES)) {
      const number = customAttributes?.[key];
      if (number) found.set(key, NAMES[number] ?? `type ${number}`);
    }
    return found;
  } catch (error) {
    if (!hasCode(error, GRPC.permissionDenied, GRPC.unimplemented)) throw error;
  }
  // A key of Temporal Cloud may not list them; what a query may ask of them, everybody may find out.
  for (const [key, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    if (!(await mayAsk(it, `${key} IS NOT NULL`))) continue;
    const { name, askOnly } = TYPES[type];
    found.set(key, (await mayAsk(it, askOnly(key))) ? name : 'of another type');
  }
  return found;
}

async function mayAsk({ connection, namespace }: Temporal, query: string): Promise<boolean> {
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (hasCode(error, GRPC.invalidArgument)) return false;
    throw error;
  }
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
