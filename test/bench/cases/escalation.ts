import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { StepOutcome } from '../../../activities/step.ts';
import { caseWorkflowId, settlementWorkflowId } from '../../../contracts/temporal.ts';
import type { CaseAction } from '../../../domain/case/actions.ts';
import { settlementDues } from '../../../domain/case/outlook.ts';
import type { CaseState } from '../../../domain/case/state.ts';
import type { CaseWorkflows } from '../../../functions/shared/temporal.ts';
import type { Provider } from './providers.ts';
import type { DoneStep, StepWatch } from './step-watch.ts';

/** What a case is played with. */
export interface Stage {
  readonly client: Client;
  readonly cases: CaseWorkflows;
  readonly watch: StepWatch;
  readonly networkId: string;
}

type Seen = StepOutcome['change'];

/**
 * One case through the full escalation: warned, two penalties, severe on approval, corrected, reinstated after appeal and audit, settled.
 * Returns when its last workflow has completed.
 */
export async function escalate(stage: Stage, provider: Provider): Promise<void> {
  const { cases, client, networkId } = stage;
  const { caseId, participantId, violationType } = provider;
  const seen = stage.watch.follow(caseId, changeIn);
  const workflowId = caseWorkflowId(networkId, caseId);
  let acts = 0;
  const act = (person: string, action: CaseAction) => {
    acts += 1;
    return cases.act(workflowId, requestOf(participantId, person, `bench-key-${acts}`, action));
  };
  const opening = { v: 1 as const, networkId, caseId, participantId, violationType };
  await cases.signalWithStart(opening, { v: 1, items: [provider.fired] });
  const { proposal } = await seen.until((change) => change.stage === 'proposed');
  if (proposal === null) throw new Error('A proposed case has a proposal.');
  const { proposalId, draftHash } = proposal;
  await act('gov-a', { kind: 'approve', proposalId, draftHash, reason: 'evidence is clear' });
  await seen.until((change) => change.stage === 'correcting' && change.rung === 'S1');
  await cases.signal(workflowId, { v: 1, items: [await provider.clear()] });
  await seen.until((change) => change.stage === 'restoring');
  await act(participantId, { kind: 'submitRemediation', cause: 'power', actions: 'replaced' });
  await act('ops-1', { kind: 'confirmRemediation', note: 'seen' });
  await act(participantId, { kind: 'appeal', grounds: 'repaired' });
  await act('aud-1', { kind: 'recordFinding', result: 'pass', note: 'checked on site' });
  await seen.until(isSettled);
  seen.close();
  await client.workflow.getHandle(settlementWorkflowId(networkId, caseId)).result();
}

/** Ids of the workflows that a case has lived in. */
export function workflowsOf(networkId: string, caseId: string): string[] {
  return [caseWorkflowId(networkId, caseId), settlementWorkflowId(networkId, caseId)];
}

/** The case as a step left it; the steps that serve notices leave none. */
function changeIn({ result }: DoneStep): Seen | null {
  const { change, outcome } = result as { change?: Seen; outcome?: StepOutcome };
  return change ?? outcome?.change ?? null;
}

function isSettled(change: Seen): boolean {
  return change.stage === 'ended' && settlementDues(change as CaseState).length === 0;
}

function requestOf(participantId: string, person: string, key: string, action: CaseAction) {
  const isOwner = person === participantId;
  return {
    v: 1 as const,
    principal: {
      account: person,
      person,
      organisation: `org-of-${person}`,
      roles: isOwner
        ? ['participant' as const]
        : (['governor', 'auditor', 'operator', 'reviewer'] as const).slice(),
      participantId: isOwner ? participantId : null,
      controlGroup: isOwner ? `group-of-${participantId}` : null,
    },
    key,
    bodyHash: createHash('sha256').update(JSON.stringify(action)).digest('hex'),
    action,
  };
}
