import type { Operation } from '../../contracts/http/operation.ts';
import { toWire, type Wire } from '../../contracts/wire.ts';
import type { ActionRequest, ActionResult, CaseAction } from '../../domain/case/actions.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import { hashOf } from '../shared/canonical.ts';
import type { Call } from '../shared/route.ts';
import { visibleCase } from './case-access.ts';
import type { CasesApiDeps } from './deps.ts';

type ActDeps = Pick<CasesApiDeps, 'cases' | 'messages'>;
type ActCall = Pick<Call<Operation>, 'principal' | 'ownOnly' | 'key'> & {
  readonly params: { readonly caseId: string };
};

/** Answer to an accepted action, as it crosses the wire. */
export type ActionAnswer = Omit<Wire<ActionResult>, 'v'>;

/**
 * Brings an action to the workflow that has the case now: the episode or, after its end, the settlement (rule A4). The hash
 * is of the whole action, with the ids of the path in it. Throws what the law refuses with, and `case-unknown`.
 */
export async function act(
  deps: ActDeps,
  call: ActCall,
  action: CaseAction,
): Promise<{ body: ActionAnswer }> {
  const { caseId } = call.params;
  const record = await visibleCase(deps.cases, caseId, call.ownOnly);
  const { v: _, ...result } = toWire(await send(deps, record, requestOf(call, action)));
  return { body: result };
}

/** Brings the request for a readmission to the workflow that decides it, and starts that if it does not run yet (rule C5). */
export async function readmit(
  deps: Pick<CasesApiDeps, 'messages'>,
  record: CaseRecord,
  call: ActCall,
  action: CaseAction,
): Promise<{ body: ActionAnswer }> {
  const { networkId, caseId, participantId, violationType } = record;
  const about = { networkId, caseId, participantId, violationType };
  const { v: _, ...result } = toWire(await deps.messages.readmit(about, requestOf(call, action)));
  return { body: result };
}

function requestOf({ principal, key }: ActCall, action: CaseAction): ActionRequest {
  return { v: 1, principal, key, bodyHash: hashOf(action), action };
}

/** The case may have moved to its settlement between our reading and the sending: then the record says where it went. */
async function send(
  deps: ActDeps,
  record: CaseRecord,
  request: ActionRequest,
): Promise<ActionResult> {
  try {
    return await deps.messages.act(record.workflowId, request);
  } catch (error) {
    const isGone = error instanceof DomainError && error.code === 'case-workflow-gone';
    const now = isGone ? await deps.cases.read(record.caseId) : null;
    if (now === null || now.workflowId === record.workflowId) throw error;
    return deps.messages.act(now.workflowId, request);
  }
}
