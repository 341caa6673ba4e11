const UNITS: readonly [number, string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A length of time as people say it: `7 days`, `90 minutes`; what is no whole number of a unit is told in the next smaller one. */
export function lengthInWords(ms: number): string {
  const [unitMs, name] = UNITS.find(([unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? [1, 'ms'];
  const count = ms / unitMs;
  return name === 'ms' ? `${count} ms` : `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** A list as people say it: `a, b and c`; of many the first few and how many more. */
export function listInWords(names: readonly (string | null)[], most = 5): string {
  const told = names.slice(0, most).map((name) => name ?? 'the participant as a whole');
  const more = names.length - told.length;
  const all = more > 0 ? [...told, `${more} more`] : told;
  return all.length < 2
    ? (all[0] ?? 'nothing')
    : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** A rate in basis points as per cent: `0.01 %`. */
export function percentInWords(bps: number): string {
  const whole = Math.floor(bps / 100);
  const rest = bps % 100;
  const decimals = rest === 0 ? '' : `.${String(rest).padStart(2, '0').replace(/0$/, '')}`;
  return `${whole}${decimals} %`;
}
