import type { Notice } from '../../domain/notice.ts';
import type { NoticeEndpoint, Participant } from '../../domain/participant.ts';
import type { CheckSpec } from '../../domain/policy.ts';
import type { Notifier } from '../../domain/ports/notifier.ts';
import type { ProbeResult, Probes } from '../../domain/ports/probes.ts';

/** What is really the matter, as far as our own looks and deliveries can tell: the only two ports of a world that are not real. */
export class OutsideWorld implements Probes, Notifier {
  /** Resources that are down, by participant and resource. */
  private readonly down = new Set<string>();
  /** What a look shows in place of the truth: a wrong answer, or none. */
  private readonly looks = new Map<string, boolean | null>();
  /** Participants whose endpoint answers nothing. */
  private readonly deaf = new Set<string>();
  /** Ids of delivered notices, in order. */
  readonly delivered: string[] = [];

  setDown(participantId: string, resourceId: string, isDown: boolean): void {
    const name = `${participantId}/${resourceId}`;
    if (isDown) this.down.add(name);
    else this.down.delete(name);
  }

  /** Makes our own look at a resource show this; undefined for the truth again. */
  showAs(participantId: string, resourceId: string, healthy: boolean | null | undefined): void {
    const name = `${participantId}/${resourceId}`;
    if (healthy === undefined) this.looks.delete(name);
    else this.looks.set(name, healthy);
  }

  setDeaf(participantId: string, isDeaf: boolean): void {
    if (isDeaf) this.deaf.add(participantId);
    else this.deaf.delete(participantId);
  }

  async look(
    check: Extract<CheckSpec, { kind: 'http' | 'promql' }>,
    participant: Participant,
    resourceId: string | null,
  ): Promise<ProbeResult> {
    const name = `${participant.participantId}/${resourceId}`;
    const shown = this.looks.get(name);
    const healthy = shown === undefined ? !this.down.has(name) : shown;
    return { healthy, group: check.group, detail: `healthy: ${healthy}` };
  }

  async deliver(
    _endpoint: NoticeEndpoint,
    notice: Notice,
  ): Promise<{ delivered: boolean; reason: string }> {
    if (this.deaf.has(notice.participantId)) return { delivered: false, reason: 'no answer' };
    this.delivered.push(notice.noticeId);
    return { delivered: true, reason: '' };
  }
}
