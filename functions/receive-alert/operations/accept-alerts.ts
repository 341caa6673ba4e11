import { DomainError } from '../../../domain/errors.ts';
import type { Participant } from '../../../domain/participant.ts';
import type { Directory } from '../../../domain/ports/directory.ts';
import type { IntakeStore, ReceiptItem } from '../../../domain/ports/intake.ts';
import { claimOf } from '../../../sources/mapping.ts';
import { inFlight } from '../../shared/in-flight.ts';
import { type DeliveryContext, type Entry, type Group, groupsOf, judge } from './judge-alerts.ts';

/** One head and its observations must fit into one transaction of a hundred items. */
const ENTRIES_AT_ONCE = 50;

/** How often heads may move on under a delivery before it is shed; each round somebody else got further. */
const MAX_ROUNDS = 10;

/**
 * Accepts the alerts of one delivery: heads are read in batches, every alert is judged against its head as it is, and what
 * met a head that had moved on is judged again. Returns the fate of each entry by its index. Throws `overloaded`
 * (dependency) when a head would not hold still, `store-unreachable`.
 */
export async function acceptAlerts(
  intake: Pick<IntakeStore, 'heads' | 'accept'>,
  entries: readonly Entry[],
  context: DeliveryContext,
): Promise<Map<number, ReceiptItem>> {
  const fates = new Map<number, ReceiptItem>();
  for (const wave of wavesOf(groupsOf(entries, context.source.sourceId))) {
    await acceptWave(intake, wave, context, fates);
  }
  return fates;
}

/** A body may say very much about one alert; then it takes several turns. */
function wavesOf(groups: readonly Group[]): Group[][] {
  const waves: Group[][] = [];
  for (const { alertKey, entries } of groups) {
    for (let start = 0; start < entries.length; start += ENTRIES_AT_ONCE) {
      const wave = waves[start / ENTRIES_AT_ONCE] ?? [];
      wave.push({ alertKey, entries: entries.slice(start, start + ENTRIES_AT_ONCE) });
      waves[start / ENTRIES_AT_ONCE] = wave;
    }
  }
  return waves;
}

async function acceptWave(
  intake: Pick<IntakeStore, 'heads' | 'accept'>,
  wave: readonly Group[],
  context: DeliveryContext,
  fates: Map<number, ReceiptItem>,
): Promise<void> {
  let open = wave;
  for (let round = 1; open.length > 0; round++) {
    if (round > MAX_ROUNDS) throw overloaded();
    const heads = await intake.heads(open.map((group) => group.alertKey));
    const judged = open.map((group) => ({
      group,
      ...judge(group, heads.get(group.alertKey) ?? null, context),
    }));
    const changing = judged.filter((one) => one.write !== null);
    const moved = await intake.accept(changing.flatMap(({ write }) => (write ? [write] : [])));
    const again = new Set(moved.map((index) => changing[index]?.group));
    for (const { group, items } of judged) {
      if (again.has(group)) continue;
      for (const { index, item } of items) fates.set(index, item);
    }
    open = open.filter((group) => again.has(group));
  }
}

function overloaded(): DomainError {
  return new DomainError(
    'overloaded',
    'dependency',
    'Too many deliveries about the same alerts at once. Send it again.',
  );
}

/** Reads every participant that the alerts name, each once. Unknown ones are absent. */
export async function participantsOf(
  directory: Pick<Directory, 'participant'>,
  entries: readonly Entry[],
  source: DeliveryContext['source'],
): Promise<Map<string, Participant>> {
  const named = new Set(entries.map(({ alert }) => claimOf(alert, source).participantId));
  const ids = [...named].filter((id): id is string => id !== null && isUsableId(id));
  const read = await inFlight(ids, (id) => directory.participant(id));
  const known = read.filter((participant) => participant !== null);
  return new Map(known.map((participant) => [participant.participantId, participant]));
}

/** Nobody has an id that the store could not hold as a key. */
function isUsableId(id: string): boolean {
  return id.length <= 128 && id.isWellFormed();
}
