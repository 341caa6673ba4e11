import { accessReturnsByTheGate, fallsExactly } from './test-access-checks.ts';
import { breakerHolds } from './test-breaker-checks.ts';
import { type Check, type Invariant, must } from './test-broken.ts';
import { everythingHasCause } from './test-cause-checks.ts';
import { type Command, play } from './test-commands.ts';
import {
  comesToRest,
  everyCaseWaitsForSomething,
  nobodyHasTwoRoles,
  nothingIsLost,
  shadowTouchesNobody,
} from './test-life-checks.ts';
import {
  booksConserve,
  chargesTheMaximum,
  finalStays,
  nobodyBarredIsPaid,
  nothingEvades,
  rebatesAreEarned,
} from './test-money-checks.ts';
import { type Bugs, Network } from './test-network.ts';
import { decisionsComeOutAgain, tablesEqualARebuild } from './test-rebuild-checks.ts';
import type { Scene } from './test-scene.ts';

/** The checks that look at one run of a story. */
export const CHECKS: readonly Check[] = [
  booksConserve,
  chargesTheMaximum,
  everythingHasCause,
  nobodyBarredIsPaid,
  accessReturnsByTheGate,
  fallsExactly,
  nothingEvades,
  decisionsComeOutAgain,
  nothingIsLost,
  everyCaseWaitsForSomething,
  nobodyHasTwoRoles,
  breakerHolds,
  finalStays,
  rebatesAreEarned,
  shadowTouchesNobody,
  tablesEqualARebuild,
];

/** Plays a story and looks at it after each command and at its end; throws `Broken` for the first thing that is not as it must be. */
export async function watch(
  scene: Scene,
  commands: readonly Command[],
  checks: readonly Check[] = CHECKS,
  bugs: Bugs = {},
): Promise<Network> {
  const network = new Network(scene, bugs);
  const looked = (invariant: Invariant) => () => network.count(`looked ${invariant}`);
  let seen = 0;
  for (const command of commands) {
    await play(network, command);
    network.count('commands');
    const written = network.store.written.slice(seen);
    seen = network.store.written.length;
    for (const { invariant, after } of checks) after?.(network, written, looked(invariant));
  }
  for (const { invariant, end } of checks) end?.(network, looked(invariant));
  if (scene.rests && checks.includes(everyCaseWaitsForSomething)) {
    const faults = await comesToRest(network);
    must('H10', faults.length === 0, () => faults.join('; '));
    network.count('came to rest');
  }
  return network;
}
