import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
// The package's own entry is CommonJS, whose names Node cannot see.
import proto, { type temporal } from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

/** A history as the SDK's types have it. */
export type History = temporal.api.history.v1.IHistory;

/** One committed history: which story, which of its two workflows, and what the server had written. */
export interface CommittedHistory {
  /** `full-path.case`: the story and the kind of workflow. */
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

const FOLDER = path.join(import.meta.dirname, 'histories');

/** Longs, enums and bytes as texts, so that a file can be read and compared. */
const AS_TEXT = { longs: String, enums: String, bytes: String } as const;

/** Writes a history with one event per line. */
export function writeHistory(name: string, workflowId: string, history: History): void {
  mkdirSync(FOLDER, { recursive: true });
  const { events } = History.toObject(History.fromObject(history), AS_TEXT) as { events: object[] };
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  const id = JSON.stringify(workflowId);
  writeFileSync(
    path.join(FOLDER, `${name}.json`),
    `{"workflowId":${id},"events":[\n${lines}\n]}\n`,
  );
}

/** Every committed history. */
export function readHistories(): CommittedHistory[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => {
    const { workflowId, events } = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));
    return { name: file.replace('.json', ''), workflowId, history: History.fromObject({ events }) };
  });
}
