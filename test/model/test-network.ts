import type { Activities } from '../../activities/index.ts';
import { createActivities } from '../../activities/index.ts';
import type { ActivityPorts } from '../../activities/ports.ts';
import type { CaseInput, ObservationsReceived } from '../../contracts/temporal.ts';
import type { ActionRequest } from '../../domain/case/actions.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { DomainError } from '../../domain/errors.ts';
import { DAY_MS, HOUR_MS, T0 } from '../../domain/law/test-fixtures.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Principal } from '../../domain/principal.ts';
import { standingOf } from '../../domain/sanction.ts';
import { type AlertNo, Alerts } from './test-alerts.ts';
import { must } from './test-broken.ts';
import { CaseLoop, type LoopWorld } from './test-case-loop.ts';
import { ModelIncidents } from './test-incidents.ts';
import { ModelIntake } from './test-intake.ts';
import {
  idOf,
  type PolicyShape,
  participantsOf,
  policyOf,
  type Scene,
  SOURCES,
  TYPES,
} from './test-scene.ts';
import { ask, FATES, type StepFate } from './test-steps.ts';
import { ModelStore } from './test-store.ts';

/** What a planted bug may replace; everything else is as it is. */
export interface Bugs {
  ports?: (ports: ActivityPorts, network: Network) => ActivityPorts;
  activities?: (activities: Activities, network: Network) => Activities;
  /** Whether the roles of who acts are looked at. */
  isRoleChecked?: boolean;
  /** What the model does itself, in place of a workflow, a booking or the inbox. */
  habits?: Partial<Habits>;
}

/** What the model does in the place of workflows, API and inbox. */
export interface Habits {
  /** Whether who is barred may be paid. */
  paysBarred: boolean;
  /** Whether a withdrawal looks at what is free. */
  looksAtFree: boolean;
  /** Fates that the inbox does not store. */
  forgets: string[];
}

/** A person's act that was accepted. */
export interface Accepted {
  caseId: string;
  principal: Principal;
  request: ActionRequest;
  atMs: number;
}

/** A case may not turn for ever at one instant. */
const MOST_TURNS = 400;

/**
 * A network of participants, monitors and people in one thread and virtual time. Its cases live by the real steps and the real law; store,
 * inbox, clocks and the outside world are the model's. A planted bug replaces one of its parts.
 */
export class Network implements LoopWorld {
  readonly scene: Scene;
  readonly store: ModelStore;
  readonly incidents: ModelIncidents;
  readonly intake: ModelIntake;
  readonly alerts: Alerts;
  readonly loops = new Map<string, CaseLoop>();
  readonly accepted: Accepted[] = [];
  readonly counts = new Map<string, number>();
  readonly withdrawals = new Map<
    string,
    { participantId: string; withdrawalId: string; lookAtMs: number | null }
  >();
  readonly policies: { fromMs: number; policy: Policy }[];
  readonly unreachable = new Set<string>();
  readonly bugs: Bugs;
  activities: Activities;
  probe: 'honest' | 'blind' | 'healthy' = 'honest';
  now = T0;
  private fates = 0;
  /** How many steps of a case go in time before one may be slow again. */
  private readonly owed = new Map<string, number>();
  private names = 0;

  constructor(scene: Scene, bugs: Bugs = {}) {
    this.scene = scene;
    this.bugs = bugs;
    this.policies = [{ fromMs: 0, policy: policyOf(scene) }];
    this.store = new ModelStore({
      nowMs: () => this.now,
      freesSlot: (slot) => this.intake.freeSlot(slot),
      statesOf: (participantId) => this.statesOf(participantId),
    });
    this.incidents = new ModelIncidents(this.store.tables);
    this.intake = new ModelIntake({
      nowMs: () => this.now,
      caseEnded: (caseId) => this.store.tables.records.get(caseId)?.stage === 'ended',
      isExcluded: (id) => standingOf(this.store.tables.sanctions(id)) === 'excluded',
      hear: (caseId, payload, start) => this.hear(caseId, payload, start),
      forgets: bugs.habits?.forgets ?? [],
    });
    this.alerts = new Alerts(this.intake, () => this.now);
    const ports = this.ports();
    const given = createActivities(bugs.ports?.(ports, this) ?? ports);
    this.activities = bugs.activities?.(given, this) ?? given;
    const stakes = scene.stakes;
    for (const [index, participant] of participantsOf(scene).entries()) {
      this.store.tables.register(participant, participant.registeredAtMs);
      const units = stakes[index % stakes.length] ?? 1n;
      this.store.deposit(participant.participantId, `seed-${index}`, units);
    }
    for (const who of scene.unreachable) this.unreachable.add(idOf(who));
    this.now = T0 + HOUR_MS;
  }

