/** Fields that hold an instant in epoch ms; other `…Ms` fields are durations and cross the border as they are. */
export type InstantKey =
  | 'atMs'
  | 'sinceMs'
  | `${string}AtMs`
  | `${string}UntilMs`
  | `${string}DeadlineMs`;

const INSTANT_KEY = /^(?:at|since|.+At|.+Until|.+Deadline)Ms$/;

/** Latest instant that RFC 3339 can write: the end of the year 9999. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

type WireKey<K> = K extends InstantKey ? (K extends `${infer Name}Ms` ? Name : never) : K;

/** A value as it crosses HTTP: `openedAtMs: number` becomes `openedAt: string`, a bigint its decimal string. */
export type Wire<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? {
          [K in keyof T as WireKey<K>]: K extends InstantKey
            ? Exclude<T[K], number> | string
            : Wire<T[K]>;
        }
      : T;

/** RFC 3339 in UTC with milliseconds. Throws a `RangeError` for what is no instant up to the year 9999. */
export function instantToWire(atMs: number): string {
  if (!(atMs >= 0 && atMs <= LATEST_MS)) throw new RangeError(`${atMs} is not an instant.`);
  return new Date(atMs).toISOString();
}

/**
 * The one codec from the inside to the wire (design §4): instants become RFC 3339, bigints decimal strings, everything else
 * stays. Field names say which is which, so a new field needs no new codec.
 *
 * @example
 * toWire({ openedAtMs: 0, graceMs: 5_000, units: 7n }); // { openedAt: '1970-01-01T00:00:00.000Z', graceMs: 5000, units: '7' }
 */
export function toWire<T>(value: T): Wire<T> {
  return convert(value) as Wire<T>;
}

function convert(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => convertField(key, item)));
}

function convertField(key: string, item: unknown): [string, unknown] {
  if (!INSTANT_KEY.test(key)) return [key, convert(item)];
  const name = key.slice(0, -'Ms'.length);
  return [name, typeof item === 'number' ? instantToWire(item) : item];
}
