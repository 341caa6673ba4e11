import type { Policy } from '../../domain/policy.ts';
import type { Principal, Role } from '../../domain/principal.ts';
import { PartError } from './parts/part-error.ts';

/** Two reviewers confirm or lift a veto (rule E3). */
const REVIEWERS_PER_VETO = 2;

/** One part that a case may need somebody for: a role, and whether it must come from outside the conflict set. */
interface Seat {
  readonly role: Role;
  readonly why: string;
  readonly judges: boolean;
}

/**
 * Refuses people who are too few for the policy's rules (rule E1): in the hardest case every seat needs a person of its own, the seats
 * that judge none who set up policy or sources, and several approvals as many organisations (rule E2).
 * @throws PartError that names every seat nobody is left for
 */
export function requireEnoughPeople(
  policy: Policy,
  people: readonly Principal[],
  configuredBy: readonly string[],
): void {
  const conflicted = new Set([...policy.publishedBy, ...configuredBy]);
  const isFit = (person: Principal, seat: Seat) =>
    person.roles.includes(seat.role) &&
    (!seat.judges || (!conflicted.has(person.person) && person.controlGroup === null));
  const seats = seatsOf(policy);
  const missing = unfilled(seats, people, isFit).map(({ role, why }) => `${role}: ${why}`);
  const approvals = approvalsOf(policy);
  const organisations = new Set(
    people
      .filter((person) => isFit(person, { role: 'governor', why: '', judges: true }))
      .map((person) => person.organisation),
  );
  if (organisations.size < approvals) {
    missing.push(
      `governor: ${approvals} approvals need as many organisations, there are ${organisations.size}`,
    );
  }
  if (missing.length === 0) return;
  throw new PartError({
    part: 'people',
    why: `too few distinct persons for policy ${policy.version}: ${missing.join('; ')}.`,
    whatToDo: [
      'Add persons with these roles who set up neither the policy nor its sources,',
      'or choose a policy whose rules need fewer, with --policy.',
    ],
  });
}

function seatsOf(policy: Policy): Seat[] {
  const rungs = Object.values(policy.families).flatMap((family) => family.rungs);
  const auditors = Math.max(0, ...rungs.map((rung) => rung.auditors));
  const canVeto = rungs.some((rung) => rung.execution !== 'automatic');
  const seat = (role: Role, why: string, judges: boolean, count: number): Seat[] =>
    Array.from({ length: count }, () => ({ role, why, judges }));
  return [
    ...seat('operator', 'confirms remediation', false, 1),
    ...seat('governor', 'approves severe steps', true, Math.max(approvalsOf(policy), 1)),
    ...seat('auditor', 'decides on restoration', true, auditors),
    ...seat('reviewer', 'confirms or lifts a veto', true, canVeto ? REVIEWERS_PER_VETO : 0),
  ];
}

function approvalsOf(policy: Policy): number {
  const rungs = Object.values(policy.families).flatMap((family) => family.rungs);
  return Math.max(0, ...rungs.map((rung) => rung.approvals));
}

/** Seats that stay empty when as many as possible are filled, each by a person of its own (a matching along augmenting paths). */
function unfilled(
  seats: readonly Seat[],
  people: readonly Principal[],
  isFit: (person: Principal, seat: Seat) => boolean,
): Seat[] {
  const seatOfPerson = new Map<string, Seat>();
  const place = (seat: Seat, tried: Set<string>): boolean =>
    people.some((person) => {
      if (tried.has(person.person) || !isFit(person, seat)) return false;
      tried.add(person.person);
      const before = seatOfPerson.get(person.person);
      if (before !== undefined && !place(before, tried)) return false;
      seatOfPerson.set(person.person, seat);
      return true;
    });
  return seats.filter((seat) => !place(seat, new Set()));
}
