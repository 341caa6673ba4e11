import { confirmCase } from './confirm-case.ts';
import { decideRung } from './decide-rung.ts';
import { endCorrected, returnToInbox } from './end-case.ts';
import { announceRung, askGovernors, dismissCase, lapseProposal } from './governance.ts';
import { openCase } from './open-case.ts';
import type { ActivityPorts } from './ports.ts';
import { reassess } from './reassess.ts';
import { recordAction } from './record-action.ts';
import { tryRestoration } from './restoration.ts';
import { serveNotice } from './serve-notice.ts';
import { settleDue } from './settle.ts';
import { settleWithdrawal } from './settle-withdrawal.ts';

/** The side effects that the workflows ask for, with their ports bound. Each is idempotent by business key. */
export function createActivities(ports: ActivityPorts) {
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
    settleWithdrawal: settleWithdrawal(ports),
  };
}

/** What the workflows see of the activities. */
export type Activities = ReturnType<typeof createActivities>;
