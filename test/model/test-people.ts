import type { Principal, Role } from '../../domain/principal.ts';

const person = (
  name: string,
  organisation: string,
  roles: Role[],
  more: Partial<Principal> = {},
): Principal => ({
  account: `${name}@${organisation}`,
  person: name,
  organisation,
  roles,
  participantId: null,
  controlGroup: null,
  ...more,
});

/** Who set the first source, and who published the law: in the conflict set of every case that rests on them (rule E1). */
export const SETTER = 'sid';
export const LAWYER = 'lea';

/** The control group whose monitor is the second source: it complains about everybody. */
export const RIVALS = 'group-rivals';

/** Staff of the network; some have several roles, some none for what they try, and two accounts are one person. */
export const STAFF: readonly Principal[] = [
  person('ada', 'north', ['governor']),
  person('ben', 'south', ['governor']),
  person('cem', 'south', ['governor']),
  person('rae', 'north', ['reviewer']),
  person('rob', 'south', ['reviewer']),
  person('ria', 'east', ['reviewer']),
  person('amy', 'north', ['auditor']),
  person('abe', 'south', ['auditor']),
  person('ola', 'north', ['operator']),
  person('oto', 'south', ['operator']),
  person('mia', 'east', ['governor', 'reviewer', 'auditor', 'operator']),
  { ...person('mia', 'west', ['governor', 'reviewer']), account: 'mia-2@west' },
  person(SETTER, 'east', ['governor', 'reviewer', 'auditor']),
  person(LAWYER, 'east', ['governor', 'reviewer', 'admin']),
  person('kim', 'east', ['governor', 'operator', 'reviewer'], { controlGroup: 'group-1' }),
  person('rex', 'east', ['governor', 'operator', 'reviewer'], { controlGroup: RIVALS }),
  person('vic', 'north', ['viewer']),
];

/** The participant's own account. */
export function owner(participantId: string, controlGroup: string): Principal {
  return person(`owner-${participantId}`, participantId, ['participant'], {
    participantId,
    controlGroup,
  });
}

/** Staff with a role who belong to nobody and set nothing, in the order of `STAFF`. */
export function unbiased(role: Role): Principal[] {
  return STAFF.filter(
    ({ person: name, roles, controlGroup }) =>
      roles.includes(role) && controlGroup === null && name !== SETTER && name !== LAWYER,
  );
}
