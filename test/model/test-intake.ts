import type { CaseInput, ObservationsReceived } from '../../contracts/temporal.ts';
import { DomainError } from '../../domain/errors.ts';
import { acceptObservation } from '../../domain/intake/accept.ts';
import type { AlertHead, Observation } from '../../domain/observation.ts';
import type { Evidence, ObservationRef } from '../../domain/ports/evidence.ts';
import type { Fate, InboxObservation, RelayStore, Slot } from '../../domain/ports/intake.ts';
import type { RelayDeps } from '../../functions/relay-observations/deps.ts';
import { relayBatch } from '../../functions/relay-observations/operations/relay-batch.ts';
import { SILENT_METER } from '../../functions/shared/metrics.ts';
import { kept } from './test-plain.ts';
import { SOURCES } from './test-scene.ts';

/** An observation as the inbox keeps it. */
export interface Stored {
  item: InboxObservation;
  fate: Fate;
  caseId: string | null;
}

/** What the inbox must know of the cases. */
export interface IntakeSide {
  nowMs(): number;
  caseEnded(caseId: string): boolean;
  isExcluded(participantId: string): boolean;
  /** Tells a case, and starts it where `start` says who it is; false when nobody of that id runs any more. */
  hear(caseId: string, payload: ObservationsReceived, start: CaseInput | null): boolean;
  /** Fates that a planted bug does not store. */
  forgets: readonly string[];
}

const MAX_ATTEMPTS = 20;

/** Heads, inbox, slots and members in memory: real acceptance and the real relay over a store that keeps its port's promises. */
export class ModelIntake {
  readonly heads = new Map<string, AlertHead>();
  readonly stored = new Map<string, Stored>();
  readonly told: { alertKey: string; fate: Fate; seq: number | null }[] = [];
  readonly slots = new Map<string, Slot>();
  readonly members = new Map<string, Map<string, number>>();
  /** Sequence numbers that no observation has: a head was re-armed, or repeats were passed over. */
  readonly moved = new Map<string, number>();
  /** The relay does not run for now. */
  isHalted = false;
  /** After so many calls of its store the relay dies; then it lives again. */
  diesAfter: number | null = null;
  private readonly side: IntakeSide;
  private readonly pending = new Set<string>();

  constructor(side: IntakeSide) {
    this.side = side;
  }

  /** Accepts one alert of a delivery. */
  accept(observation: Observation): Fate {
    const { alertKey, sourceId } = observation;
    const source = SOURCES.find((one) => one.sourceId === sourceId);
    if (!source) throw new Error(`There is no source ${sourceId}.`);
    const head = this.heads.get(alertKey) ?? null;
    const judged = acceptObservation(head, observation, { ...source, freshMinMs: 300_000 });
    const { fate, nextHead, write, change } = judged;
    if (write === 'none' || nextHead === null) {
      this.told.push({ alertKey, fate, seq: null });
      return fate;
    }
    this.heads.set(alertKey, kept(nextHead));
    this.told.push({ alertKey, fate, seq: nextHead.seq });
    if (this.side.forgets.includes(fate)) return fate;
    const ref = { alertKey, seq: nextHead.seq };
    const base = { networkId: 'main', receiptId: 'r', attempts: 0, returns: 0 };
    const item = kept({ ...base, ref, observation, change: change ?? 'resolved' });
    const name = nameOf(ref);
    this.stored.set(name, { item, fate, caseId: null });
    if (fate === 'pending') this.pending.add(name);
    return fate;
  }

  /** Relays what has no fate yet. */
  async relay(): Promise<void> {
    const waiting = this.isHalted ? [] : this.undelivered();
    if (waiting.length === 0) return;
    const limit = this.diesAfter;
    this.diesAfter = null;
    let calls = 0;
    const store = this.port(() => {
      calls += 1;
      if (limit !== null && calls > limit)
        throw new DomainError('store-unreachable', 'dependency', 'Not now.');
    });
    const deps: RelayDeps = {
      networkId: 'main',
      store,
      cases: {
        signalWithStart: async (input, payload) =>
          this.side.hear(input.caseId, payload, input) ? 'delivered' : 'already-closed',
        signal: async (workflowId, payload) =>
          this.side.hear(workflowId.split('/').at(-1) ?? '', payload, null) ? 'delivered' : 'gone',
      },
      clock: { nowMs: () => this.side.nowMs() },
      maxAttempts: async () => MAX_ATTEMPTS,
      readImage: () => null,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      meter: SILENT_METER,
    };
    await relayBatch(deps, waiting);
  }

