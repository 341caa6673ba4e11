import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import {
  caseWorkflowId,
  readmissionWorkflowId,
  settlementWorkflowId,
} from '../../../contracts/temporal.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { type ComparableLedger, readLedger } from './comparable-ledger.ts';
import type { NamedPoint } from './kill-plan.ts';
import { WriteNames } from './kill-plan.ts';
import { type Network, openNetwork } from './network.ts';
import type { RealParts } from './real-parts.ts';
import type { Story } from './stories.ts';
import type { Crew } from './worker-crew.ts';

/** What one run of a story came to. */
export interface StoryRun {
  readonly record: CaseRecord;
  /** The ledger without instants and ids; equal stories have equal ledgers. */
  readonly ledger: ComparableLedger;
  /** Every store write of the worker, named, in the order in which they were begun. */
  readonly writes: readonly string[];
  /** The workflows of every case of the story, oldest case first; all have completed. */
  readonly workflowIds: readonly string[];
  readonly network: Network;
}

/**
 * Plays a story on a network of its own with a worker of its own. `shallDie` is asked before and after every store write of
 * the worker; a killed one is replaced at once. The caller closes the network.
 */
export async function runStory(
  parts: RealParts,
  crew: Crew,
  name: string,
  story: Story,
  shallDie: (point: NamedPoint) => boolean = () => false,
): Promise<StoryRun> {
  const network = await openNetwork(parts, name);
  const ids: string[] = [name];
  const names = new WriteNames(() => ids);
  const post = crew.post(network.workerEnv, ({ what, side }) => {
    // The case's id is derived from its opening alert, which is the same in every network.
    return shallDie({ write: names.nameOf(what), side }) ? 'die' : 'go';
  });
  await post.staff();
  try {
    const record = await story(network);
    const workflowIds: string[] = [];
    for (const caseId of await caseIds(network))
      workflowIds.push(...(await finished(network, caseId)));
    const ledger = await readLedger(network.store);
    return { record, ledger, writes: names.all, workflowIds, network };
  } finally {
    await post.abandon();
  }
}

async function caseIds({ store }: Network): Promise<string[]> {
  const { items } = await createCaseReader(store).list({ limit: 100 });
  return items.map(({ caseId }) => caseId).reverse();
}

/** Waits until the workflows of a case have completed. A case of which nothing is left to settle has no settlement. */
async function finished({ client, networkId }: Network, caseId: string): Promise<string[]> {
  const workflowIds = [caseWorkflowId(networkId, caseId)];
  await client.workflow.getHandle(caseWorkflowId(networkId, caseId)).result();
  for (const idOf of [settlementWorkflowId, readmissionWorkflowId]) {
    const later = client.workflow.getHandle(idOf(networkId, caseId));
    const exists = await later.describe().then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    await later.result();
    workflowIds.push(later.workflowId);
  }
  return workflowIds;
}
