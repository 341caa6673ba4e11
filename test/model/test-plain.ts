/**
 * A copy of plain data that nobody can change, as a store keeps it: fields without a value are gone, and what no store could write down is
 * refused. What was kept before is kept as it is.
 */
export function kept<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new TypeError('No store keeps a function.');
    return value;
  }
  // Nobody else freezes anything, so what is frozen was kept before.
  if (Object.isFrozen(value)) return value;
  const copy = Array.isArray(value) ? value.map((item) => copied(item ?? null)) : fields(value);
  return Object.freeze(copy);
}

function fields(value: object): object {
  const proto = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null)
    throw new TypeError(`No store keeps a ${value.constructor.name}.`);
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value))
    if (field !== undefined) copy[key] = copied(field);
  return copy;
}
