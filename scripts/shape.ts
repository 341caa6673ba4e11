import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TABLE_DEFINITIONS } from '../adapters/dynamodb/tables.ts';
import { OPERATIONS } from '../contracts/http/operations.ts';
import { rolesOf } from '../contracts/http/roles.ts';

/** One operation of the HTTP contract as the gateway in front of the functions must know it. */
interface ShapeRoute {
  readonly method: string;
  readonly path: string;
  readonly functionName: string;
  readonly isPublic: boolean;
}

/** Which function serves the operations under a first part of the path; all others are served by the cases API. */
const FUNCTION_BY_PART: Readonly<Record<string, string>> = {
  participants: 'participants-api',
  standings: 'participants-api',
  'reputation-reviews': 'participants-api',
  policies: 'admin-api',
  incidents: 'admin-api',
};

/**
 * What the code says about tables and routes, as data: the installation is made from the same definitions as the local stack,
 * without importing any of the code that runs.
 */
export function shapeOf() {
  const routes: ShapeRoute[] = [
    ...['POST', 'PUT'].map((method) => ({
      method,
      path: '/v1/alerts/{sourceId}',
      functionName: 'receive-alert',
      // Senders prove who they are by what their source is configured with, not by a token.
      isPublic: true,
    })),
    ...OPERATIONS.map(({ id, method, path: where }) => ({
      method,
      path: where,
      functionName: FUNCTION_BY_PART[where.split('/')[2] ?? ''] ?? 'cases-api',
      isPublic: rolesOf(id) === 'public',
    })),
  ];
  return { tables: TABLE_DEFINITIONS, routes };
}

/** Writes the shape as `shape.json` into a folder. Returns the file. */
export function writeShape(folder: string): string {
  const file = path.join(folder, 'shape.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(shapeOf(), null, 2)}\n`);
  return file;
}
