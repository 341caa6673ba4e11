import type { Participant } from '../participant.ts';
import type { CaseState } from './state.ts';

/** Stands for all resources of which only the sum was pinned. */
const THE_REST = '(the rest)';

/**
 * Pins the capacity behind a case: the whole, and that of the resources that fire (rule D1). What was pinned at the opening stays: nobody
 * makes a failing resource a small part of much while the case is being confirmed.
 */
export function pinCapacity(
  participant: Participant,
  firingIds: readonly (string | null)[],
  atOpening?: CaseState['capacity'],
): NonNullable<CaseState['capacity']> {
  const whole = participant.resources.reduce((sum, { capacity }) => sum + capacity, 0);
  const firing: Record<string, number> = {};
  for (const id of firingIds) {
    if (id === null) continue;
    // One that was given up since is still part of the fault.
    const declared = participant.resources.find(({ resourceId }) => resourceId === id);
    const own = atOpening?.firing[id] ?? declared?.capacity;
    if (own !== undefined) firing[id] = own;
  }
  // Where nothing had been declared at the opening, nothing was pinned.
  return { whole: atOpening?.whole || whole, firing };
}

/**
 * The participant as the case reckons with it: pinned capacities, whatever was declared since. A resource that began to fire later counts
 * with its present capacity, at most what the pinned whole leaves.
 */
export function asPinned(
  participant: Participant,
  capacity: CaseState['capacity'],
  earning: readonly (string | null)[],
): Participant {
  if (!capacity || capacity.whole === 0) return participant;
  let left = capacity.whole;
  const resources: Participant['resources'] = [];
  for (const resourceId of [...new Set([...Object.keys(capacity.firing), ...earning])]) {
    if (resourceId === null) continue;
    const declared = participant.resources.find((resource) => resource.resourceId === resourceId);
    const own = Math.min(left, capacity.firing[resourceId] ?? declared?.capacity ?? 0);
    left -= own;
    resources.push({ resourceId, capacity: own });
  }
  if (left > 0) resources.push({ resourceId: THE_REST, capacity: left });
  return { ...participant, resources };
}
