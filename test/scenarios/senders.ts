import { randomBytes } from 'node:crypto';
import type { SourceConfigInput } from '../../contracts/source-config.ts';
import type { Severity } from '../../domain/violation.ts';
import type { ApiHandler } from '../../functions/shared/api.ts';
import { send, sendForProblem, type TestRequest } from '../../functions/shared/test-http.ts';

/** What a monitor sees of one resource. */
export interface Seen {
  participantId: string;
  resourceId: string;
  violationType: string;
  severity: Severity;
}

interface Alert {
  seen: Seen;
  startsAtMs: number;
  endsAtMs: number | null;
}

interface Sender {
  alerts: Map<string, Alert>;
  nextPostMs: number;
  isSilent: boolean;
}

const NEVER_ENDED = '0001-01-01T00:00:00Z';

/** Credentials of every sender of a world. */
export const SENDER_TOKEN = randomBytes(24).toString('base64url');

/** A sender's configuration as an operator would write it; each is an independence group of its own unless told otherwise. */
export function senderConfig(
  sourceId: string,
  changes: Partial<SourceConfigInput> = {},
): SourceConfigInput {
  return {
    sourceId,
    kind: 'alertmanager',
    ownerControlGroup: 'network',
    independenceGroup: `group-of-${sourceId}`,
    setBy: ['sam-configures'],
    scope: {
      families: ['performance', 'security', 'operational'],
      highestSeverity: 'critical',
    },
    repeatInterval: '11h',
    maxLag: '10m',
    auth: { kind: 'bearer', secretId: 'senders' },
    mapping: {
      version: 'm1',
      participant: { labels: ['participant'] },
      resource: { labels: ['resource'] },
      violationType: { labels: ['violation'] },
      severity: { labels: ['severity'] },
    },
    ...changes,
  };
}

/**
 * Alertmanagers that watch the world: what fires is posted at once, again at every repeat interval, and once more when it has
 * resolved. They post real bodies to the real function.
 */
export class Senders {
  private readonly senders = new Map<string, Sender>();
  private readonly api: ApiHandler;
  private readonly repeatMs: number;

  constructor(api: ApiHandler, repeatMs: number) {
    this.api = api;
    this.repeatMs = repeatMs;
  }

  /** Posts that these resources fire; one that fires already may change its severity, which is another alert. Returns whether anything was new. */
  async fire(sourceId: string, nowMs: number, seen: readonly Seen[]): Promise<boolean> {
    const sender = this.senderOf(sourceId);
    const alerts = seen.flatMap((one): Alert[] => {
      const known = sender.alerts.get(nameOf(one));
      // A label that changes makes another alert: the one before resolves with the same delivery.
      const isOther = known !== undefined && known.seen.severity !== one.severity;
      const startsAtMs = known === undefined || isOther ? nowMs : known.startsAtMs;
      const alert = { seen: one, startsAtMs, endsAtMs: null };
      sender.alerts.set(nameOf(one), alert);
      return isOther ? [{ ...known, endsAtMs: nowMs }, alert] : [alert];
    });
    if (sender.nextPostMs === Number.POSITIVE_INFINITY) sender.nextPostMs = nowMs + this.repeatMs;
    return this.post(sourceId, alerts);
  }

  /** Posts that these resources have resolved. */
  async resolve(
    sourceId: string,
    nowMs: number,
    which: readonly Omit<Seen, 'severity'>[],
  ): Promise<boolean> {
    const sender = this.senderOf(sourceId);
    const alerts = which.flatMap((one) => {
      const known = sender.alerts.get(nameOf(one));
      if (known === undefined) return [];
      sender.alerts.delete(nameOf(one));
      return [{ ...known, endsAtMs: nowMs }];
    });
    return alerts.length > 0 && this.post(sourceId, alerts);
  }

  /** What somebody posts in a sender's name who has not its credentials; the answer is a problem. */
  forge(sourceId: string, nowMs: number, seen: Seen, token: string) {
    const alert = { seen, startsAtMs: nowMs, endsAtMs: null };
    return sendForProblem(this.api, delivery(sourceId, [alert], token));
  }

  /** A silent sender posts nothing more, though what it watches fires on. */
  setSilent(sourceId: string, isSilent: boolean): void {
    this.senderOf(sourceId).isSilent = isSilent;
  }

  /** Forgets what a participant's resources did, as if its monitoring had been taken down. */
  forget(participantId: string): void {
    for (const { alerts } of this.senders.values())
      for (const [name, { seen }] of alerts)
        if (seen.participantId === participantId) alerts.delete(name);
  }

  /** When the next repeat is due; infinity while nothing fires. */
  nextPostMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const sender of this.senders.values())
      if (!sender.isSilent && sender.alerts.size > 0) nextMs = Math.min(nextMs, sender.nextPostMs);
    return nextMs;
  }

  /** Posts every repeat that is due. */
  async postRepeats(nowMs: number): Promise<boolean> {
    let isNew = false;
    for (const [sourceId, sender] of this.senders) {
      if (sender.nextPostMs > nowMs) continue;
      if (sender.alerts.size === 0) {
        sender.nextPostMs = Number.POSITIVE_INFINITY;
        continue;
      }
      sender.nextPostMs = nowMs + this.repeatMs;
      if (!sender.isSilent && (await this.post(sourceId, [...sender.alerts.values()])))
        isNew = true;
    }
    return isNew;
  }

  private senderOf(sourceId: string): Sender {
    const known = this.senders.get(sourceId);
    if (known !== undefined) return known;
    const fresh: Sender = {
      alerts: new Map(),
      nextPostMs: Number.POSITIVE_INFINITY,
      isSilent: false,
    };
    this.senders.set(sourceId, fresh);
    return fresh;
  }

  private async post(sourceId: string, alerts: readonly Alert[]): Promise<boolean> {
    const answer = await send<{ accepted: number; quarantined: number }>(
      this.api,
      delivery(sourceId, alerts, SENDER_TOKEN),
    );
    if (answer.status !== 202 || answer.body.quarantined > 0)
      throw new Error(`The post was not taken: ${JSON.stringify(answer)}`);
    return answer.body.accepted > 0;
  }
}

function delivery(sourceId: string, alerts: readonly Alert[], token: string): TestRequest {
  return {
    method: 'POST',
    path: `/v1/alerts/${sourceId}`,
    headers: { Authorization: `Bearer ${token}` },
    json: {
      version: '4',
      status: 'firing',
      receiver: 'hook',
      groupKey: 'all',
      truncatedAlerts: 0,
      alerts: alerts.map(alertmanagerAlert),
    },
  };
}

function nameOf({ participantId, resourceId, violationType }: Omit<Seen, 'severity'>): string {
  return `${participantId}.${resourceId}.${violationType}`;
}

function alertmanagerAlert({ seen, startsAtMs, endsAtMs }: Alert) {
  return {
    status: endsAtMs === null ? 'firing' : 'resolved',
    labels: {
      alertname: seen.violationType,
      participant: seen.participantId,
      resource: seen.resourceId,
      violation: seen.violationType,
      severity: seen.severity,
    },
    annotations: { summary: `${seen.resourceId}: ${seen.violationType}` },
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: endsAtMs === null ? NEVER_ENDED : new Date(endsAtMs).toISOString(),
  };
}
