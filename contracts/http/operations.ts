import * as actions from './case-actions.ts';
import * as cases from './cases.ts';
import type { Operation } from './operation.ts';
import * as participants from './participants.ts';
import * as system from './system.ts';

/** Every operation of the HTTP contract that people and systems call with a token, and the public ones. */
export const OPERATIONS: readonly Operation[] = [
  ...Object.values(cases),
  ...Object.values(actions),
  ...Object.values(participants),
  ...Object.values(system),
];
