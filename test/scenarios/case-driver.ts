import {
  type CaseObservation,
  caseWorkflowId,
  OBSERVATIONS_RECEIVED,
  settlementWorkflowId,
  TASK_QUEUE,
  updateId,
  VIOLATION_CASE,
} from '../../contracts/temporal.ts';
import type { ActionResult, CaseAction } from '../../domain/case/actions.ts';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { AlertHead } from '../../domain/observation.ts';
import type { Principal, Role } from '../../domain/principal.ts';
import { type Standing, standingOf } from '../../domain/sanction.ts';
import type { Severity } from '../../domain/violation.ts';
import type { CaseWorld } from './case-world.ts';

/** Where a case of a test stands on. */
export interface CaseSetting {
  caseId: string;
  participantId: string;
  violationType: string;
  severity: Severity;
  resourceIds: string[];
}

const SETTLED_LOOKS = 3;

/** Drives one case through a world: fires and clears alerts, lets people act, and steps time from deadline to deadline. */
export class CaseDriver {
  readonly world: CaseWorld;
  readonly setting: CaseSetting;
  private keys = 0;

  constructor(world: CaseWorld, setting: CaseSetting) {
    this.world = world;
    this.setting = setting;
  }

  /** Both monitors see the violation; the case workflow is started as the relay does it. */
  async fire(
    resourceIds = this.setting.resourceIds,
    sources = ['monitor-a', 'monitor-b'],
    severity = this.setting.severity,
  ): Promise<void> {
    await this.world.clock.follow(this.world.environment);
    const { caseId, participantId, violationType } = this.setting;
    const heads = resourceIds.flatMap((resourceId) =>
      sources.map((sourceId) =>
        this.world.monitors.fire(caseId, {
          sourceId,
          participantId,
          violationType,
          resourceId,
          severity,
        }),
      ),
    );
    const items = heads.map((head) => observationOf(head, 'fired'));
    await this.world.environment.client.workflow.signalWithStart(VIOLATION_CASE, {
      workflowId: caseWorkflowId('main', caseId),
      taskQueue: TASK_QUEUE,
      args: [{ v: 1, networkId: 'main', caseId, participantId, violationType }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      signal: OBSERVATIONS_RECEIVED,
      signalArgs: [{ v: 1, items }],
    });
    await this.settle();
  }

  /** Both monitors see the resources healthy again, and so does the probe. */
  async clear(resourceIds = this.setting.resourceIds): Promise<void> {
    await this.world.clock.follow(this.world.environment);
    let last: AlertHead | undefined;
    for (const resourceId of resourceIds) {
      for (const sourceId of ['monitor-a', 'monitor-b']) {
        const alertKey = `${sourceId}/${resourceId}`;
        if (!this.world.monitors.heads.has(alertKey)) continue;
        this.world.monitors.resolve(alertKey);
        last = this.world.monitors.heads.get(alertKey)?.head;
      }
    }
    this.world.monitors.healthy = true;
    if (last) await this.signal([observationOf(last, 'cleared')]);
    await this.settle();
  }

  async signal(items: CaseObservation[]): Promise<void> {
    const handle = this.world.environment.client.workflow.getHandle(
      caseWorkflowId('main', this.setting.caseId),
    );
    await handle.signal(OBSERVATIONS_RECEIVED, { v: 1, items });
  }

  /** The record as the registry has it. */
  async record(): Promise<CaseRecord> {
    const record = await this.world.cases.readCase(this.setting.caseId);
    if (!record) throw new Error(`Case ${this.setting.caseId} has no record.`);
    return record;
  }

  async standing(): Promise<Standing> {
    return standingOf(await this.world.cases.sanctions(this.setting.participantId));
  }

  /** Steps to the case's next deadline and lets it act. Returns the record afterwards. */
  async toNextDeadline(): Promise<CaseRecord> {
    const { nextDeadlineMs } = await this.record();
    if (nextDeadlineMs === null) throw new Error('The case waits for nothing.');
    await this.advanceTo(nextDeadlineMs);
    return this.record();
  }

  /** Steps time to an instant; a little past it, because a timer fires after its instant, never before. */
  async advanceTo(atMs: number): Promise<void> {
    const leftMs = atMs - (await this.world.environment.currentTimeMs());
    if (leftMs > 0) await this.world.environment.sleep(leftMs + 5);
    await this.settle();
  }

  async advance(ms: number): Promise<void> {
    await this.advanceTo((await this.world.environment.currentTimeMs()) + ms);
  }

  /** Waits until no workflow task is open, no activity runs and the histories stand still. */
  async settle(): Promise<void> {
    let quiet = 0;
    let before = -1;
    while (quiet < SETTLED_LOOKS) {
      await this.world.clock.follow(this.world.environment);
      const { events, taskOpen } = await this.glance();
      quiet = !taskOpen && !this.world.isBusy() && events === before ? quiet + 1 : 0;
      before = events;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private async glance(): Promise<{ events: number; taskOpen: boolean }> {
    let events = 0;
    let taskOpen = false;
    for (const history of await this.histories()) {
      events += history.length;
      const last = history.at(-1);
      taskOpen ||=
        last?.workflowTaskScheduledEventAttributes != null ||
        last?.workflowTaskStartedEventAttributes != null;
    }
    return { events, taskOpen };
  }

  /** The histories of the case's workflows that exist. */
  private async histories() {
    const ids = [
      caseWorkflowId('main', this.setting.caseId),
      settlementWorkflowId('main', this.setting.caseId),
    ];
    const found = [];
    for (const workflowId of ids) {
      const handle = this.world.environment.client.workflow.getHandle(workflowId);
      const history = await handle.fetchHistory().catch(() => null);
      if (history?.events) found.push(history.events);
    }
    return found;
  }

  /** History events over both workflows: the bill. */
  async events(): Promise<number> {
    const kinds = await this.eventKinds();
    return [...kinds.values()].reduce((sum, count) => sum + count, 0);
  }

  async eventKinds(): Promise<Map<string, number>> {
    const kinds = new Map<string, number>();
    for (const event of (await this.histories()).flat()) {
      const kind = Object.entries(event).find(
        ([key, value]) => key.endsWith('EventAttributes') && value != null,
      );
      const name = kind?.[0].replace('EventAttributes', '') ?? 'unknown';
      kinds.set(name, (kinds.get(name) ?? 0) + 1);
    }
    return kinds;
  }

  /** A person acts, as the API lets them: by an update with the request's own id. */
  async act(
    person: string,
    action: CaseAction,
    options: {
      key?: string;
      roles?: Role[];
      organisation?: string;
      account?: string;
      controlGroup?: string;
    } = {},
  ): Promise<ActionResult> {
    const principal: Principal = {
      account: options.account ?? person,
      person,
      organisation: options.organisation ?? `org-of-${person}`,
      roles: options.roles ?? ['governor', 'auditor', 'operator', 'reviewer'],
      participantId: person === this.setting.participantId ? this.setting.participantId : null,
      controlGroup: options.controlGroup ?? null,
    };
    this.keys += 1;
    const request = {
      v: 1 as const,
      principal,
      key: options.key ?? `key-${this.keys}`,
      bodyHash: JSON.stringify(action),
      action,
    };
    const { workflowId } = await this.record();
    const handle = this.world.environment.client.workflow.getHandle(workflowId);
    const result = await handle.executeUpdate<ActionResult, [typeof request]>(action.kind, {
      args: [request],
      updateId: updateId(request, action.kind),
    });
    await this.settle();
    return result;
  }
}

function observationOf(head: AlertHead, kind: CaseObservation['kind']): CaseObservation {
  return {
    ref: { alertKey: head.alertKey, seq: head.seq },
    kind,
    resourceId: head.resourceId,
    severity: head.severity,
    startsAtMs: head.startsAtMs,
    endsAtMs: head.endsAtMs,
    receivedAtMs: head.lastSeenAtMs,
  };
}
