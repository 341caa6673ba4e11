import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../domain/observation.ts';
import type { Fate } from '../../domain/ports/intake.ts';
import { Inbox, nameOf, type Weather } from './test-inbox.ts';

const RUNS = 1_000;
const PARTICIPANTS = ['p-1', 'p-2'];

/** One alert of a delivery, relative to now. */
interface Said {
  participant: number;
  name: number;
  state: 'firing' | 'resolved' | 'no-data';
  /** How long ago it says that it began, and ended. */
  beganAgoMs: number;
  endedAgoMs: number;
}

type Command =
  | { do: 'deliver'; said: Said[]; afterMs: number }
  | { do: 'relay'; weather: Weather; strength: number }
  | { do: 'end'; participant: number; givesBack: number }
  | { do: 'exclude'; participant: number }
  | { do: 'redrive' };

const bit = fc.integer({ min: 0, max: 1 });
const said: fc.Arbitrary<Said> = fc.record({
  participant: bit,
  name: bit,
  state: fc.constantFrom('firing', 'firing', 'resolved', 'resolved', 'no-data'),
  beganAgoMs: fc.integer({ min: 0, max: 200_000 }),
  endedAgoMs: fc.integer({ min: 0, max: 100_000 }),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      said: fc.array(said, { minLength: 1, maxLength: 6 }),
      afterMs: fc.integer({ min: 0, max: 90_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('relay' as const),
      weather: fc.constantFrom<Weather>('fair', 'fair', 'outage', 'broken', 'dies'),
      strength: fc.integer({ min: 0, max: 20 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      participant: bit,
      givesBack: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redrive' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('exclude' as const), participant: fc.constant(1) }),
  },
);

function observationOf(one: Said, nowMs: number): Observation {
  const participantId = PARTICIPANTS[one.participant] ?? '';
  const startsAtMs = nowMs - one.beganAgoMs - one.endedAgoMs;
  return {
    alertKey: `s/${participantId}-${one.name}`,
    sourceId: 's',
    state: one.state,
    participantId,
    resourceId: `node-${one.name}`,
    violationType: 'downtime',
    severity: 'minor',
    startsAtMs,
    endsAtMs: one.state === 'resolved' ? nowMs - one.endedAgoMs : null,
    receivedAtMs: nowMs,
    mappingVersion: 'm-1',
    summary: '',
    evidenceUrl: null,
  };
}

async function play(inbox: Inbox, one: Command): Promise<void> {
  switch (one.do) {
    case 'deliver':
      inbox.nowMs += one.afterMs;
      inbox.deliver(one.said.map((alert) => observationOf(alert, inbox.nowMs)));
      break;
    case 'relay':
      await inbox.relay(one.weather, one.strength);
      break;
    case 'end':
      inbox.endCase(PARTICIPANTS[one.participant] ?? '', one.givesBack);
      break;
    case 'exclude':
      inbox.exclude(PARTICIPANTS[one.participant] ?? '');
      break;
    case 'redrive':
      inbox.redrive();
      break;
  }
}

/** Fates that need nothing stored: the head says all of it already. */
const UNSTORED: Fate[] = ['repeat', 'recorded-only', 'no-data'];
const FATES: Fate[] = [
  'pending',
  'case',
  'repeat',
  'resolve-applied',
  'no-data',
  'quarantine',
  'orphan',
  'recorded-only',
];

/** Every alert that was answered for is in exactly one place, under exactly one fate, and nothing else is. */
function isConserved(inbox: Inbox): void {
  const expected = new Set<string>();
  for (const { alertKey, fate, seq } of inbox.told) {
    if (seq === null) expect(UNSTORED).toContain(fate);
    else expected.add(nameOf({ alertKey, seq }));
  }
  const kept = inbox.told.filter(({ seq }) => seq !== null);
  // One place for each: no two answers name the same observation, and each named one is there.
  expect(expected.size).toBe(kept.length);
  expect([...inbox.stored.keys()].sort()).toEqual([...expected].sort());
  for (const { fate, caseId } of inbox.stored.values()) {
    expect(FATES).toContain(fate);
    expect(caseId !== null).toBe(fate === 'case' || fate === 'resolve-applied');
  }
  for (const [alertKey, { seq }] of inbox.heads) {
    const moved = inbox.moved.get(alertKey) ?? 0;
    expect(kept.filter((one) => one.alertKey === alertKey)).toHaveLength(seq - moved);
  }
}

/** Invariant H9 along a story, and that fair weather leaves nothing pending. */
function conserves(keeps?: (fate: Fate) => boolean) {
  return fc.asyncProperty(fc.array(command, { minLength: 2, maxLength: 25 }), async (commands) => {
    const inbox = new Inbox(keeps);
    for (const one of commands) {
      await play(inbox, one);
      isConserved(inbox);
    }
    for (let turn = 0; turn < 4; turn += 1) await inbox.relay('fair', 0);
    isConserved(inbox);
    expect([...inbox.stored.values()].filter(({ fate }) => fate === 'pending')).toEqual([]);
  });
}

describe('every accepted observation has exactly one fate (invariant H9)', () => {
  test('through outages, dying relays, endings, exclusions and redrives', async () => {
    await fc.assert(conserves(), { numRuns: RUNS });
  });

  test.each<Fate>(['orphan', 'recorded-only', 'pending'])(
    'catches an inbox that drops what is %s',
    async (dropped) => {
      const run = await fc.check(
        conserves((fate) => fate !== dropped),
        { numRuns: RUNS, endOnFailure: true },
      );
      expect(run.errorInstance).toMatchObject({ name: 'AssertionError' });
    },
  );

  test('meets every fate', async () => {
    const met = new Set<Fate>();
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 25 }), async (commands) => {
        const inbox = new Inbox();
        for (const one of commands) await play(inbox, one);
        for (const { fate } of inbox.stored.values()) met.add(fate);
        for (const { fate } of inbox.told) met.add(fate);
      }),
      { numRuns: 200, seed: 1 },
    );
    expect([...met].sort()).toEqual([...FATES].sort());
  });
});
