import type { DecisionRecord } from '../../domain/decision/record.ts';
import { liveUnits } from '../../domain/law/slashable.ts';
import type { Severity } from '../../domain/violation.ts';
import { must } from './test-broken.ts';
import { chargeByHand } from './test-by-hand.ts';
import { type Command, play } from './test-commands.ts';
import { chargesOf, decisionsOf } from './test-decisions.ts';
import { type Bugs, Network } from './test-network.ts';
import type { Scene } from './test-scene.ts';

/** One violation that goes on for as long as people and law let it, and what befalls it on the way. */
export interface Lasting {
  type: number;
  severity: Severity;
  /** Days after the first fire. */
  days: number;
  befalls: { day: number; what: Befalls }[];
}

/** What never raises a charge: a resolve, a monitor that fails, a hold, a look that fails. */
export type Befalls = 'resolve' | 'silence' | 'blind' | 'hold' | 'halt' | 'no-data';

/** Time goes in steps of so many days; governors look once in each. */
const STEP_DAYS = 5;

/** Both monitors see one node fail without a gap, notices arrive, governors agree; on some days something befalls. */
export async function live(
  scene: Scene,
  { type, severity, days, befalls }: Lasting,
  more: readonly Command[] = [],
  bugs: Bugs = {},
): Promise<Network> {
  const network = new Network({ ...scene, unreachable: [] }, bugs);
  const node = (source: number) => ({ source, who: 0, type, node: 0 });
  await play(network, { do: 'fire', alerts: [node(0), node(1)], severity });
  for (const command of more) await play(network, command);
  for (let day = 0; day < days; day += STEP_DAYS) {
    for (const one of befalls.filter((other) => other.day >= day && other.day < day + STEP_DAYS))
      for (const command of commandsOf(one.what, node(0))) await play(network, command);
    await play(network, { do: 'wait', hours: STEP_DAYS * 24 });
    await play(network, { do: 'agree', case: 0, from: 0, anybody: false });
  }
  return network;
}

function commandsOf(
  what: Befalls,
  alert: { source: number; who: number; type: number; node: number },
): Command[] {
  switch (what) {
    case 'resolve':
      return [{ do: 'clear', alerts: [alert], lateHours: 0 }];
    case 'silence':
      return [{ do: 'silence', source: 1, isSilent: true }];
    case 'blind':
      return [{ do: 'probe', mode: 'blind' }];
    case 'hold':
      return [{ do: 'hold', person: 8, scope: { kind: 'network' } }];
    case 'halt':
      return [
        { do: 'no-data', alert: { ...alert, node: 1 } },
        { do: 'outage', hours: 30 },
      ];
    case 'no-data':
      return [{ do: 'no-data', alert }];
  }
}

/** What the first participant was charged in all and has not got back. */
export function chargedUnits(network: Network): bigint {
  const { cases } = network.store.tables.alone('p-1');
  return cases.reduce((sum, entry) => sum + liveUnits(entry), 0n);
}

/**
 * H18: a violation that is evidenced without a gap, noticed and agreed to is charged exactly what the law gives. H12: what befalls it never
 * raises that charge, and another confirmed resource never lowers it.
 */
export async function isChargedAndMonotone(
  scene: Scene,
  lasting: Lasting,
  bugs: Bugs = {},
): Promise<void> {
  const plain = { ...lasting, befalls: [] };
  const network = await live(scene, plain, [], bugs);
  isCharged(network, lasting);
  const most = chargedUnits(network);
  if (lasting.befalls.length > 0) {
    const is = chargedUnits(await live(scene, lasting, [], bugs));
    const said = lasting.befalls.map(({ what, day }) => `${what} on day ${day}`).join(', ');
    must('H12', is <= most, () => `${is} with ${said}, ${most} without`);
    return;
  }
  const { type, severity } = lasting;
  const alerts = [0, 1].map((source) => ({ source, who: 0, type, node: 1 }));
  const more = chargedUnits(await live(scene, plain, [{ do: 'fire', alerts, severity }], bugs));
  must('H12', more >= most, () => `${more} with another resource, ${most} without`);
}

