import { Client, Connection } from '@temporalio/client';
import type { LocalStack } from '../../../apps/local/stack.ts';

/** One event of a workflow's history, as far as the tests ask. */
export interface HistoryEvent {
  readonly kind: 'signal' | 'timer' | 'other';
}

/** Reads histories from the server of a stack, as operators see them. */
export async function openHistories(stack: LocalStack) {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const client = new Client({ connection });
  return {
    async read(workflowId: string): Promise<HistoryEvent[]> {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      return (events ?? []).map((event) => {
        if (event.workflowExecutionSignaledEventAttributes) return { kind: 'signal' };
        return { kind: event.timerFiredEventAttributes ? 'timer' : 'other' };
      });
    },
    async isClosed(workflowId: string): Promise<boolean> {
      return (await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
    },
    /** Ids of all workflows that the server knows, running or closed, of one participant. */
    async workflowsOf(participantId: string): Promise<string[]> {
      const ids: string[] = [];
      const query = `ParticipantId = "${participantId}"`;
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      return ids.sort();
    },
    close: () => connection.close(),
  };
}
