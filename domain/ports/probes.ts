import type { Participant } from '../participant.ts';
import type { CheckSpec } from '../policy.ts';

/** What one look at the world showed. `null` means the look itself failed: neither for nor against the participant. */
export interface ProbeResult {
  healthy: boolean | null;
  /** Independence group of the look (rule B3). */
  group: string;
  detail: string;
}

/** The checks that look at the outside world: HTTP probe and PromQL (rules A10, B3, C4). */
export interface Probes {
  /** Looks at one resource, or at the participant as a whole when `resourceId` is null. Never throws for an unhealthy answer. */
  look(
    check: Extract<CheckSpec, { kind: 'http' | 'promql' }>,
    participant: Participant,
    resourceId: string | null,
  ): Promise<ProbeResult>;
}
