import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { aRecord, aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { openTestStore } from '../../adapters/dynamodb/test-store.ts';
import { readmissionWorkflowId } from '../../contracts/temporal.ts';
import type { ActionRequest, ActionResult } from '../../domain/case/actions.ts';
import type { AuditEntry, CaseRecord } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CaseAbout, CaseMessages, WorkflowView } from '../../domain/ports/case-messages.ts';
import type { CaseReader } from '../../domain/ports/case-reader.ts';
import type { IntakeStore } from '../../domain/ports/intake.ts';
import type { ApiHandler } from '../shared/api.ts';
import { NOW_MS, openIssuer, type TestClaims } from '../shared/test-http.ts';
import { casesApi } from './cases-api.ts';

/** Support for the tests of the cases API: records in the real store, workflows behind their port in memory. */

/** Workflows that remember what they were told; each accepts everything unless a test says otherwise. */
export class RememberingWorkflows implements CaseMessages {
  readonly received: { workflowId: string; request: ActionRequest }[] = [];
  /** What each workflow answers instead, by id. */
  readonly failures = new Map<string, DomainError>();
  view: WorkflowView | null = null;

  async act(workflowId: string, request: ActionRequest): Promise<ActionResult> {
    const failure = this.failures.get(workflowId);
    if (failure !== undefined) throw failure;
    this.received.push({ workflowId, request });
    const caseId = workflowId.split('/').at(-1) ?? '';
    const { kind } = request.action;
    const isProposal = kind === 'propose' || kind === 'askReadmission';
    return {
      v: 1,
      caseId,
      action: kind,
      atMs: NOW_MS,
      proposalId: isProposal ? `${caseId}-d1` : null,
      draftHash: isProposal ? 'f'.repeat(64) : null,
    };
  }

  readmit({ networkId, caseId }: CaseAbout, request: ActionRequest): Promise<ActionResult> {
    return this.act(readmissionWorkflowId(networkId, caseId), request);
  }

  async inspect(workflowId: string): Promise<WorkflowView> {
    const failure = this.failures.get(workflowId);
    if (failure !== undefined) throw failure;
    if (this.view === null) throw new DomainError('case-workflow-gone', 'conflict', 'gone');
    return { ...this.view, workflowId };
  }
}

/** The cases API of a test and all that is behind it. */
export interface CasesFixture {
  readonly api: ApiHandler;
  readonly workflows: RememberingWorkflows;
  readonly receipts: IntakeStore;
  /** Reads that see another record than the stored one once, as if the case had moved since. */
  readonly staleReads: Map<string, CaseRecord>;
  token(claims: TestClaims): Promise<string>;
  /** Stores a case with its history. */
  store(caseId: string, participantId: string, changes?: Partial<CaseRecord>): Promise<CaseRecord>;
  note(caseId: string, participantId: string, entries: Partial<AuditEntry>[]): Promise<void>;
  close(): void;
}

/** Opens the cases API over fresh tables. */
export async function openCasesApi(): Promise<CasesFixture> {
  const [opened, issuer] = await Promise.all([openTestStore(), openIssuer()]);
  const caseStore = createCaseStore(opened.store);
  const receipts = createIntakeStore(opened.store);
  const workflows = new RememberingWorkflows();
  const staleReads = new Map<string, CaseRecord>();
  let steps = 0;
  const commit = (changes: Parameters<typeof aStep>[1]) => {
    steps += 1;
    return caseStore.commit(aStep(`step-${steps}`, changes));
  };
  return {
    api: casesApi({
      networkId: 'main',
      cases: withStaleReads(createCaseReader(opened.store), staleReads),
      messages: workflows,
      receipts,
      tokens: issuer.tokens,
      clock: { nowMs: () => NOW_MS },
    }),
    workflows,
    receipts,
    staleReads,
    token: (claims) => issuer.token(claims),
    async store(caseId, participantId, changes = {}) {
      const record = aRecord(caseId, participantId, {
        workflowId: `case/main/${caseId}`,
        ...changes,
      });
      await commit({ record, recordIsNew: true });
      return record;
    },
    async note(caseId, participantId, entries) {
      const audit = entries.map((entry, index) => ({
        entryId: `${caseId}/e${index}`,
        participantId,
        caseId,
        atMs: NOW_MS + index,
        kind: 'note',
        actor: 'system',
        summary: '',
        data: {},
        ...entry,
      }));
      await commit({ audit });
    },
    close: opened.close,
  };
}

function withStaleReads(reader: CaseReader, stale: Map<string, CaseRecord>): CaseReader {
  return {
    ...reader,
    async read(caseId) {
      const old = stale.get(caseId);
      stale.delete(caseId);
      return old ?? reader.read(caseId);
    },
  };
}