  /** A number that was not given before. */
  next(): number {
    this.names += 1;
    return this.names;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  nowMs(): number {
    return this.now;
  }

  nextFate(of: string): StepFate {
    const { fates } = this.scene;
    // Between two rounds one step goes well: a worker that always dies is another model.
    const no = fates[this.fates % (fates.length + 1)] ?? FATES.length;
    this.fates += 1;
    const fate = FATES[no] ?? 'fair';
    // A step that was too slow for its decision is taken up late, which moves the clock (ADR 0010): two of the case go well then,
    // or it would decide nothing for ever.
    const owed = this.owed.get(of) ?? 0;
    if (fate !== 'slow' || owed > 0) {
      this.owed.set(of, Math.max(0, owed - 1));
      return fate === 'slow' ? 'fair' : fate;
    }
    this.owed.set(of, 2);
    return fate;
  }

  passes(ms: number): void {
    this.now += ms;
  }

  interferes(participantId: string): void {
    if (participantId !== '') this.store.deposit(participantId, `between-${this.next()}`, 1n);
  }

  tellFallen(to: string, caseId: string): void {
    const loop = this.loops.get(to);
    if (loop && loop.phase !== 'gone' && !loop.fallen.includes(caseId)) loop.fallen.push(caseId);
  }

  /** Id of a participant by its number. */
  idOf(who: number): string {
    return idOf(who);
  }

  /** All alerts that were ever heard of about a participant. */
  alertsOf(who: number): AlertNo[] {
    return [0, 1].flatMap((source) =>
      TYPES.flatMap((_, type) =>
        this.scene.capacities.map((__, node) => ({ source, who, type, node })),
      ),
    );
  }

  /** Cases of a participant, as their workflows carry them. */
  statesOf(participantId: string): CaseState[] {
    return [...this.loops.values()].flatMap(({ state }) =>
      state?.participantId === participantId ? [state] : [],
    );
  }

  /** The law in force at an instant. */
  policyAt(atMs: number): Policy {
    const found = this.policies.findLast(({ fromMs }) => fromMs <= atMs);
    if (!found) throw new DomainError('policy-missing', 'dependency', 'No law yet.');
    return found.policy;
  }

  /** Another law comes into force at an instant. */
  enact(fromMs: number, shape: PolicyShape): void {
    this.policies.push({ fromMs, policy: policyOf({ policy: shape, shadow: this.scene.shadow }) });
  }

  /** Lets everything happen up to an instant. */
  async runUntil(targetMs: number): Promise<void> {
    await this.settle();
    for (;;) {
      const next = this.nextAtMs();
      if (next === null || next > targetMs) break;
      this.now = Math.max(this.now, next);
      await this.settle();
    }
    this.now = Math.max(this.now, targetMs);
    await this.settle();
  }

  /** Goes to the next thing that happens by itself, at most so far. */
  async pass(mostMs: number): Promise<void> {
    const next = this.nextAtMs();
    await this.runUntil(Math.min(next ?? Number.MAX_SAFE_INTEGER, this.now + mostMs));
  }

  /** Everything that is due now. */
  async settle(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      // Invariant H10: a case waits for something, it never spins.
      must('H10', turns <= MOST_TURNS, () => 'the model does not come to rest');
      this.alerts.repeat();
      let isBusy = false;
      if (this.intake.hasNews) {
        await this.intake.relay();
        isBusy = true;
      }
      for (const loop of this.loops.values()) if (await loop.turn()) isBusy = true;
      if (await this.lookAtWithdrawals()) isBusy = true;
      if (!isBusy && !this.intake.hasNews) return;
    }
  }

  /** The first instant at which something happens by itself. */
  nextAtMs(): number | null {
    const instants = [...this.loops.values()].map((loop) => loop.nextAtMs());
    for (const { lookAtMs } of this.withdrawals.values()) instants.push(lookAtMs);
    instants.push(this.alerts.nextNewsMs());
    const known = instants.filter((one) => one !== null);
    return known.length === 0 ? null : Math.max(this.now, Math.min(...known));
  }

  private async lookAtWithdrawals(): Promise<boolean> {
    for (const start of this.store.tables.withdrawalStarts.splice(0)) {
      const { participantId, withdrawalId, dueAtMs } = start;
      const name = `${participantId}/${withdrawalId}`;
      this.withdrawals.set(name, { participantId, withdrawalId, lookAtMs: dueAtMs });
    }
    let isBusy = false;
    for (const one of this.withdrawals.values()) {
      if (one.lookAtMs === null || one.lookAtMs > this.now) continue;
      const { participantId, withdrawalId } = one;
      const input = { participantId, withdrawalId, nowMs: this.now };
      const { nextLookAtMs } = await ask(this, 'settleWithdrawal', input, { participantId });
      one.lookAtMs = nextLookAtMs;
      isBusy = true;
    }
    return isBusy;
  }

  private hear(caseId: string, payload: ObservationsReceived, start: CaseInput | null): boolean {
    const known = this.loops.get(caseId);
    if (!known) {
      if (!start) return false;
      const loop = new CaseLoop(this, start);
      loop.observations.push(...payload.items);
      this.loops.set(caseId, loop);
      return true;
    }
    if (known.phase !== 'starting' && known.phase !== 'episode') return false;
    known.observations.push(...payload.items);
    return true;
  }

  private ports(): ActivityPorts {
    return {
      cases: this.store.port(),
      breaker: this.incidents.breaker(),
      clockHolds: this.incidents.clockHolds(),
      evidence: this.intake.evidence(),
      directory: {
        participant: async (id) => this.store.tables.books.get(id)?.participant ?? null,
        source: async (sourceId) => SOURCES.find((one) => one.sourceId === sourceId) ?? null,
        policyAt: async (atMs) => this.policyAt(atMs),
        policy: async (version) => {
          const found = this.policies.find(({ policy }) => policy.version === version);
          if (!found) throw new DomainError('policy-missing', 'dependency', 'Unknown law.');
          return found.policy;
        },
      },
      probes: {
        look: async (_check, { participantId }, resourceId) => {
          const healthy =
            this.probe === 'blind'
              ? null
              : this.probe === 'healthy' || !this.alerts.isFailing(participantId, resourceId);
          return { healthy, group: 'network-probe', detail: `${this.probe}: ${healthy}` };
        },
      },
      notifier: {
        deliver: async (_endpoint, { participantId }) =>
          this.unreachable.has(participantId)
            ? { delivered: false, reason: 'nobody answers' }
            : { delivered: true, reason: '' },
      },
      clock: { nowMs: () => this.now },
    };
  }
}

/** How far one step of time may go, so that no story ends in a far future. */
export const FAR_MS = 40 * DAY_MS;
