import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseEntry } from '../ledger/accounts.ts';
import { overturnCase } from '../ledger/inverse.ts';
import { amendEntry } from '../ledger/moves.ts';
import {
  casesOfCause,
  countingEntries,
  leadBefore,
  leadsOf,
  namedResources,
  nextLead,
  overlap,
  suspendedFor,
} from './cause.ts';
import { casesOfGroup } from './group.ts';
import {
  aLedger,
  anEntry,
  aPart,
  aSanction,
  HOUR_MS,
  lawOf,
  MINUTE_MS,
  T0,
} from './test-fixtures.ts';

const WINDOW = HOUR_MS;

const down = (change: Partial<CaseEntry> = {}): CaseEntry =>
  anEntry('down', { resourceIds: ['node-1'], ...change });
const slow = (change: Partial<CaseEntry> = {}): CaseEntry =>
  anEntry('slow', {
    violationType: 'subpar-delivery',
    resourceIds: ['node-1', 'node-2'],
    occurredAtMs: T0 + 10 * MINUTE_MS,
    ...change,
  });

/** Somebody whose kin has these cases. */
const aGroup = (cases: CaseEntry[]) => ({
  ...aLedger(0n),
  group: {
    controlGroup: 'g',
    version: 1,
    firstRegisteredAtMs: T0,
    checksPassed: 0,
    kin: [{ participantId: 'p-2', deposits: [], withdrawals: [], cases }],
  },
});

describe('one cause (rule C9)', () => {
  test.each<[string, CaseEntry, CaseEntry, string | null]>([
    ['two types of the same resource within the hour', down(), slow(), 'down'],
    ['at the edge of the hour', down(), slow({ occurredAtMs: T0 + HOUR_MS }), 'down'],
    ['later than that', down(), slow({ occurredAtMs: T0 + HOUR_MS + 1 }), null],
    ['other resources', down(), slow({ resourceIds: ['node-2'] }), null],
    ['the participant as a whole', down({ resourceIds: [null] }), slow(), 'down'],
    ['two families are two wrongs', down({ family: 'security' }), slow(), null],
    [
      'the same type again is another fault',
      down({ violationType: 'subpar-delivery' }),
      slow(),
      null,
    ],
    ['the graver one leads, though it came later', down(), slow({ severity: 'major' }), null],
    ['a dismissed case leads nothing', down({ counts: false }), slow(), null],
    ['a consequential one neither', down({ counts: false, inert: 'consequential' }), slow(), null],
  ])('%s', (_name, first, second, lead) => {
    expect(leadBefore([first, second], 'slow', WINDOW)?.caseId ?? null).toBe(lead);
  });

  test('entries from before the rule, and a law without it, know no causes', () => {
    const { resourceIds: _, ...old } = down();
    expect(leadBefore([old, slow()], 'slow', WINDOW)).toBeNull();
    expect(leadBefore([down(), slow()], 'slow', undefined)).toBeNull();
  });

  test('is led by the same case and counted once, in whatever order its cases were confirmed', () => {
    const entry = fc.record({
      severity: fc.constantFrom<CaseEntry['severity'][]>('minor', 'moderate', 'major'),
      violationType: fc.constantFrom('downtime', 'subpar-delivery', 'other'),
      minutes: fc.integer({ min: 0, max: 180 }),
      node: fc.constantFrom('node-1', 'node-2', null),
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (drawn) => {
        const entries = drawn.map(({ minutes, node, ...rest }, index) =>
          anEntry(`c-${index}`, {
            ...rest,
            occurredAtMs: T0 + minutes * MINUTE_MS,
            resourceIds: [node],
          }),
        );
        const forwards = leadsOf(entries, WINDOW);
        const backwards = leadsOf([...entries].reverse(), WINDOW);
        for (const { caseId } of entries) {
          const lead = forwards.get(caseId);
          expect(backwards.get(caseId)?.caseId).toBe(lead?.caseId);
          // Nobody follows a follower.
          expect(forwards.get(lead?.caseId ?? '')?.caseId).toBe(lead?.caseId);
        }
        const counted = countingEntries(entries, WINDOW).map(({ caseId }) => caseId);
        expect(counted).toEqual(
          entries.map(({ caseId }) => caseId).filter((id) => forwards.get(id)?.caseId === id),
        );
      }),
    );
  });

  test('it has come as far as any of its cases', () => {
    const entries = [
      down({ servedRung: 'W' }),
      slow({ counts: false, inert: 'cause', servedRung: 'P2' }),
    ];
    expect(countingEntries(entries, WINDOW)).toMatchObject([{ caseId: 'down', servedRung: 'P2' }]);
    const [first] = casesOfGroup(aGroup(entries), WINDOW);
    expect(first).toMatchObject({ caseId: 'down', counts: true, servedRung: 'P2' });
  });

  test('all its cases are one, also after the lead was charged', () => {
    const entries = [down(), slow({ counts: false, inert: 'cause' })];
    expect([...casesOfCause(entries, 'slow', WINDOW)].sort()).toEqual(['down', 'slow']);
    expect([...casesOfCause(entries, 'down', WINDOW)].sort()).toEqual(['down', 'slow']);
  });
});

