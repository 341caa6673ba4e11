import fc from 'fast-check';
import { SEVERITIES, type Severity } from '../../domain/violation.ts';
import type { Command } from './test-commands.ts';
import { GROUPS } from './test-scene.ts';

// What a story is made of beside its episodes: plots that chance alone would hardly come by.

/** A participant by its number; the first more often than the others. */
export const who = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4);

/** How grave a violation is; the light ones more often. */
export const severity = fc.constantFrom<Severity>(...SEVERITIES, 'minor', 'moderate');

/** An amount, small or large. */
export const units = fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 9n));

/** Time passes until so many things were due. */
export function passing(times: number): Command {
  return { do: 'pass', times };
}

/** The others of one's control group: a sanction cuts their rewards too (rule C8). */
export function kinOf(who: number): number[] {
  return GROUPS.flatMap((group, other) => (other !== who && group === GROUPS[who] ? [other] : []));
}

/** Stake that leaves. */
export const exit = fc
  .tuple(who, fc.integer({ min: 1, max: 3 }), fc.constantFrom(28, 30, 33))
  .map(([who, parts, days]): Command[] => [
    { do: 'withdraw', who, parts },
    { do: 'wait', hours: days * 24 },
  ]);

/** A reward, paid out later. */
export const wages = fc
  .tuple(who, units, fc.integer({ min: 1, max: 100 }))
  .map(([who, units, hours]): Command[] => [
    { do: 'reward', who, units, lateHours: 0 },
    { do: 'wait', hours },
    { do: 'pay-out', who, parts: 1 },
  ]);

/** Long after an exclusion. */
export const return180 = who.map((who): Command[] => [
  { do: 'clear-all', who },
  { do: 'wait', hours: 185 * 24 },
  { do: 'readmit', who },
]);

/** A grave violation that everybody agrees on, up to the exclusion. */
export const ladder = fc
  .tuple(who, fc.constantFrom(0, 1, 1, 2), fc.constantFrom<Severity>('major', 'critical'))
  .map(([who, type, severity]): Command[] => [
    {
      do: 'fire',
      alerts: [0, 1].map((source) => ({ source, who, type, node: 0 })),
      severity,
    },
    ...[0, 1].flatMap((from): Command[] => [
      { do: 'await-draft', most: 6 },
      { do: 'agree', case: 0, from, anybody: false },
      { do: 'pass', times: 1 },
    ]),
  ]);

/** Stake that wants to leave while a grave case needs it. */
export const flight = fc
  .tuple(who, fc.constantFrom(0, 1, 2), fc.constantFrom<Severity>('major', 'critical'))
  .map(([who, type, severity]): Command[] => [
    { do: 'fire', alerts: [0, 1].map((source) => ({ source, who, type, node: 0 })), severity },
    { do: 'pass', times: 1 },
    { do: 'withdraw', who, parts: 1 },
    { do: 'withdraw', who, parts: 2 },
    { do: 'wait', hours: 29 * 24 },
  ]);

/** Many fail at once: more than the network stands (rule D12). */
export const storm = fc
  .tuple(fc.constantFrom(0, 1, 2), severity)
  .map(([type, severity]): Command[] => [
    {
      do: 'fire',
      alerts: GROUPS.flatMap((_, who) => [0, 1].map((source) => ({ source, who, type, node: 0 }))),
      severity,
    },
    { do: 'pass', times: 4 },
  ]);

/** Back after a penalty, and a fault of the same family, of the kin perhaps, when the probation is nearly over (rule D11). */
export const relapse = fc
  .tuple(who, fc.integer({ min: 4 * 24, max: 7 * 24 }), fc.boolean())
  .map(([who, hours, ofKin]): Command[] => {
    const failing = (who: number, type: number): Command => ({
      do: 'fire',
      alerts: [0, 1].map((source) => ({ source, who, type, node: 0 })),
      severity: 'minor',
    });
    return [
      failing(who, 0),
      passing(4),
      { do: 'clear-all', who },
      { do: 'wait', hours: 1 },
      { do: 'return', case: 0, from: 0, audits: 'pass' },
      { do: 'wait', hours },
      failing((ofKin ? kinOf(who)[0] : undefined) ?? who, 3),
      { do: 'wait', hours: 400 },
    ];
  });
