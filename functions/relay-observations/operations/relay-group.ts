import { type CaseObservation, caseWorkflowId } from '../../../contracts/temporal.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Fate, InboxObservation, Slot } from '../../../domain/ports/intake.ts';
import { inFlight } from '../../shared/in-flight.ts';
import { caseIdOf } from '../../shared/short-id.ts';
import { annotate } from '../../shared/tracing.ts';
import type { RelayDeps } from '../deps.ts';
import { clearedItem, fireItem, gravest, isAllClear, isGraver } from './case-items.ts';

/** Items of one signal (design §4). */
const MAX_ITEMS = 100;

/** The slot is read again once when its case turns out to be over. */
const MAX_LOOKS = 2;

/** An alert that fires through an exclusion is news once in so long: seldom enough for one that lasts for months. */
const HEARD_AGAIN_MS = 86_400_000;

/** What a case is told, and which alerts are its own. */
interface Telling {
  items: CaseObservation[];
  members: ReadonlySet<string>;
  allClear: boolean;
  /** What the slot says while the case is being told. */
  noted: Slot['allClear'];
}

/**
 * Relays the news of one participant and violation type, oldest first: it finds the case that the slot names or takes the
 * slot for a new one, tells the case what changed for it, and notes the fate of each observation. Everything may happen
 * twice: what was done before is recognised. Throws `DomainError`; then what has no fate yet stays undelivered.
 */
export async function relayGroup(
  deps: RelayDeps,
  group: readonly [InboxObservation, ...InboxObservation[]],
): Promise<void> {
  const { participantId, violationType } = group[0].observation;
  // Rule B6: while excluded nothing new is opened; a case that is open hears to its end.
  const held = await deps.store.readSlot(participantId, violationType);
  if (held === null && (await deps.store.participantExcluded(participantId))) {
    await inFlight(group, (one) => onlyRecord(deps, one));
    return;
  }
  let open: readonly InboxObservation[] = group;
  for (let look = 1; look <= MAX_LOOKS; look++) {
    open = await withoutOldOpenings(deps, open);
    if (open.length === 0) return;
    const fires = open.filter((one) => one.change !== 'resolved');
    const slot = await slotFor(deps, participantId, violationType, fires);
    if (slot === null) {
      await inFlight(open, (one) => settle(deps, one, 'orphan', null));
      return;
    }
    if (await tell(deps, slot, open)) return;
    // A slot that names a case which has ended was taken for an opening that the case had got before.
    if (await deps.store.caseEnded(slot.caseId)) await deps.store.freeSlot(slot);
  }
  throw new DomainError('case-closed', 'bug', 'The slot names a case whose workflow has ended.', {
    participantId,
    violationType,
  });
}

/** Nothing is opened while somebody is excluded. An exclusion may fall or end by a readmission, so what goes on firing is asked about again. */
async function onlyRecord(deps: RelayDeps, one: InboxObservation): Promise<void> {
  const { alertKey, receivedAtMs } = one.observation;
  if (one.change !== 'resolved')
    await deps.store.hearAgain(alertKey, receivedAtMs + HEARD_AGAIN_MS);
  await settle(deps, one, 'recorded-only', null);
}

/** An opening that comes again after its case has ended is no news: that case had it. */
async function withoutOldOpenings(
  deps: RelayDeps,
  open: readonly InboxObservation[],
): Promise<InboxObservation[]> {
  const news = await inFlight(open, async (one) => {
    const caseId = caseIdOf(one.observation.violationType, one.ref);
    const isOld = one.change !== 'resolved' && (await deps.store.caseEnded(caseId));
    if (isOld) await settle(deps, one, 'case', caseId);
    return isOld ? [] : [one];
  });
  return news.flat();
}

/** The slot as it is, taken for a new case if it is free and something fires; null when neither. */
async function slotFor(
  deps: RelayDeps,
  participantId: string,
  violationType: string,
  fires: readonly InboxObservation[],
): Promise<Slot | null> {
  const held = await deps.store.readSlot(participantId, violationType);
  const opening = fires[0];
  if (held !== null || opening === undefined) return held;
  return deps.store.takeSlot({
    participantId,
    violationType,
    caseId: caseIdOf(violationType, opening.ref),
    severity: opening.observation.severity,
    allClear: 'no',
  });
}

