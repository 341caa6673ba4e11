import type { Clock } from '../../domain/ports/clock.ts';
import type { InboxObservation, RelayStore } from '../../domain/ports/intake.ts';
import type { Meter } from '../shared/metrics.ts';
import type { CaseWorkflows } from '../shared/temporal.ts';
import type { Log } from '../shared/tracing.ts';

/** What the relay is made from; `redeliver` uses the same. */
export interface RelayDeps {
  readonly networkId: string;
  readonly store: RelayStore;
  readonly cases: Pick<CaseWorkflows, 'signalWithStart' | 'signal'>;
  readonly clock: Clock;
  /** After this many failed relays that no outage explains, an observation goes to quarantine. */
  maxAttempts(): Promise<number>;
  /** Reads a new image of the inbox's stream; null for what is not to be relayed. */
  readImage(image: unknown): InboxObservation | null;
  readonly logger: Log;
  readonly meter: Meter;
}
