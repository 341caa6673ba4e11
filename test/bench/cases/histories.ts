import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** One event of a workflow's history. */
export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** All events of a workflow. */
export async function eventsOf(client: Client, workflowId: string): Promise<HistoryEvent[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
}
