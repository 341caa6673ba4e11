import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { ObservationState } from '../domain/observation.ts';
import type { QuarantineReason } from '../domain/ports/intake.ts';

/** One alert as its sender means it, before it is mapped to participant and violation type. Instants are epoch ms. */
export interface RawAlert {
  fingerprint: string;
  state: ObservationState;
  labels: Readonly<Record<string, string>>;
  startsAtMs: number;
  /** Null while it lasts. */
  endsAtMs: number | null;
  summary: string;
  evidenceUrl: string | null;
  /** The alert as it came, cut to a few kilobytes, for whoever looks into the quarantine. */
  sample: string;
}

/** An alert that could not be read. */
export interface Rejection {
  reason: QuarantineReason;
  fingerprint: string;
  sample: string;
}

/** What one delivery holds. A bad alert is a rejection beside the others and never fails the delivery. */
export interface ParsedDelivery {
  alerts: ({ ok: true; alert: RawAlert } | { ok: false; rejection: Rejection })[];
  /** The group of alerts that the delivery is about; '' when the sender knows no groups. */
  groupKey: string;
  /** Alerts that the sender left out (rule B1). */
  truncated: number;
}

const SAMPLE_CHARS = 4_000;
const SUMMARY_CHARS = 500;

/** Go's zero time, in any offset: the sender has no such instant. */
const ZERO_YEAR = /^0001-/;

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)$/;

/** Epoch ms of an RFC 3339 instant, `'none'` for a zero time, `null` for what is no instant. Offsets may lack their colon. */
export function instantMs(text: string): number | 'none' | null {
  if (ZERO_YEAR.test(text)) return 'none';
  if (!RFC_3339.test(text)) return null;
  const iso = text
    .toUpperCase()
    .replace(' ', 'T')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) || atMs < 0 ? null : atMs;
}

/** The alert as text, cut. */
export function sampleOf(alert: unknown): string {
  return (JSON.stringify(alert) ?? 'null').slice(0, SAMPLE_CHARS).toWellFormed();
}

/** A short name for what has none of its own: the hash of its content, whatever the order of its keys. */
export function hashName(content: unknown): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 16);
}

/** A line for people, cut, that every store can keep. */
export function summaryOf(text: string): string {
  return text.slice(0, SUMMARY_CHARS).toWellFormed();
}

/** The address if a browser could open it, else null. */
export function webUrl(text: string | null | undefined): string | null {
  if (text == null || text.length > 2_048 || !URL.canParse(text)) return null;
  return /^https?:$/.test(new URL(text).protocol) ? text : null;
}

/** Puts an alert aside for a reason. */
export function rejected(
  reason: QuarantineReason,
  alert: unknown,
  fingerprint?: string,
): { ok: false; rejection: Rejection } {
  return {
    ok: false,
    rejection: { reason, fingerprint: fingerprint ?? hashName(alert), sample: sampleOf(alert) },
  };
}

/** Reads both instants of an alert. Null when one of them is none: `timestamp-invalid`. */
export function spellOf(
  startsAt: string,
  endsAt: string | null | undefined,
): { startsAtMs: number; endsAtMs: number | null } | null {
  const startsAtMs = instantMs(startsAt);
  if (startsAtMs === null || startsAtMs === 'none') return null;
  const endsAtMs = endsAt == null || endsAt === '' ? 'none' : instantMs(endsAt);
  if (endsAtMs === null) return null;
  return { startsAtMs, endsAtMs: endsAtMs === 'none' ? null : endsAtMs };
}
