import fc from 'fast-check';
import type { Command } from './test-simulation.ts';
import type { Setup } from './test-world.ts';

const bit = fc.integer({ min: 0, max: 1 });
const alert = { source: bit, type: fc.constantFrom(0, 0, 1), node: bit };
const units = fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 20n));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('fire' as const), ...alert }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), ...alert }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      hours: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant<Command>({ do: 'serve' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('probe' as const),
      mode: fc.constantFrom('honest', 'honest', 'blind', 'healthy'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('backlog' as const), waiting: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      type: alert.type,
      person: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'remedy' as const,
        'overturn' as const,
        'overturn' as const,
        'veto' as const,
      ),
      type: alert.type,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      type: alert.type,
      person: fc.integer({ min: 0, max: 2 }),
      result: fc.constantFrom('pass', 'pass', 'fail'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('reduce' as const),
      type: alert.type,
      toRung: fc.constantFrom('P1' as const, 'P2' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('deposit' as const, 'reward' as const), units }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('withdraw' as const, 'withdraw' as const, 'pay-out' as const),
      parts: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'stay' }) },
);

/** A participant with its family of cases. */
export const setup: fc.Arbitrary<Setup> = fc.record({
  family: fc.constantFrom('performance', 'operational', 'security'),
  severities: fc.array(fc.constantFrom('minor', 'moderate', 'major', 'critical'), {
    minLength: 2,
    maxLength: 2,
  }),
  stake: fc.oneof(fc.bigInt(1n, 20_000n), fc.bigInt(10n ** 6n, 10n ** 24n)),
});

/** Mostly within one window; now and then through the longest grace. */
const hours = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 700, max: 1_000 }) },
);

/** Both monitors see a resource fail, and the participant is told. */
const outage = fc
  .tuple(bit, bit, hours)
  .map(([type, node, last]): Command[] => [
    { do: 'fire', source: 0, type, node },
    { do: 'fire', source: 1, type, node },
    { do: 'wait', hours: 1 },
    { do: 'serve' },
    { do: 'wait', hours: last },
    { do: 'serve' },
  ]);

/** Governors agree to what is proposed, and its window passes. */
const consent = fc
  .tuple(bit, hours)
  .map(([type, last]): Command[] => [
    { do: 'approve', type, person: 0 },
    { do: 'approve', type, person: 2 },
    { do: 'wait', hours: last },
    { do: 'serve' },
  ]);

/** All alerts of a type clear, and the participant goes the whole way back. */
const recovery = fc
  .tuple(bit, hours)
  .map(([type, last]): Command[] => [
    ...[0, 1].flatMap((source) =>
      [0, 1].map((node) => ({ do: 'clear' as const, source, type, node })),
    ),
    { do: 'wait', hours: 1 },
    { do: 'remedy', type },
    { do: 'find', type, person: 0, result: 'pass' },
    { do: 'find', type, person: 1, result: 'pass' },
    { do: 'wait', hours: last },
  ]);

/** Something is earned, and paid out later. */
const wages = fc
  .tuple(units, hours, fc.integer({ min: 1, max: 2 }))
  .map(([earned, last, parts]): Command[] => [
    { do: 'reward', units: earned },
    { do: 'wait', hours: last },
    { do: 'pay-out', parts },
  ]);

/** What is earned beside two cases is credited with their cuts; one of them falls. */
const shortened = fc
  .tuple(units, bit, fc.integer({ min: 1, max: 48 }))
  .map(([earned, type, last]): Command[] => [
    { do: 'reward', units: earned },
    { do: 'wait', hours: last },
    { do: 'overturn', type },
  ]);

/** The participant takes out what it can and lets the end of unbonding come. */
const exit = fc
  .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 300, max: 900 }))
  .map(([parts, last]): Command[] => [
    { do: 'withdraw', parts },
    { do: 'wait', hours: last },
  ]);

/** A story: whole episodes with anything between them. */
export const story = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: command.map((one) => [one]) },
      { weight: 3, arbitrary: outage },
      { weight: 2, arbitrary: consent },
      { weight: 1, arbitrary: recovery },
      { weight: 1, arbitrary: fc.oneof(wages, exit, shortened) },
    ),
    { minLength: 4, maxLength: 18 },
  )
  .map((parts) => parts.flat());
