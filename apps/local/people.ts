import type { Principal } from '../../domain/principal.ts';
import { demoParticipants } from './demo-network.ts';

/** Somebody with an account: one account per person here, since the law counts persons. */
export interface Person extends Principal {
  readonly displayName: string;
}

function staff(
  account: string,
  displayName: string,
  organisation: string,
  roles: Principal['roles'],
): Person {
  return {
    account,
    person: account,
    displayName,
    organisation,
    roles,
    participantId: null,
    controlGroup: null,
  };
}

/** Who set up the sources; in the conflict set of every case that they see (rule E1), so a person with no other role. */
export const ADMIN_ACCOUNT = 'mara';

/**
 * The people of the demonstration: at least one per role, three governors of three organisations (one of them can publish a law, which
 * leaves two to approve under it), two auditors, two reviewers, and one for each participant.
 */
export function demoPeople(): Person[] {
  return [
    staff('vera', 'Vera Viewer', 'swarm', ['viewer']),
    staff('olga', 'Olga Operator', 'swarm', ['operator']),
    staff('otto', 'Otto Operator', 'swarm', ['operator']),
    staff('gwen', 'Gwen Governor', 'north-council', ['governor']),
    staff('gil', 'Gil Governor', 'south-council', ['governor']),
    staff('greta', 'Greta Governor', 'west-council', ['governor']),
    staff('ada', 'Ada Auditor', 'clear-audit', ['auditor']),
    staff('axel', 'Axel Auditor', 'second-sight', ['auditor']),
    staff('rita', 'Rita Reviewer', 'panel-east', ['reviewer']),
    staff('rolf', 'Rolf Reviewer', 'panel-west', ['reviewer']),
    staff(ADMIN_ACCOUNT, 'Mara Admin', 'swarm', ['admin']),
    staff('theo', 'Theo Treasurer', 'swarm', ['treasurer']),
    staff('market', 'Marketplace scheduler', 'swarm', ['scheduler']),
    ...demoParticipants().map(
      ({ participantId, displayName, controlGroup }): Person => ({
        account: `of-${participantId}`,
        person: `of-${participantId}`,
        displayName: `Owner of ${displayName}`,
        organisation: '',
        roles: ['participant'],
        participantId,
        controlGroup,
      }),
    ),
  ];
}
