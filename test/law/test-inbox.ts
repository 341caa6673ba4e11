import type { ObservationsReceived } from '../../contracts/temporal.ts';
import { DomainError } from '../../domain/errors.ts';
import { acceptObservation } from '../../domain/intake/accept.ts';
import type { AlertHead, Observation } from '../../domain/observation.ts';
import type { ObservationRef } from '../../domain/ports/evidence.ts';
import type { Fate, InboxObservation, RelayStore, Slot } from '../../domain/ports/intake.ts';
import type { RelayDeps } from '../../functions/relay-observations/deps.ts';
import { relayBatch } from '../../functions/relay-observations/operations/relay-batch.ts';
import { SILENT_METER } from '../../functions/shared/metrics.ts';

/** An observation as the inbox keeps it. */
export interface Stored {
  item: InboxObservation;
  fate: Fate;
  caseId: string | null;
}

/** What the sender was told about one alert. `seq` is null when nothing had to be stored. */
export interface Told {
  alertKey: string;
  fate: Fate;
  seq: number | null;
}

/** How the world treats one run of the relay. */
export type Weather = 'fair' | 'outage' | 'broken' | 'dies';

const SOURCE = { repeatIntervalMs: 60_000, maxLagMs: 600_000, freshMinMs: 0 };
const MAX_ATTEMPTS = 3;

/**
 * The inbox in memory: real acceptance and the real relay over a store that keeps its port's promises. `keeps` says what is
 * stored at all; a planted bug forgets some.
 */
export class Inbox {
  readonly stored = new Map<string, Stored>();
  readonly told: Told[] = [];
  readonly heads = new Map<string, AlertHead>();
  /** How often a head moved on without an observation: it was re-armed. */
  readonly moved = new Map<string, number>();
  nowMs = 1_800_000_000_000;
  private readonly keeps: (fate: Fate) => boolean;
  private readonly slots = new Map<string, Slot>();
  private readonly members = new Map<string, Map<string, number>>();
  private readonly ended = new Set<string>();
  private readonly excluded = new Set<string>();

  constructor(keeps: (fate: Fate) => boolean = () => true) {
    this.keeps = keeps;
  }

  /** Accepts one delivery and answers for each of its alerts. */
  deliver(observations: readonly Observation[]): void {
    for (const observation of observations) {
      const { alertKey } = observation;
      const head = this.heads.get(alertKey) ?? null;
      const { fate, nextHead, write, change } = acceptObservation(head, observation, SOURCE);
      if (write === 'none' || nextHead === null) {
        this.told.push({ alertKey, fate, seq: null });
        continue;
      }
      this.heads.set(alertKey, nextHead);
      this.told.push({ alertKey, fate, seq: nextHead.seq });
      if (!this.keeps(fate)) continue;
      const ref = { alertKey, seq: nextHead.seq };
      const base = { networkId: 'main', receiptId: 'r', attempts: 0, returns: 0 };
      const item = { ...base, ref, observation, change: change ?? 'resolved' };
      this.stored.set(nameOf(ref), { item, fate, caseId: null });
    }
  }

  /** Relays what has no fate yet. */
  async relay(weather: Weather, strength: number): Promise<void> {
    let calls = 0;
    const store = this.store(() => {
      calls += 1;
      if (weather === 'dies' && calls > strength) throw unreachable();
    });
    const deps: RelayDeps = {
      networkId: 'main',
      store,
      cases: {
        signalWithStart: async ({ caseId }, payload) =>
          this.hears(caseId, payload, weather) ? 'delivered' : 'already-closed',
        signal: async (workflowId, payload) =>
          this.hears(workflowId.split('/').at(-1) ?? '', payload, weather) ? 'delivered' : 'gone',
      },
      clock: { nowMs: () => this.nowMs },
      maxAttempts: async () => MAX_ATTEMPTS,
      readImage: () => null,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      meter: SILENT_METER,
    };
    await relayBatch(deps, this.undelivered()).catch((error: unknown) => {
      // What dies takes nothing with it: the next run finds what is left.
      if (!(error instanceof DomainError) || error.fault !== 'dependency') throw error;
    });
  }

  /** Ends the case of a participant; what it was told last it may give back. */
  endCase(participantId: string, givesBack: number): void {
    const slot = [...this.slots.values()].find((one) => one.participantId === participantId);
    if (slot === undefined) return;
    this.ended.add(slot.caseId);
    this.slots.delete(slotName(slot));
    const its = [...this.stored.values()].filter(
      ({ caseId, fate }) => caseId === slot.caseId && fate === 'case',
    );
    for (const one of its.slice(its.length - givesBack, its.length)) {
      Object.assign(one, { fate: 'pending', caseId: null });
      one.item = { ...one.item, returns: one.item.returns + 1 };
    }
  }

