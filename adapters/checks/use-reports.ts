import type { UseReports } from '../../domain/ports/watching.ts';
import type { PromqlServers } from './probes.ts';
import { querySamples } from './promql.ts';

/** What the configured Prometheus-compatible servers say about violations that the policy describes by a query. */
export function createUseReports(servers: PromqlServers): UseReports {
  return {
    async samples({ server, query, timeoutMs }) {
      const known = servers[server];
      return known === undefined ? null : querySamples(known.url, query, timeoutMs);
    },
  };
}
