import { caseWorkflowId } from '../../contracts/temporal.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { Stage } from '../../domain/case/state.ts';
import { pinLaw } from '../../domain/law/pin.ts';
import { asFailure } from '../step.ts';
import type { WatchPorts } from './ports.ts';

/** What a look at all cases and workflows found and mended. */
export interface CasesWatched {
  /** Cases whose workflow did not run. */
  lost: string[];
  /** Those of them that go on. */
  resumed: string[];
  /** Workflows without a case; they were ended. */
  stray: string[];
}

const OPEN: readonly Stage[] = ['confirming', 'correcting', 'proposed', 'restoring'];

/**
 * What is younger may just be starting, or just have ended: Temporal's lists and our index lag behind each other. In the policy's own
 * measure of an outage: five minutes by default.
 */
const SETTLED_AFTER_LATENESS = 5;

/**
 * Compares the cases of the registry with the workflows that run. A case without one, lost with a server or ended by a hand, is started again
 * where its last step left it; a workflow without a case is ended. What the lists say is asked again of the server before anything is done.
 */
export function watchCases(ports: WatchPorts) {
  return async ({ nowMs, networkId }: WatchCasesInput): Promise<CasesWatched> =>
    asFailure(async () => {
      const { latenessMs } = await ports.directory.policyAt(nowMs);
      const settledMs = nowMs - latenessMs * SETTLED_AFTER_LATENESS;
      const running = new Map<string, number>();
      for await (const { workflowId, startedAtMs } of ports.workflows.running())
        running.set(workflowId, startedAtMs);
      const watched: CasesWatched = { lost: [], resumed: [], stray: [] };
      const known = new Set<string>();
      for await (const record of living(ports, nowMs)) {
        known.add(record.workflowId);
        if (!running.has(record.workflowId)) await mend(ports, record, settledMs, watched);
      }
      for (const [workflowId, startedAtMs] of running)
        if (!known.has(workflowId))
          await question(ports, { workflowId, startedAtMs, networkId, settledMs }, watched);
      ports.meter.count('LostCases', watched.lost.length);
      ports.meter.count('StrayWorkflows', watched.stray.length);
      return watched;
    });
}

/** Which network, and when. */
export interface WatchCasesInput {
  nowMs: number;
  networkId: string;
}

/** Cases that a workflow must have: open ones, and ended ones that still settle. */
async function* living(ports: WatchPorts, nowMs: number): AsyncGenerator<CaseRecord> {
  for (const stage of OPEN) {
    for await (const records of ports.cases.pages(stage)) yield* records;
  }
  for await (const records of ports.cases.pages('ended', Number.MAX_SAFE_INTEGER)) {
    for (const record of records)
      if (record.nextDeadlineMs !== null && (record.endedAtMs ?? nowMs) < nowMs) yield record;
  }
}

async function mend(
  ports: WatchPorts,
  seen: CaseRecord,
  settledMs: number,
  watched: CasesWatched,
): Promise<void> {
  if ((seen.endedAtMs ?? seen.openedAtMs) > settledMs) return;
  // The index may be older than the record, and the list older than the server.
  const record = await ports.memory.readCase(seen.caseId);
  if (record === null || record.workflowId !== seen.workflowId) return;
  if (record.stage === 'ended' && record.nextDeadlineMs === null) return;
  if (await ports.workflows.isRunning(record.workflowId)) return;
  watched.lost.push(record.caseId);
  const change = await ports.memory.lastState(record.caseId);
  if (change === null) return;
  const policy =
    record.policyVersion === null
      ? await ports.directory.policyAt(record.openedAtMs)
      : await ports.directory.policy(record.policyVersion);
  const law = pinLaw(policy, record.violationType);
  // The step that left it so has been taken, and its number is not used again.
  const state = { ...change, law, steps: change.steps + 1 };
  const done = await ports.workflows.resume(record, state);
  if (done === 'resumed') watched.resumed.push(record.caseId);
}

/** A workflow that no living case names: one that closes now is no stray, and one that has not opened its case yet neither. */
async function question(
  ports: WatchPorts,
  { workflowId, startedAtMs, networkId, settledMs }: RunningOf,
  watched: CasesWatched,
): Promise<void> {
  if (startedAtMs > settledMs) return;
  const caseId = caseIdOf(workflowId, networkId);
  if (caseId === null || (await ports.memory.readCase(caseId)) !== null) return;
  if (!(await ports.workflows.isRunning(workflowId))) return;
  watched.stray.push(workflowId);
  await ports.workflows.end(workflowId, `Case ${caseId} has no record.`);
}

interface RunningOf {
  workflowId: string;
  startedAtMs: number;
  networkId: string;
  settledMs: number;
}

/** The case of a case's workflow in this network; null for any other workflow. */
function caseIdOf(workflowId: string, networkId: string): string | null {
  const prefix = caseWorkflowId(networkId, '');
  return workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : null;
}
