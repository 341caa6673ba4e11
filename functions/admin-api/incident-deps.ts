import type { Directory } from '../../domain/ports/directory.ts';
import type { IdempotencyKeys } from '../../domain/ports/idempotency-keys.ts';
import type { Incidents } from '../../domain/ports/incidents.ts';

/** What the operations on incidents are made from. */
export interface IncidentDeps {
  readonly incidents: Incidents;
  /** How long a clock hold may last. */
  readonly law: Pick<Directory, 'policyAt'>;
  readonly keys: IdempotencyKeys;
}
