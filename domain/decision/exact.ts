/** A value as plain data: amounts are decimal strings, sets are sorted lists. */
export type Plain<T> = T extends bigint
  ? string
  : T extends ReadonlySet<infer Item>
    ? Plain<Item>[]
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [K in keyof T]: Plain<T[K]> }
        : T;

/** Where in plain data an amount or a set was: paths of keys, `*` for every item of a list. With it nothing is lost. */
export interface Exact {
  amounts: string[];
  sets: string[];
}

/**
 * Turns a value into plain data that canonical JSON can write, and says what has to be turned back. Nothing is listed by name, so
 * whatever a structure gains later is kept too.
 *
 * @example
 * toPlain({ units: 7n }); // { plain: { units: '7' }, exact: { amounts: ['units'], sets: [] } }
 */
export function toPlain<T>(value: T): { plain: Plain<T>; exact: Exact } {
  const amounts = new Set<string>();
  const sets = new Set<string>();
  const convert = (item: unknown, path: string): unknown => {
    if (typeof item === 'bigint') {
      amounts.add(path);
      return item.toString();
    }
    if (item instanceof Set) {
      sets.add(path);
      return [...item].map(String).sort();
    }
    if (Array.isArray(item)) return item.map((each) => convert(each ?? null, inside(path, '*')));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item)
        .filter(([, each]) => each !== undefined)
        .map(([key, each]) => [key, convert(each, inside(path, escaped(key)))]),
    );
  };
  const plain = convert(value, '') as Plain<T>;
  return { plain, exact: { amounts: [...amounts].sort(), sets: [...sets].sort() } };
}

/** The inverse of `toPlain`. Throws a `SyntaxError` for an amount that is no whole number. */
export function fromPlain<T>(plain: Plain<T>, exact: Exact): T {
  const amounts = new Set(exact.amounts);
  const sets = new Set(exact.sets);
  const revive = (item: unknown, path: string): unknown => {
    if (amounts.has(path) && typeof item === 'string') return BigInt(item);
    if (sets.has(path) && Array.isArray(item)) return new Set(item);
    if (Array.isArray(item)) return item.map((each) => revive(each, inside(path, '*')));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, each]) => [key, revive(each, inside(path, escaped(key)))]),
    );
  };
  return revive(plain, '') as T;
}

function inside(path: string, key: string): string {
  return path === '' ? key : `${path}/${key}`;
}

/** A key may hold the separator, or be the very sign that stands for a list. */
function escaped(key: string): string {
  return key === '*' ? '~2' : key.replaceAll('~', '~0').replaceAll('/', '~1');
}
