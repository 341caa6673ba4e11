import * as actions from '../../contracts/http/case-actions.ts';
import * as cases from '../../contracts/http/cases.ts';
import * as shadow from '../../contracts/http/shadow.ts';
import * as system from '../../contracts/http/system.ts';
import { type BoundRoute, route } from '../shared/route.ts';
import type { CasesApiDeps } from './deps.ts';
import { acknowledge } from './operations/acknowledge.ts';
import { addNote } from './operations/add-note.ts';
import { answer } from './operations/answer.ts';
import { appeal } from './operations/appeal.ts';
import { approve } from './operations/approve.ts';
import { askReadmission } from './operations/ask-readmission.ts';
import { confirmRemediation } from './operations/confirm-remediation.ts';
import { decideDispute } from './operations/decide-dispute.ts';
import { listCases } from './operations/list-cases.ts';
import { openDispute } from './operations/open-dispute.ts';
import { propose } from './operations/propose.ts';
import { readCase } from './operations/read-case.ts';
import { readCaseWorkflow } from './operations/read-case-workflow.ts';
import { readDecisions } from './operations/read-decisions.ts';
import { readHealth } from './operations/read-health.ts';
import { readOpenApi } from './operations/read-openapi.ts';
import { readReceipt } from './operations/read-receipt.ts';
import { readShadow } from './operations/read-shadow.ts';
import { readTimeline } from './operations/read-timeline.ts';
import { recordFinding } from './operations/record-finding.ts';
import { requestChecks } from './operations/request-checks.ts';
import { submitRemediation } from './operations/submit-remediation.ts';
import { veto } from './operations/veto.ts';

/** Which operation is served by what. */
export function casesRoutes(deps: CasesApiDeps): BoundRoute[] {
  return [
    route(cases.listCases, (call) => listCases(deps, call)),
    route(cases.readCase, (call) => readCase(deps, call)),
    route(cases.readTimeline, (call) => readTimeline(deps, call)),
    route(cases.readDecisions, (call) => readDecisions(deps, call)),
    route(cases.readCaseWorkflow, (call) => readCaseWorkflow(deps, call)),
    route(actions.acknowledge, (call) => acknowledge(deps, call)),
    route(actions.answer, (call) => answer(deps, call)),
    route(actions.submitRemediation, (call) => submitRemediation(deps, call)),
    route(actions.confirmRemediation, (call) => confirmRemediation(deps, call)),
    route(actions.requestChecks, (call) => requestChecks(deps, call)),
    route(actions.appeal, (call) => appeal(deps, call)),
    route(actions.askReadmission, (call) => askReadmission(deps, call)),
    route(actions.recordFinding, (call) => recordFinding(deps, call)),
    route(actions.propose, (call) => propose(deps, call)),
    route(actions.approve, (call) => approve(deps, call)),
    route(actions.veto, (call) => veto(deps, call)),
    route(actions.openDispute, (call) => openDispute(deps, call)),
    route(actions.decideDispute, (call) => decideDispute(deps, call)),
    route(actions.addNote, (call) => addNote(deps, call)),
    route(shadow.readShadow, (call) => readShadow(deps, call)),
    route(system.readReceipt, (call) => readReceipt(deps, call)),
    route(system.readHealth, () => readHealth(deps)),
    route(system.readOpenApi, () => readOpenApi()),
  ];
}