  /** From now on a participant's alerts are recorded only (rule B6). */
  exclude(participantId: string): void {
    this.excluded.add(participantId);
  }

  /** Redrives the quarantine: what is in it is pending again (rule B8). */
  redrive(): void {
    for (const one of this.stored.values()) {
      if (one.fate !== 'quarantine') continue;
      one.fate = 'pending';
      one.item = { ...one.item, attempts: 0 };
    }
  }

  private hears(caseId: string, _payload: ObservationsReceived, weather: Weather): boolean {
    if (weather === 'outage') throw unreachable();
    if (weather === 'broken') throw new Error('refused');
    return !this.ended.has(caseId);
  }

  private store(each: () => void): RelayStore {
    const slotOf = (participantId: string, violationType: string): Slot | null =>
      this.slots.get(slotName({ participantId, violationType })) ?? null;
    const promised = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        each();
        resolve(work());
      });
    return {
      readSlot: (participantId, violationType) =>
        promised(() => slotOf(participantId, violationType)),
      takeSlot: (slot) =>
        promised(() => {
          const held = slotOf(slot.participantId, slot.violationType);
          if (held === null) this.slots.set(slotName(slot), slot);
          return held ?? slot;
        }),
      updateSlot: (slot, from) =>
        promised(() => {
          const held = slotOf(slot.participantId, slot.violationType);
          if (held?.caseId === slot.caseId && held.allClear === from)
            this.slots.set(slotName(slot), slot);
        }),
      freeSlot: (slot) =>
        promised(() => {
          if (slotOf(slot.participantId, slot.violationType)?.caseId === slot.caseId)
            this.slots.delete(slotName(slot));
        }),
      attachHead: (caseId, { ref }) => promised(() => ({ added: this.attach(caseId, ref) })),
      headsOfCase: (caseId) =>
        promised(() =>
          [...(this.members.get(caseId)?.keys() ?? [])].flatMap((key) => this.heads.get(key) ?? []),
        ),
      caseEnded: (caseId) => promised(() => this.ended.has(caseId)),
      participantExcluded: (participantId) => promised(() => this.excluded.has(participantId)),
      hearAgain: (alertKey, fromMs) =>
        promised(() => {
          const head = this.heads.get(alertKey);
          if (head?.status !== 'firing' || head.rearmedByCaseId === 'exclusion') return;
          const rearmed = { rearmedByCaseId: 'exclusion', rearmedFromMs: fromMs };
          this.heads.set(alertKey, { ...head, seq: head.seq + 1, ...rearmed });
          this.moved.set(alertKey, (this.moved.get(alertKey) ?? 0) + 1);
        }),
      markDelivered: ({ ref, returns }, fate, caseId) =>
        promised(() => this.mark(ref, returns, fate, caseId)),
      markFailed: (failed, maxAttempts) => promised(() => this.fail(failed, maxAttempts)),
      undelivered: () => promised(() => this.undelivered()),
    };
  }

  private undelivered(): InboxObservation[] {
    const waiting = [...this.stored.values()].filter(({ fate }) => fate === 'pending');
    return waiting.map(({ item }) => item);
  }

  private attach(caseId: string, ref: ObservationRef): boolean {
    const members = this.members.get(caseId) ?? new Map<string, number>();
    this.members.set(caseId, members);
    const known = members.get(ref.alertKey);
    if (known === undefined) members.set(ref.alertKey, ref.seq);
    return known === undefined || known === ref.seq;
  }

  private mark(ref: ObservationRef, returns: number, fate: Fate, caseId: string | null): boolean {
    const one = this.stored.get(nameOf(ref));
    if (one?.fate !== 'pending' || one.item.returns !== returns) return false;
    Object.assign(one, { fate, caseId });
    return true;
  }

  private fail(failed: InboxObservation, maxAttempts: number): 'undelivered' | 'quarantine' {
    const one = this.stored.get(nameOf(failed.ref));
    if (one?.fate !== 'pending') return 'undelivered';
    one.item = { ...one.item, attempts: one.item.attempts + 1 };
    if (one.item.attempts < maxAttempts) return 'undelivered';
    one.fate = 'quarantine';
    return 'quarantine';
  }
}

/** The name of a stored observation. */
export function nameOf(ref: ObservationRef): string {
  return `${ref.alertKey}#${ref.seq}`;
}

function slotName({
  participantId,
  violationType,
}: Pick<Slot, 'participantId' | 'violationType'>): string {
  return `${participantId}/${violationType}`;
}

function unreachable(): DomainError {
  return new DomainError('store-unreachable', 'dependency', 'Not now.');
}