function isCharged(network: Network, { severity }: Lasting): void {
  const charges = chargesOf(network.store.written).filter(
    ({ decision: { kind, participantId } }) => kind === 'imposed' && participantId === 'p-1',
  );
  const last = charges.at(-1);
  const isGrave = severity === 'major' || severity === 'critical';
  const ceiling = isGrave ? 'S2' : 'S1';
  must('H18', last !== undefined, () => 'nothing was ever imposed');
  if (!last) return;
  const { rung } = last.decision;
  must('H18', rung === ceiling, () => `it came to ${rung}, ${ceiling} was due`);
  const own = last.written.before.entry;
  const before = own ? liveUnits(own) - heldUnits(own) : 0n;
  // What its draft held is no measure of what is due.
  const whole = { ...last, decision: { ...last.decision, kind: 'proposed' as const } };
  const due = before + chargeByHand(network, whole);
  const is = chargedUnits(network);
  must('H18', is === due, () => `${is} were charged, by hand it is ${due}`);
}

function heldUnits({
  parts,
}: {
  parts: readonly { status: string; stakeUnits: bigint; rewardUnits: bigint }[];
}) {
  return parts
    .filter(({ status }) => status === 'held')
    .reduce((sum, part) => sum + part.stakeUnits + part.rewardUnits, 0n);
}

/** What a run came to, without the names that depend on the order of arrival. */
function cameTo(network: Network): string {
  const decisions = decisionsOf(network.store.written)
    .map(({ decision }) => told(decision))
    .sort();
  const books = [...network.store.tables.books].map(([id, { balances, sanctions }]) => [
    id,
    Object.entries(balances).map(([name, units]) => `${name} ${units}`),
    [...sanctions.values()].map(({ access, rung, family }) => `${family} ${rung} ${access}`).sort(),
  ]);
  return JSON.stringify([decisions, books], null, 1);
}

function told({
  participantId,
  violationType,
  kind,
  rung,
  decidedAtMs,
  amount,
  evidence,
}: DecisionRecord): string {
  const { units = '0' } = amount ?? {};
  const earning = evidence?.earning.join();
  return [decidedAtMs, participantId, violationType, kind, rung, units, earning].join(' ');
}

/** H2: whatever comes between two instants may come twice and in any order; what is decided stays the same. */
export async function isTheSameInAnyOrder(
  scene: Scene,
  commands: readonly Command[],
  bugs: Bugs = {},
): Promise<void> {
  const fair = { ...scene, fates: [99] };
  const runs: string[] = [];
  for (const isShaken of [false, true]) {
    const network = new Network(fair, bugs);
    network.alerts.isShaken = isShaken;
    for (const command of commands) await play(network, command);
    runs.push(cameTo(network));
  }
  must('H2', runs[0] === runs[1], () => firstDifference(runs[0] ?? '', runs[1] ?? ''));
}

/** H8, its second half: a law that comes into force later changes nothing of a case that is open. */
export async function isDecidedByItsOwnLaw(
  scene: Scene,
  lasting: Lasting,
  bugs: Bugs = {},
): Promise<void> {
  const plain = { ...lasting, befalls: [] };
  const shape = {
    ...scene.policy,
    slash: scene.policy.slash * 2,
    cut: 120,
    windows: scene.policy.windows === 100 ? 75 : 100,
  };
  const [before, after] = [
    await live(scene, plain, [{ do: 'wait', hours: 1 }], bugs),
    await live(
      scene,
      plain,
      [
        { do: 'wait', hours: 1 },
        { do: 'law', shape, afterHours: 1 },
      ],
      bugs,
    ),
  ].map(cameTo);
  must('H8', before === after, () => firstDifference(before ?? '', after ?? ''));
}

function firstDifference(one: string, other: string): string {
  const [a, b] = [one.split('\n'), other.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  return `${a[at]} or ${b[at]}`;
}
