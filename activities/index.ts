import type { CaseState } from '../domain/case/state.ts';
import { auditOverdue } from './audit-overdue.ts';
import { askAnotherPanel, closeDispute } from './close-dispute.ts';
import { confirmCase } from './confirm-case.ts';
import { decideRung } from './decide-rung.ts';
import { endCorrected, returnToInbox } from './end-case.ts';
import { announceRung, askGovernors, dismissCase, lapseProposal } from './governance.ts';
import { openCase } from './open-case.ts';
import { openReadmission } from './open-readmission.ts';
import type { ActivityPorts } from './ports.ts';
import { reassess } from './reassess.ts';
import { recomputeCase } from './recompute-case.ts';
import { recordAction } from './record-action.ts';
import { tryRestoration } from './restoration.ts';
import { serveNotice } from './serve-notice.ts';
import { settleDue } from './settle.ts';
import { settleWithdrawal } from './settle-withdrawal.ts';
import { portsFor } from './shadow.ts';

/** The side effects that the workflows ask for, with their ports bound. Each is idempotent by business key. */
export function createActivities(ports: ActivityPorts) {
  return onOwnBooks(ports);
}

/** What the workflows see of the activities. */
export type Activities = ReturnType<typeof bound>;

function bound(ports: ActivityPorts) {
  return {
    openCase: openCase(ports),
    confirmCase: confirmCase(ports),
    reassess: reassess(ports),
    decideRung: decideRung(ports),
    announceRung: announceRung(ports),
    askGovernors: askGovernors(ports),
    lapseProposal: lapseProposal(ports),
    dismissCase: dismissCase(ports),
    recordAction: recordAction(ports),
    tryRestoration: tryRestoration(ports),
    endCorrected: endCorrected(ports),
    returnToInbox: returnToInbox(ports),
    serveNotice: serveNotice(ports),
    settleDue: settleDue(ports),
    openReadmission: openReadmission(ports),
    auditOverdue: auditOverdue(ports),
    closeDispute: closeDispute(ports),
    askAnotherPanel: askAnotherPanel(ports),
    recomputeCase: recomputeCase(ports),
    settleWithdrawal: settleWithdrawal(ports),
  };
}

/** Every activity on the books of its case: the ledger, or for a case in shadow what it would have written (design §6). */
function onOwnBooks(ports: ActivityPorts): Activities {
  const names = Object.keys(bound(ports)) as (keyof Activities)[];
  const steps = names.map((name) => [
    name,
    (input: { state?: CaseState }) => bound(portsFor(ports, input.state))[name](input as never),
  ]);
  return Object.fromEntries(steps);
}
