import { DomainError } from './errors.ts';

/** An amount in an asset's base units; across borders `units` is a decimal string (design §4). */
export interface Amount {
  asset: string;
  units: string;
}

/** DynamoDB and the contract hold 38 decimal digits; nothing larger enters the system. */
export const MAX_UNITS = 10n ** 38n - 1n;

/** One whole in basis points. */
export const FULL_BPS = 10_000;

const DECIMAL = /^(0|[1-9][0-9]{0,37})$/;

/** Reads base units from their decimal string. Throws `amount-invalid` for signs, fractions, leading zeros and over 38 digits. */
export function parseUnits(text: string): bigint {
  if (!DECIMAL.test(text)) {
    throw new DomainError(
      'amount-invalid',
      'caller',
      'An amount is a whole number of base units in decimal digits, at most 38 of them, without sign or leading zeros.',
    );
  }
  return BigInt(text);
}

/** Writes base units as a decimal string. Throws `invariant-broken` for a negative or too large amount. */
export function formatUnits(units: bigint): string {
  if (units < 0n || units > MAX_UNITS)
    throw new DomainError('invariant-broken', 'bug', 'An amount left the range of 0 to 10^38 - 1.');
  return units.toString();
}

/** The smaller of two amounts. */
export function minUnits(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The larger of two amounts. */
export function maxUnits(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** floor(n / d) of non-negative integers: caps and cuts round down (rule D3). */
export function floorDiv(numerator: bigint, denominator: bigint): bigint {
  return numerator / denominator;
}

/** ceil(n / d) of non-negative integers: slashes round up (rule D3). */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
