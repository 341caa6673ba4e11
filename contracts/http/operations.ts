import * as actions from './case-actions.ts';
import * as cases from './cases.ts';
import * as incidents from './incidents.ts';
import * as money from './money.ts';
import type { Operation } from './operation.ts';
import * as participants from './participants.ts';
import * as policies from './policies.ts';
import * as reputation from './reputation.ts';
import * as shadow from './shadow.ts';
import * as system from './system.ts';

/** Every operation of the HTTP contract that people and systems call with a token, and the public ones. */
export const OPERATIONS: readonly Operation[] = sorted([
  ...Object.values(cases),
  ...Object.values(actions),
  ...Object.values(incidents),
  ...Object.values(participants),
  reputation.readReputation,
  reputation.listReputationReviews,
  shadow.readShadow,
  ...Object.values(policies),
  ...Object.values(money),
  ...Object.values(system),
]);

/** By path, whatever order a module lists its exports in: the generated document must not depend on that. */
function sorted(operations: readonly Operation[]): Operation[] {
  const order = ({ path, method }: Operation): string => `${path} ${method}`;
  return operations.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
