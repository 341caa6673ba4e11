import type { Item } from './items.ts';

/** A value as the store's wire and streams write it; only what our items use. */
export type WireValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: WireValue[] }
  | { M: Record<string, WireValue> };

/** An item as a stream shows it. */
export type WireImage = Record<string, WireValue>;

/** Reads an image of the stream. */
export function fromImage(image: WireImage): Item {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plain(value)]));
}

function plain(value: WireValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return Number(value.N);
  if ('BOOL' in value) return value.BOOL;
  if ('L' in value) return value.L.map(plain);
  if ('M' in value) return fromImage(value.M);
  return null;
}

/** Writes an item as the stream would show it, for stores whose streams are not used. */
export function toImage(item: Item): WireImage {
  const entries = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, wire(value)]));
}

function wire(value: unknown): WireValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null || value === undefined) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(wire) };
  return { M: toImage(value as Item) };
}
