import { readFileSync } from 'node:fs';

/** A table as the code defines it: string keys `pk` and `sk`; sort keys of indexes are numbers. */
export interface TableShape {
  readonly indexes: readonly {
    readonly name: string;
    readonly partition: string;
    readonly sort: string;
  }[];
  readonly stream: boolean;
  /** Attribute with the instant of expiry in epoch seconds. */
  readonly expiry: string | null;
}

/** An operation of the HTTP contract and the function that serves it. */
export interface RouteShape {
  readonly method: string;
  readonly path: string;
  readonly functionName: string;
  readonly isPublic: boolean;
}

/** The five tables, by what they hold. */
export const TABLE_KINDS = ['alerts', 'inbox', 'registry', 'ledger', 'audit'] as const;

/** One of the five tables, without its prefix. */
export type TableKind = (typeof TABLE_KINDS)[number];

/** What the built code says about tables and routes; `npm run build` writes it to `dist/shape.json`. */
export interface Shape {
  readonly tables: Readonly<Record<TableKind, TableShape>>;
  readonly routes: readonly RouteShape[];
}

/** Reads the shape of the build. Throws when there is none: `npm run build` comes first. */
export function readShape(file: string): Shape {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`There is no build to deploy: run npm run build first (${file}).`, { cause });
  }
}
