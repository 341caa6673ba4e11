import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PartError } from './parts/part-error.ts';
import { stablePort } from './ports.ts';

/** What the stack remembers about itself between runs. */
export interface StackMemory {
  readonly v: 1;
  /** When this data folder began; the seeded network counts its age from here. */
  readonly createdAtMs: number;
  readonly apiPort: number;
  /** Port of the demonstration's nodes and notice board: participants are registered with it, so it never changes. */
  readonly demoPort: number;
  readonly isSeeded: boolean;
}

/** The folder of one stack, locked for this process. */
export interface DataFolder {
  readonly root: string;
  readonly memory: () => StackMemory;
  readonly remember: (changes: Partial<Omit<StackMemory, 'v'>>) => void;
  /** Path of a file or folder inside. */
  readonly at: (...parts: string[]) => string;
  readonly unlock: () => void;
}

const MARKER = 'swarm-slashing.json';
const LOCK = 'running.json';

/**
 * Opens the data folder, or begins a new one. `fresh` wipes it first, but only one that bears our marker.
 * @throws PartError when it is somebody else's, or another stack runs on it
 */
export async function openDataFolder(root: string, fresh: boolean): Promise<DataFolder> {
  const at = (...parts: string[]) => path.join(root, ...parts);
  mkdirSync(root, { recursive: true });
  refuseForeign(root);
  refuseRunning(root);
  if (fresh) for (const entry of readdirSync(root)) rmSync(at(entry), { recursive: true });
  let memory = readMemory(at(MARKER)) ?? {
    v: 1,
    createdAtMs: Date.now(),
    apiPort: await stablePort(),
    demoPort: await stablePort(),
    isSeeded: false,
  };
  const save = () => writeWhole(at(MARKER), memory);
  save();
  writeWhole(at(LOCK), { pid: process.pid, startedAt: startOf(process.pid) });
  return {
    root,
    at,
    memory: () => memory,
    remember: (changes) => {
      memory = { ...memory, ...changes };
      save();
    },
    unlock: () => rmSync(at(LOCK), { force: true }),
  };
}

function refuseForeign(root: string): void {
  const entries = readdirSync(root);
  if (entries.length === 0 || entries.includes(MARKER)) return;
  throw new PartError({
    part: 'data folder',
    why: `${root} holds something else: it has no ${MARKER}.`,
    whatToDo: ['Choose an empty or new folder with --data.'],
  });
}

function refuseRunning(root: string): void {
  const held = readJson(path.join(root, LOCK));
  const pid = typeof held?.['pid'] === 'number' ? held['pid'] : 0;
  if (pid === 0 || held?.['startedAt'] !== startOf(pid)) return;
  throw new PartError({
    part: 'data folder',
    why: `another stack runs on ${root} (process ${pid}).`,
    whatToDo: ['Stop that one first (Ctrl-C where it runs), or choose another folder with --data.'],
  });
}

/** When a process began, as the system words it: the same number may be another process later. Empty when it is gone. */
function startOf(pid: number): string {
  const shown = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  if (!shown.error) return shown.stdout.trim();
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function readMemory(file: string): StackMemory | undefined {
  const found = readJson(file);
  if (found === undefined) return undefined;
  const isOurs = found['v'] === 1 && typeof found['createdAtMs'] === 'number';
  if (isOurs) return found as unknown as StackMemory;
  throw new PartError({
    part: 'data folder',
    why: `${file} was written by another version.`,
    whatToDo: ['Begin anew with --fresh, or choose another folder with --data.'],
  });
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that a kill never leaves half a file. */
function writeWhole(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(content, null, 2));
  renameSync(`${file}.new`, file);
}
