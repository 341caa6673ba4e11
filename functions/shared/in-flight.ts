/** Calls to the store that one request may have on their way at a time. */
const LIMIT = 8;

/** Does something for each of many, a few at a time, and keeps their order. The first failure ends it. */
export async function inFlight<T, R>(
  many: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < many.length; start += LIMIT) {
    results.push(...(await Promise.all(many.slice(start, start + LIMIT).map(work))));
  }
  return results;
}
