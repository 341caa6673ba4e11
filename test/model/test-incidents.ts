import type { NetworkTotals } from '../../domain/breaker/limits.ts';
import { goesBefore } from '../../domain/breaker/queue.ts';
import { closedAs, openBreakerIncident } from '../../domain/incident/acts.ts';
import { type Incident, incidentEntry, incidentIdOf } from '../../domain/incident/incident.ts';
import type { Breaker, BreakerView } from '../../domain/ports/breaker.ts';
import type { ClockHolds } from '../../domain/ports/incidents.ts';
import { standingOf } from '../../domain/sanction.ts';
import { kept } from './test-plain.ts';
import { placeName, waitingIn } from './test-store.ts';
import type { Tables } from './test-tables.ts';

/** Incidents and the breaker's memory, in the tables of the store. */
export class ModelIncidents {
  readonly incidents = new Map<string, Incident>();
  private readonly tables: Tables;
  private openIncidentId: string | null = null;
  private released: BreakerView['released'] = null;
  private counted: NetworkTotals | null = null;
  private opened = 0;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  /** A name that no incident has. */
  nextId(nowMs: number): string {
    this.opened += 1;
    return incidentIdOf(nowMs, `m${this.opened}`);
  }

  /** Stores an incident as an act left it, with its line in the network's history. */
  put(incident: Incident, what: Parameters<typeof incidentEntry>[1], actor: string): void {
    const { incidentId, kind, outcome, closedAtMs } = incident;
    this.incidents.set(incidentId, kept(incident));
    const atMs = closedAtMs ?? incident.openedAtMs;
    this.tables.append([incidentEntry(incident, what, actor, atMs, incident.reason)]);
    if (kind !== 'breaker') return;
    this.openIncidentId = closedAtMs === null ? incidentId : null;
    if (outcome === 'released' && closedAtMs !== null)
      this.released = { incidentId, atMs: closedAtMs };
  }

  /** Incidents that nobody and nothing has closed. */
  open(): Incident[] {
    return [...this.incidents.values()].filter(({ closedAtMs }) => closedAtMs === null);
  }

  breaker(): Breaker {
    const { tables } = this;
    return {
      look: async (nowMs, maxAgeMs) => ({
        shards: [...tables.shards.values()],
        totals: this.totals(nowMs, maxAgeMs),
        openIncidentId: this.openIncidentId,
        released: this.released,
      }),
      before: async (place) => ({
        ahead: waitingIn(tables).filter((one) => goesBefore(one, place)),
        isWhole: true,
      }),
      forget: async (places) => {
        for (const place of places) {
          const held = tables.queue.get(placeName(place));
          if (held?.heldUntilMs === place.heldUntilMs) tables.queue.delete(placeName(place));
        }
      },
      tripped: async (law, nowMs) => {
        if (this.openIncidentId !== null) return;
        this.put(openBreakerIncident(this.nextId(nowMs), 'full', law, nowMs), 'opened', 'system');
      },
      closeIfQuiet: async (_law, nowMs) => {
        const incident = this.incidents.get(this.openIncidentId ?? '');
        const isWaiting = waitingIn(tables).some(({ heldUntilMs }) => heldUntilMs > nowMs);
        if (!incident || isWaiting) return;
        tables.queue.clear();
        this.put(closedAs(incident, 'passed', nowMs), 'closed', 'system');
      },
    };
  }

  clockHolds(): ClockHolds {
    return {
      since: async (sinceMs) =>
        [...this.incidents.values()].filter(
          ({ kind, closedAtMs, endsAtMs }) =>
            kind === 'clock-hold' && (closedAtMs ?? endsAtMs ?? sinceMs) >= sinceMs,
        ),
      lapsed: async (incident) => {
        const present = this.incidents.get(incident.incidentId);
        if (present?.revision !== incident.revision) return;
        this.put(
          closedAs(incident, 'lapsed', incident.endsAtMs ?? incident.openedAtMs),
          'closed',
          'system',
        );
      },
    };
  }

  /** The network as it was counted last, or now if that is too long ago. */
  private totals(nowMs: number, maxAgeMs: number): NetworkTotals {
    if (this.counted && nowMs - this.counted.atMs <= maxAgeMs) return this.counted;
    this.counted = this.count(nowMs);
    return this.counted;
  }

  private count(atMs: number): NetworkTotals {
    const { tables } = this;
    const standings = [...tables.books.keys()].map((id) => ({
      id,
      standing: standingOf(tables.sanctions(id)),
    }));
    const living = standings.filter(({ standing }) => standing !== 'excluded');
    let stakeUnits = 0n;
    for (const { id } of living) {
      const { available, held, pending } = tables.book(id).balances;
      stakeUnits += available + held + pending;
    }
    const suspendedEver: number[] = [];
    for (const shard of tables.shards.values()) suspendedEver[shard.no] = shard.suspendedEver;
    // As the store does it: beyond the first time only who has a mark is looked at.
    const marked = standings.filter(
      ({ id, standing }) =>
        standing === 'suspended' && (this.counted === null || tables.suspendedMarks.has(id)),
    );
    for (const { id, standing } of standings)
      if (standing !== 'suspended' && standing !== 'excluded') tables.suspendedMarks.delete(id);
    return {
      stakeUnits,
      participants: living.length,
      suspended: marked.length,
      suspendedEver,
      atMs,
    };
  }
}
