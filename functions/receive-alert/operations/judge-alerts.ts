import { acceptObservation } from '../../../domain/intake/accept.ts';
import type { AlertHead } from '../../../domain/observation.ts';
import type {
  AcceptedObservation,
  AcceptWrite,
  ReceiptItem,
} from '../../../domain/ports/intake.ts';
import type { RawAlert } from '../../../sources/alert.ts';
import { alertKeyOf, type MappingContext, mapAlert } from '../../../sources/mapping.ts';

/** One alert of a delivery and its place in it. */
export interface Entry {
  index: number;
  alert: RawAlert;
}

/** All that one delivery says about one alert, in its order. */
export interface Group {
  alertKey: string;
  entries: Entry[];
}

/** What judging a group came to: what to write, if anything, and the fate of each entry if that is written. */
export interface Judgement {
  write: AcceptWrite | null;
  items: { index: number; item: ReceiptItem }[];
}

/** What every observation of a delivery shares. */
export interface DeliveryContext extends MappingContext {
  receiptId: string;
  freshMinMs: number;
  /** The trace in which it was accepted; what it leads to goes on in it. */
  traceparent?: string | undefined;
}

/** Merges a delivery per alert, so that each head is judged and written once. */
export function groupsOf(entries: readonly Entry[], sourceId: string): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const alertKey = alertKeyOf(sourceId, entry.alert.fingerprint);
    const group = groups.get(alertKey) ?? { alertKey, entries: [] };
    group.entries.push(entry);
    groups.set(alertKey, group);
  }
  return [...groups.values()];
}

/** Maps and judges the entries of one group, one after the other, from the head as it is now. Pure. */
export function judge(group: Group, head: AlertHead | null, context: DeliveryContext): Judgement {
  const { receiptId, source, freshMinMs, traceparent } = context;
  const { repeatIntervalMs, maxLagMs } = source;
  const observations: AcceptedObservation[] = [];
  const items: Judgement['items'] = [];
  let present = head;
  for (const { index, alert } of group.entries) {
    const { alertKey } = group;
    const mapped = mapAlert(alert, present, context);
    if (!mapped.ok) {
      const { reason } = mapped;
      items.push({
        index,
        item: { alertKey, fate: 'quarantine', seq: null, reason, caseId: null },
      });
      continue;
    }
    const { observation } = mapped;
    const { fate, nextHead, write, change } = acceptObservation(present, observation, {
      repeatIntervalMs,
      maxLagMs,
      freshMinMs,
    });
    const isWritten = write !== 'none' && nextHead !== null;
    if (isWritten) {
      present = nextHead;
      const ref = { alertKey, seq: nextHead.seq };
      observations.push({
        ref,
        receiptId,
        observation,
        change,
        fate,
        ...(traceparent && { traceparent }),
      });
    }
    const seq = isWritten ? nextHead.seq : null;
    items.push({ index, item: { alertKey, fate, seq, reason: null, caseId: null } });
  }
  const write =
    observations.length > 0 && present !== null
      ? { head: present, readSeq: head?.seq ?? 0, observations }
      : null;
  return { write, items };
}