  /** Whether something waits for the relay. */
  get hasNews(): boolean {
    return !this.isHalted && this.pending.size > 0;
  }

  /** Frees a slot that is still the case's own. */
  freeSlot(slot: { participantId: string; violationType: string; caseId: string }): void {
    if (this.slots.get(slotName(slot))?.caseId === slot.caseId) this.slots.delete(slotName(slot));
  }

  evidence(): Evidence {
    return {
      headsOfCase: async (caseId) => this.headsOf(caseId),
      oldestUndeliveredMs: async (participantId) => {
        const waiting = this.undelivered().filter(
          ({ observation }) => observation.participantId === participantId,
        );
        const arrivals = waiting.map(({ observation }) => observation.receivedAtMs);
        return arrivals.length === 0 ? null : Math.min(...arrivals);
      },
      rearmHeads: async (caseId, fromMs) => {
        for (const head of this.headsOf(caseId)) {
          if (head.status !== 'firing' || head.rearmedByCaseId === caseId) continue;
          const rearmed = { rearmedByCaseId: caseId, rearmedFromMs: fromMs };
          this.heads.set(head.alertKey, kept({ ...head, seq: head.seq + 1, ...rearmed }));
          this.moved.set(head.alertKey, (this.moved.get(head.alertKey) ?? 0) + 1);
        }
      },
      returnToInbox: async (refs) => {
        for (const ref of refs) {
          const one = this.stored.get(nameOf(ref));
          if (!one || one.fate === 'pending') continue;
          Object.assign(one, { fate: 'pending', caseId: null });
          this.pending.add(nameOf(ref));
          one.item = kept({ ...one.item, returns: one.item.returns + 1 });
        }
      },
    };
  }

  private headsOf(caseId: string): AlertHead[] {
    const keys = [...(this.members.get(caseId)?.keys() ?? [])];
    return keys.flatMap((key) => this.heads.get(key) ?? []);
  }

  private undelivered(): InboxObservation[] {
    return [...this.pending].flatMap((name) => this.stored.get(name)?.item ?? []);
  }

  private port(each: () => void): RelayStore {
    const { slots } = this;
    const promised = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        each();
        resolve(work());
      });
    const slotOf = (slot: Pick<Slot, 'participantId' | 'violationType'>) =>
      slots.get(slotName(slot)) ?? null;
    return {
      readSlot: (participantId, violationType) =>
        promised(() => slotOf({ participantId, violationType })),
      takeSlot: (slot) =>
        promised(() => {
          const held = slotOf(slot);
          if (held === null) slots.set(slotName(slot), kept(slot));
          return held ?? slot;
        }),
      updateSlot: (slot, from) =>
        promised(() => {
          const held = slotOf(slot);
          if (held?.caseId === slot.caseId && held.allClear === from)
            slots.set(slotName(slot), kept(slot));
        }),
      freeSlot: (slot) => promised(() => this.freeSlot(slot)),
      attachHead: (caseId, { ref }) => promised(() => ({ added: this.attach(caseId, ref) })),
      headsOfCase: (caseId) => promised(() => this.headsOf(caseId)),
      caseEnded: (caseId) => promised(() => this.side.caseEnded(caseId)),
      participantExcluded: (participantId) => promised(() => this.side.isExcluded(participantId)),
      hearAgain: (alertKey, fromMs) =>
        promised(() => {
          const head = this.heads.get(alertKey);
          if (head?.status !== 'firing' || head.rearmedByCaseId === 'exclusion') return;
          const rearmed = { rearmedByCaseId: 'exclusion', rearmedFromMs: fromMs };
          this.heads.set(alertKey, kept({ ...head, seq: head.seq + 1, ...rearmed }));
          this.moved.set(alertKey, (this.moved.get(alertKey) ?? 0) + 1);
        }),
      markDelivered: ({ ref, returns }, fate, caseId) =>
        promised(() => this.mark(ref, returns, fate, caseId)),
      markFailed: async () => 'undelivered',
      undelivered: () => promised(() => this.undelivered()),
    };
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
    this.pending.delete(nameOf(ref));
    return true;
  }
}

/** The name of a stored observation. */
export function nameOf({ alertKey, seq }: ObservationRef): string {
  return `${alertKey}#${seq}`;
}

function slotName({
  participantId,
  violationType,
}: Pick<Slot, 'participantId' | 'violationType'>): string {
  return `${participantId}/${violationType}`;
}
