import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionResult, CaseAction } from '../../../domain/case/actions.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import type { Severity } from '../../../domain/violation.ts';

/** One alert as a monitor sends it. */
export interface SentAlert {
  readonly state: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly participantId: string;
  readonly resourceId: string;
  readonly violationType: string;
  readonly severity: Severity;
  readonly startsAt: string;
  readonly endsAt?: string;
}

/** The doors of the system as its surroundings use them. Each may fail while a part is down; whoever calls tries again. */
export interface Doors {
  /** Posts one delivery; the same delivery tried again bears the same id. */
  post(sourceId: string, deliveryId: string, alerts: readonly SentAlert[]): Promise<void>;
  /** A person acts on a case under an idempotency key. Throws a `Refused` for a final no. */
  act(person: string, record: CaseRecord, key: string, action: CaseAction): Promise<ActionResult>;
  /** The participant's newest case; null when there is none yet. */
  newestCase(participantId: string): Promise<CaseRecord | null>;
  readCase(caseId: string): Promise<CaseRecord | null>;
}

/** Who and what a scene is played with. */
export interface Cast {
  readonly participantId: string;
  /** Account of the participant's own person. */
  readonly owner: string;
  readonly resourceId: string;
  /** Monitors of distinct independence groups. */
  readonly monitors: readonly [string, ...string[]];
  readonly operator: string;
  readonly auditor: string;
  /** Of as many organisations. */
  readonly governors: readonly [string, string, string?];
  readonly reviewers: readonly [string, string];
}

/** The surroundings of the system: its doors, its people, and the node that can be down. */
export interface Surroundings {
  readonly doors: Doors;
  readonly cast: Cast;
  /** The node that the network's own probe looks at. May fail while a part is down. */
  setHealthy(isHealthy: boolean): Promise<void>;
}

/** A final answer to an action: trying again would not help. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Senders repeat what fires this often; evidence of the demo policy is fresh for five seconds. */
const REPEAT_MS = 1_000;
const LOOK_MS = 200;
const RETRY_MS = 250;

/** What one scene is about. */
export interface Violation {
  readonly violationType: string;
  readonly severity: Severity;
  /** How many of the monitors see it. */
  readonly monitors: number;
}

interface Firing {
  readonly sourceId: string;
  readonly alert: SentAlert;
}

/**
 * The surroundings of one case: monitors that repeat what fires, a node that is down or up, people who act. Everything goes
 * through the doors and is tried again until it is taken, as real senders do.
 */
export class Scene {
  readonly cast: Cast;
  private readonly around: Surroundings;
  private readonly violation: Violation;
  private readonly firing = new Map<string, Firing>();
  private readonly closing = new AbortController();
  private readonly repeating: Promise<void>;
  private caseId: string | null = null;
  private keys = 0;

  constructor(around: Surroundings, violation: Violation) {
    this.cast = around.cast;
    this.around = around;
    this.violation = violation;
    this.repeating = this.repeat();
  }

  /** The violation begins; every monitor that can see it says so, again and again. */
  async fire(): Promise<void> {
    await this.insist(() => this.around.setHealthy(false));
    const { violationType, severity, monitors } = this.violation;
    const { participantId, resourceId } = this.cast;
    const startsAt = new Date().toISOString();
    for (const sourceId of this.cast.monitors.slice(0, monitors)) {
      const fingerprint = `${violationType}-${resourceId}`;
      const alert: SentAlert = {
        state: 'firing',
        fingerprint,
        participantId,
        resourceId,
        violationType,
        severity,
        startsAt,
      };
      this.firing.set(`${sourceId}/${fingerprint}`, { sourceId, alert });
      await this.send(sourceId, [alert]);
    }
  }

  /** The violation ends: the node serves again, and every source says so. */
  async clear(): Promise<void> {
    await this.insist(() => this.around.setHealthy(true));
    const ended = [...this.firing.values()];
    this.firing.clear();
    const endsAt = new Date().toISOString();
    for (const { sourceId, alert } of ended) {
      await this.send(sourceId, [{ ...alert, state: 'resolved', endsAt }]);
    }
  }

  /** Waits until the record of the case is as described. Fails with what the case waits for instead. */
  async until(
    what: string,
    isThere: (record: CaseRecord) => boolean,
    withinMs = 240_000,
  ): Promise<CaseRecord> {
    const endMs = performance.now() + withinMs;
    let last: CaseRecord | null = null;
    for (;;) {
      last = (await this.look()) ?? last;
      if (last !== null && isThere(last)) return last;
      const isOver = last?.stage === 'ended' && last.nextDeadlineMs === null;
      if (isOver || performance.now() > endMs) {
        const { caseId, stage, outcome, rung, waitsFor } = last ?? {};
        const seen = JSON.stringify({ caseId, stage, outcome, rung, waitsFor });
        throw new Error(`${what}: not within ${withinMs} ms, or never; the case: ${seen}`);
      }
      await sleep(LOOK_MS);
    }
  }

  /** A person acts on the case as it is now. Throws `Refused` for a final no. */
  async act(person: string, action: CaseAction): Promise<ActionResult> {
    this.keys += 1;
    const key = `${person}-${action.kind}-${String(this.keys).padStart(8, '0')}`;
    return this.insist(async () => {
      const record = await this.look();
      if (record === null) throw new Error('There is no case to act on.');
      return this.around.doors.act(person, record, key, action);
    });
  }

  /** Silences the monitors: what is not repeated any more, nobody knows. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.repeating;
  }

  private async look(): Promise<CaseRecord | null> {
    try {
      if (this.caseId !== null) return await this.around.doors.readCase(this.caseId);
      const found = await this.around.doors.newestCase(this.cast.participantId);
      // The participant may have a case of another type from another scene.
      if (found?.violationType !== this.violation.violationType) return null;
      this.caseId = found.caseId;
      return found;
    } catch {
      return null; // A part is down; the caller looks again.
    }
  }

  private async repeat(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await sleep(REPEAT_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
      const present = [...this.firing.values()];
      for (const { sourceId, alert } of present) {
        // It may have ended while an earlier one was sent.
        if (!present.includes(this.firing.get(`${sourceId}/${alert.fingerprint}`) as Firing))
          continue;
        await this.send(sourceId, [alert]);
      }
    }
  }

  private send(sourceId: string, alerts: readonly SentAlert[]): Promise<void> {
    const deliveryId = randomUUID();
    return this.insist(() => this.around.doors.post(sourceId, deliveryId, alerts));
  }

  private async insist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (error instanceof Refused || this.closing.signal.aborted) throw error;
        await sleep(RETRY_MS);
      }
    }
  }
}
