/** The seed's three violation families. Each has its own ladder, caps and recurrence window (rules §G). */
export type Family = 'performance' | 'security' | 'operational';

/** How bad one violation is; together with recurrence it chooses the start rung (rules §G). */
export type Severity = 'minor' | 'moderate' | 'major' | 'critical';

/** What the seed calls penalty levels. */
export type Tier = 'warning' | 'penalty' | 'severe';

/** One step of a family's ladder, lowest first: warning, two penalties, two severe rungs. */
export type RungId = 'W' | 'P1' | 'P2' | 'S1' | 'S2';

/** All families, for iteration and validation. */
export const FAMILIES: readonly Family[] = ['performance', 'security', 'operational'];

/** All severities from mild to grave; the index is their order (rule A12). */
export const SEVERITIES: readonly Severity[] = ['minor', 'moderate', 'major', 'critical'];

/** All rungs from low to high; the index is their order. */
export const RUNG_IDS: readonly RungId[] = ['W', 'P1', 'P2', 'S1', 'S2'];

/** Position of a rung on its ladder, 0 for W. */
export function rungOrder(rung: RungId): number {
  return RUNG_IDS.indexOf(rung);
}

/** The higher of two rungs (rules A12, C6). */
export function higherRung(a: RungId, b: RungId): RungId {
  return rungOrder(a) >= rungOrder(b) ? a : b;
}

/** The lower of two rungs (rule C11). */
export function lowerRung(a: RungId, b: RungId): RungId {
  return rungOrder(a) <= rungOrder(b) ? a : b;
}

/** The higher of two severities (rule A12: severity of a case is the gravest that its firing resources show). */
export function graverSeverity(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}