/** Whether the case could be told; false when its workflow is over. */
async function tell(
  deps: RelayDeps,
  slot: Slot,
  open: readonly InboxObservation[],
): Promise<boolean> {
  annotate({ 'swarm.case_id': slot.caseId });
  const fires = open.filter((one) => one.change !== 'resolved');
  const telling = await prepare(deps, slot, open);
  for (let start = 0; start < telling.items.length; start += MAX_ITEMS) {
    const items = telling.items.slice(start, start + MAX_ITEMS);
    if (!(await signal(deps, slot, items, fires.length > 0))) return false;
  }
  await noteTold(deps, slot, telling, fires);
  await inFlight(open, async (one) => {
    const isResolve = one.change === 'resolved';
    if (isResolve && !telling.members.has(one.ref.alertKey))
      await settle(deps, one, 'orphan', null);
    else await settleTold(deps, one, isResolve ? 'resolve-applied' : 'case', slot.caseId);
  });
  return true;
}

/** Finds out what has changed for the case. Its alerts are attached before it is told of them, so that it finds their heads. */
async function prepare(
  deps: RelayDeps,
  slot: Slot,
  open: readonly InboxObservation[],
): Promise<Telling> {
  const { store } = deps;
  const fires = open.filter((one) => one.change !== 'resolved');
  const items = await itemsOfFires(deps, slot, fires);
  const heads = await store.headsOfCase(slot.caseId);
  const members = new Set(heads.map((head) => head.alertKey));
  const isKnown = slot.allClear === 'told' && items.length === 0;
  if (isKnown || !isAllClear(heads)) {
    return { items, members, allClear: false, noted: slot.allClear };
  }
  // Said before it is looked at again: a fire that comes between sees it and tells the case.
  await store.updateSlot({ ...slot, allClear: 'telling' }, slot.allClear);
  const now = await store.headsOfCase(slot.caseId);
  const last = open.at(-1);
  const allClear = isAllClear(now) && last !== undefined;
  if (allClear) items.push(clearedItem(now, last, gravest(slot, open)));
  return { items, members, allClear, noted: 'telling' };
}

/** Alerts side by side, the fires of one alert one after the other: its first is the one that attaches it. Oldest first, as they came. */
async function itemsOfFires(
  deps: RelayDeps,
  slot: Slot,
  fires: readonly InboxObservation[],
): Promise<CaseObservation[]> {
  const items = new Map<InboxObservation, CaseObservation[]>();
  await inFlight([...Map.groupBy(fires, ({ ref }) => ref.alertKey).values()], async (ofOne) => {
    for (const fire of ofOne) items.set(fire, await itemsOfFire(deps, slot, fire));
  });
  return fires.flatMap((fire) => items.get(fire) ?? []);
}

async function itemsOfFire(
  deps: RelayDeps,
  slot: Slot,
  fire: InboxObservation,
): Promise<CaseObservation[]> {
  const { severity } = fire.observation;
  const { added } = await deps.store.attachHead(slot.caseId, fire);
  // A re-armed head is told even to the case that has it: that one is ending and gives it back.
  const isNew = added || fire.change === 'rearmed' || slot.allClear !== 'no';
  if (isNew) return [fireItem(fire, 'fired')];
  return isGraver(severity, slot.severity) ? [fireItem(fire, 'severity')] : [];
}

async function signal(
  deps: RelayDeps,
  slot: Slot,
  items: CaseObservation[],
  mayStart: boolean,
): Promise<boolean> {
  const { networkId } = deps;
  const { caseId, participantId, violationType } = slot;
  const payload = { v: 1 as const, items };
  const result = mayStart
    ? await deps.cases.signalWithStart(
        { v: 1, networkId, caseId, participantId, violationType },
        payload,
      )
    : await deps.cases.signal(caseWorkflowId(networkId, caseId), payload);
  return result === 'delivered';
}

/** Notes on the slot what its case knows now, so that it is told once only. */
async function noteTold(
  deps: RelayDeps,
  slot: Slot,
  telling: Telling,
  fires: readonly InboxObservation[],
): Promise<void> {
  if (telling.items.length === 0) return;
  const severity = gravest(slot, fires);
  const allClear = telling.allClear ? 'told' : 'no';
  if (severity === slot.severity && allClear === telling.noted) return;
  // If another relay has noted something meanwhile, that stays: a case is told once more at worst.
  await deps.store.updateSlot({ ...slot, severity, allClear }, telling.noted);
}

/** Notes a fate; says whether it was the first since the observation was read. */
function settle(
  deps: RelayDeps,
  one: InboxObservation,
  fate: Fate,
  caseId: string | null,
): Promise<boolean> {
  return deps.store.markDelivered(one, fate, caseId, deps.clock.nowMs());
}

/** Notes that its case was told, and measures how long that took: once, and not for what has been with a case before. */
async function settleTold(
  deps: RelayDeps,
  one: InboxObservation,
  fate: Fate,
  caseId: string,
): Promise<void> {
  if (!(await settle(deps, one, fate, caseId)) || one.returns > 0) return;
  const latencyMs = deps.clock.nowMs() - one.observation.receivedAtMs;
  deps.meter.measure('AlertToCaseLatency', latencyMs);
}
