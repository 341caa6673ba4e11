import { DomainError } from '../../domain/errors.ts';
import type { AlertHead, Source } from '../../domain/observation.ts';
import type { Participant } from '../../domain/participant.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import type { Evidence, ObservationRef } from '../../domain/ports/evidence.ts';
import type { Notifier } from '../../domain/ports/notifier.ts';
import type { ProbeResult, Probes } from '../../domain/ports/probes.ts';
import type { Severity } from '../../domain/violation.ts';

const MINUTE_MS = 60_000;

/** Two independent monitors that repeat every minute, as the world outside the ports: alert heads, probes and endpoints. */
export class FakeMonitors implements Evidence, Directory, Probes, Notifier {
  readonly heads = new Map<string, { head: AlertHead; caseId: string }>();
  readonly participants = new Map<string, Participant>();
  readonly returned: ObservationRef[] = [];
  readonly rearmed: string[] = [];
  readonly delivered: string[] = [];
  /** Sources that have gone silent: their heads keep the last time they were seen. */
  readonly silentSince = new Map<string, number>();
  undeliveredSinceMs: number | null = null;
  healthy: boolean | null = false;
  endpointAnswers = true;
  private readonly nowMs: () => number;
  private readonly law: Policy;

  constructor(policy: Policy, nowMs: () => number) {
    this.law = policy;
    this.nowMs = nowMs;
  }

  /** A monitor starts to see a violation of a resource. Returns its head. */
  fire(
    caseId: string,
    alert: {
      sourceId: string;
      participantId: string;
      violationType: string;
      resourceId: string;
      severity: Severity;
    },
  ): AlertHead {
    const atMs = this.nowMs();
    const alertKey = `${alert.sourceId}/${alert.resourceId}`;
    const before = this.heads.get(alertKey)?.head;
    const head: AlertHead = {
      ...alert,
      alertKey,
      seq: (before?.seq ?? 0) + 1,
      status: 'firing',
      mappingVersion: '1',
      startsAtMs: atMs,
      firstReceivedAtMs: atMs,
      endsAtMs: null,
      lastSeenAtMs: atMs,
      intervals: [...(before?.intervals ?? []), { fromMs: atMs, toMs: null }],
      rearmedByCaseId: null,
    };
    this.heads.set(alertKey, { head, caseId });
    return head;
  }

  /** A monitor sees the resource healthy again. */
  resolve(alertKey: string): void {
    const entry = this.heads.get(alertKey);
    if (!entry) throw new Error(`No head ${alertKey}.`);
    const atMs = this.nowMs();
    const intervals = entry.head.intervals.map((interval) => ({
      ...interval,
      toMs: interval.toMs ?? atMs,
    }));
    entry.head = {
      ...entry.head,
      seq: entry.head.seq + 1,
      status: 'resolved',
      endsAtMs: atMs,
      lastSeenAtMs: atMs,
      intervals,
    };
  }

  async headsOfCase(caseId: string): Promise<AlertHead[]> {
    const heads: AlertHead[] = [];
    for (const entry of this.heads.values())
      if (entry.caseId === caseId) heads.push(this.asSeenNow(entry.head));
    return heads;
  }

  async oldestUndeliveredMs(): Promise<number | null> {
    return this.undeliveredSinceMs;
  }

  async rearmHeads(caseId: string): Promise<void> {
    this.rearmed.push(caseId);
  }

  async returnToInbox(refs: ObservationRef[]): Promise<void> {
    this.returned.push(...refs);
  }

  async participant(participantId: string): Promise<Participant | null> {
    return this.participants.get(participantId) ?? null;
  }

  async source(sourceId: string): Promise<Source | null> {
    return {
      sourceId,
      kind: 'alertmanager',
      ownerControlGroup: 'network',
      independenceGroup: `group-of-${sourceId}`,
      setBy: ['sam-configures'],
      scope: {
        families: ['performance', 'security', 'operational'],
        highestSeverity: 'critical',
        mayContain: false,
      },
      repeatIntervalMs: MINUTE_MS,
      maxLagMs: 10 * MINUTE_MS,
      enabled: true,
      truncatedAtMs: null,
      lastSeenAtMs: this.nowMs(),
    };
  }

  async policyAt(): Promise<Policy> {
    return this.law;
  }

  async policy(version: string): Promise<Policy> {
    if (version !== this.law.version)
      throw new DomainError('policy-missing', 'conflict', 'Unknown version.');
    return this.law;
  }

  async look(check: { group?: string }): Promise<ProbeResult> {
    return {
      healthy: this.healthy,
      group: check.group ?? 'probe',
      detail: `healthy: ${this.healthy}`,
    };
  }

  async deliver(
    _endpoint: unknown,
    notice: { noticeId: string },
  ): Promise<{ delivered: boolean; reason: string }> {
    if (this.endpointAnswers) this.delivered.push(notice.noticeId);
    return { delivered: this.endpointAnswers, reason: this.endpointAnswers ? '' : 'refused' };
  }

  private asSeenNow(head: AlertHead): AlertHead {
    if (head.status !== 'firing') return head;
    return { ...head, lastSeenAtMs: this.silentSince.get(head.sourceId) ?? this.nowMs() };
  }
}
