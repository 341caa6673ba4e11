import { expect, test } from 'vitest';
import * as z from 'zod';
import * as actions from './case-actions.ts';

/** The names of all fields that a body has, in all its alternatives. */
function fieldsOf(body: z.ZodType): string[] {
  const names: string[] = [];
  JSON.stringify(z.toJSONSchema(body, { unrepresentable: 'any', io: 'input' }), (key, value) => {
    if (key === 'properties') names.push(...Object.keys(value));
    return value;
  });
  return names;
}

// Elsewhere a vote named the instant of the fault, and stake was taken by it. Here the law computes, whoever asks (rule D2).
test('a slash made by governance: people name a rung, and never an amount, a stake or an instant', () => {
  const all = Object.values(actions);
  expect(all.length).toBeGreaterThan(8);
  const named = all.flatMap(({ id, body }) => fieldsOf(body).map((field) => `${id}.${field}`));
  expect(named).toContain('propose.rung');
  expect(named).toContain('decideDispute.toRung');
  const ofTheLaw = /unit|amount|stake|bps|rate|percent|share|slash|height|occurred/i;
  expect(named.filter((name) => ofTheLaw.test(name) || /At(Ms)?$/.test(name))).toEqual([]);
});

test.each(['units', 'slashBps', 'occurredAt'])(
  'a slash made by governance: a proposal that brings %s of its own is refused',
  (field) => {
    const raise = { what: 'rung', rung: 'S1', reason: 'it goes on' };
    expect(actions.propose.body.safeParse(raise).success).toBe(true);
    expect(actions.propose.body.safeParse({ ...raise, [field]: '1' }).success).toBe(false);
  },
);
