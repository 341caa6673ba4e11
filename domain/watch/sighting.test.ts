import { describe, expect, test } from 'vitest';
import { T0 } from '../law/test-fixtures.ts';
import type { AlertHead } from '../observation.ts';
import type { AcceptWrite } from '../ports/intake.ts';
import {
  NETWORK_WATCH,
  reportOver,
  reportSighting,
  type Sighting,
  watchKeyOf,
} from './sighting.ts';

const MINUTE_MS = 60_000;
const sighting: Sighting = {
  participantId: 'p/1',
  resourceId: null,
  violationType: 'stake-shortfall',
  severity: 'minor',
  summary: 'short',
};
const at = (nowMs: number) => ({
  nowMs,
  repeatIntervalMs: 10 * MINUTE_MS,
  freshMinMs: 5 * MINUTE_MS,
  runId: 'run-1',
});

function headAfter(write: AcceptWrite | null): AlertHead {
  if (!write) throw new Error('Nothing was written.');
  return write.head;
}

describe('what the network sees by itself', () => {
  test('fires once, and is then repeated like any alert', () => {
    const first = reportSighting(null, sighting, at(T0));
    expect(first?.observations[0]).toMatchObject({ change: 'fired', fate: 'pending' });
    const again = reportSighting(headAfter(first), sighting, at(T0 + 10 * MINUTE_MS));
    expect(again?.head).toMatchObject({ status: 'firing', startsAtMs: T0 });
    expect(again?.observations[0]?.change ?? null).toBeNull();
  });

  test('is over when it is not seen any more, once', () => {
    const head = headAfter(reportSighting(null, sighting, at(T0)));
    const over = reportOver(head, at(T0 + 10 * MINUTE_MS));
    expect(over?.observations[0]).toMatchObject({ change: 'resolved' });
    expect(headAfter(over)).toMatchObject({ status: 'resolved', endsAtMs: T0 + 10 * MINUTE_MS });
    expect(reportOver(headAfter(over), at(T0 + 20 * MINUTE_MS))).toBeNull();
  });

  test('grows graver with what is seen (rule A12)', () => {
    const head = headAfter(reportSighting(null, sighting, at(T0)));
    const graver = reportSighting(head, { ...sighting, severity: 'moderate' }, at(T0 + MINUTE_MS));
    expect(graver?.observations[0]?.change).toBe('severity');
  });

  test('ends no alert of another source', () => {
    const head = headAfter(reportSighting(null, sighting, at(T0)));
    expect(reportOver({ ...head, sourceId: 'prometheus' }, at(T0 + MINUTE_MS))).toBeNull();
  });

  test('two participants never share an alert, whatever their ids are', () => {
    const one = watchKeyOf({ ...sighting, participantId: 'a/b', resourceId: 'c' });
    const other = watchKeyOf({ ...sighting, participantId: 'a', resourceId: 'b/c' });
    expect(one).not.toBe(other);
    expect(one.startsWith(`${NETWORK_WATCH}/`)).toBe(true);
  });
});
