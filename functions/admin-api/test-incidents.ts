import type { Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createIncidents } from '../../adapters/dynamodb/incidents.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { IncidentDeps } from './incident-deps.ts';

/** What the operations on incidents are made from, over a test's store. */
export function incidentParts(store: Store, clock: Clock): IncidentDeps {
  return {
    incidents: createIncidents(store),
    law: createDirectory(store, clock),
    keys: createIdempotencyKeys(store),
  };
}
