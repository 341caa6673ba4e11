const FNV_PRIME = 0x01000193;

/**
 * The id of a span by its place in a run: 16 hex digits, the same in every replay. Drawn from a hash and not from the workflow's random
 * numbers, which would change what a workflow does later.
 */
export function spanIdOf(runId: string, place: number): string {
  const name = `${runId}/${place}`;
  const id = [0x811c9dc5, 0x9e3779b9].map((seed) => hashOf(name, seed)).join('');
  return /[^0]/.test(id) ? id : '0000000000000001';
}

/** FNV-1a of 32 bit with its bits mixed once more at the end: names that differ in their last digit differ in every digit. */
function hashOf(name: string, seed: number): string {
  let hash = seed;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), FNV_PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