test('what fell with final money is of its cause still: that was charged for it', () => {
  const final = aPart('d', { status: 'final' });
  const entries = [down({ counts: false, parts: [final] }), slow()];
  expect([...casesOfCause(entries, 'slow', WINDOW)].sort()).toEqual(['down', 'slow']);
  expect([...casesOfCause([down({ counts: false }), slow()], 'slow', WINDOW)]).toEqual(['slow']);
});

describe('when the lead falls', () => {
  const follower = slow({ counts: false, inert: 'cause' });

  test('the next leads, and counts in its place', () => {
    const third = slow({
      caseId: 'third',
      violationType: 'latency',
      counts: false,
      inert: 'cause',
    });
    const fallen = [down({ counts: false }), follower, third];
    expect(nextLead(fallen, 'down', WINDOW)?.caseId).toBe('slow');
    expect(countingEntries(fallen, WINDOW).map(({ caseId }) => caseId)).toEqual(['slow']);
    expect(leadBefore(fallen, 'third', WINDOW)?.caseId).toBe('slow');
  });

  test('nobody follows where there was no other case', () => {
    expect(nextLead([down({ counts: false })], 'down', WINDOW)).toBeNull();
  });

  test('a follower that is dismissed or overturned itself neither follows nor counts', () => {
    const { entry } = amendEntry(aLedger(1_000n, [down(), follower]), 'slow', { counts: false });
    expect(entry).not.toHaveProperty('inert');
    expect(countingEntries([down({ counts: false }), entry as CaseEntry], WINDOW)).toEqual([]);
    const ledger = aLedger(1_000n, [down(), follower]);
    const overturned = overturnCase(ledger, { caseId: 'slow', reviewId: 'x', atMs: T0 }).entry;
    expect(overturned).not.toHaveProperty('inert');
  });
});

describe('while suspended (rule C9)', () => {
  const suspended = aSanction('down', { access: 'suspended' });
  const other = { caseId: 'slow', resourceIds: ['node-1'], participantId: 'p-1' };

  test.each<[string, Parameters<typeof suspendedFor>, string | null]>([
    ['the same resource', [lawOf('performance'), [down()], [suspended], other], 'down'],
    ['operational too', [lawOf('operational'), [down()], [suspended], other], 'down'],
    ['security never', [lawOf('security'), [down()], [suspended], other], null],
    [
      'another resource',
      [lawOf('performance'), [down()], [suspended], { ...other, resourceIds: ['node-9'] }],
      null,
    ],
    [
      'the case that suspended goes on',
      [lawOf('performance'), [down()], [suspended], { ...other, caseId: 'down' }],
      null,
    ],
    [
      'access has returned',
      [lawOf('performance'), [down()], [{ ...suspended, access: 'probation' }], other],
      null,
    ],
    [
      'another id of the group is suspended',
      [lawOf('performance'), [down()], [{ ...suspended, participantId: 'p-2' }], other],
      null,
    ],
  ])('%s', (_name, args, caseId) => {
    expect(suspendedFor(...args)).toBe(caseId);
  });
});

test('a violation of very many resources is one of the whole participant', () => {
  const many = Array.from({ length: 101 }, (_, index) => `node-${index}`);
  expect(namedResources(many)).toEqual([null]);
  expect(namedResources(many.slice(1))).toHaveLength(100);
  expect(overlap([null], ['node-1'])).toBe(true);
  expect(overlap([null], [])).toBe(false);
});
