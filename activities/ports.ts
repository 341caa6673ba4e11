import type { Breaker } from '../domain/ports/breaker.ts';
import type { CaseStore } from '../domain/ports/case-store.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Directory } from '../domain/ports/directory.ts';
import type { Evidence } from '../domain/ports/evidence.ts';
import type { ClockHolds } from '../domain/ports/incidents.ts';
import type { Notifier } from '../domain/ports/notifier.ts';
import type { Probes } from '../domain/ports/probes.ts';

/** Everything the activities need from outside; adapters arrive here as arguments. */
export interface ActivityPorts {
  cases: CaseStore;
  breaker: Breaker;
  clockHolds: ClockHolds;
  evidence: Evidence;
  directory: Directory;
  probes: Probes;
  notifier: Notifier;
  clock: Clock;
}
