import { createRequire } from 'node:module';
import type { WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** A history as the client fetches it. */
export type RawHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** The classes that write and read Temporal's wire form. */
const { temporal } = createRequire(createRequire(import.meta.url).resolve('@temporalio/client'))(
  '@temporalio/proto',
) as {
  temporal: {
    api: { history: { v1: { History: { encode(it: object): { finish(): Uint8Array } } } } };
  };
};

/** Fields that hold search attributes, which Temporal indexes and no codec ever sees (ADR 0011). */
const EXEMPT = 'searchAttributes';

/** The history as the server stores it, byte by byte, with or without its search attributes. */
export function bytesOf(history: RawHistory, options: { exempt: boolean }): Buffer {
  const shown = options.exempt ? withoutExempt(history) : history;
  return Buffer.from(temporal.api.history.v1.History.encode(shown as object).finish());
}

/** Which of these words stand in the bytes. */
export function wordsIn(bytes: Buffer, words: readonly string[]): string[] {
  return words.filter((word) => bytes.includes(word));
}

function withoutExempt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExempt);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== EXEMPT);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutExempt(member)]));
}

/** Names of the search attributes that the history sets. */
export function exemptNames(history: RawHistory): Set<string> {
  const names = new Set<string>();
  walk(history, (name, value) => {
    if (name !== EXEMPT || !isTree(value)) return;
    for (const each of Object.keys(Reflect.get(value, 'indexedFields') ?? {})) names.add(each);
  });
  return names;
}

/** Every payload of the history but search attributes, and how each is marked. */
export function payloadsOf(history: RawHistory): { payload: Payload; encoding: string }[] {
  const found: { payload: Payload; encoding: string }[] = [];
  const seek = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) seek(each);
    if (Array.isArray(value) || !isTree(value)) return;
    const metadata: unknown = Reflect.get(value, 'metadata');
    const encoding: unknown = isTree(metadata) ? Reflect.get(metadata, 'encoding') : undefined;
    if (encoding instanceof Uint8Array) {
      found.push({ payload: value as Payload, encoding: Buffer.from(encoding).toString() });
      return;
    }
    for (const [name, member] of Object.entries(value)) if (name !== EXEMPT) seek(member);
  };
  seek(history);
  return found;
}

/** All update ids of the history. */
export function updateIdsOf(history: RawHistory): Set<string> {
  const ids = new Set<string>();
  walk(history, (name, value) => {
    if ((name === 'updateId' || name === 'protocolInstanceId') && value) ids.add(String(value));
  });
  return ids;
}

/** Messages of all failures of the history, as the server shows them. */
export function failureMessagesOf(history: RawHistory): string[] {
  const messages: string[] = [];
  walk(history, (name, value) => {
    if (/failure$/i.test(name) && isTree(value))
      messages.push(String(Reflect.get(value, 'message')));
  });
  return messages;
}

function walk(value: unknown, see: (name: string, value: unknown) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) walk(each, see);
  } else if (isTree(value)) {
    for (const [name, member] of Object.entries(value)) {
      see(name, member);
      walk(member, see);
    }
  }
}

/** An object to look into; bytes and long integers are leaves. */
function isTree(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return !('unsigned' in value && 'low' in value);
}
