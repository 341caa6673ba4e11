import type { Participant, Resource } from '../../domain/participant.ts';
import type { CheckSpec } from '../../domain/policy.ts';
import type { Probes } from '../../domain/ports/probes.ts';
import { type Look, probeHttp } from './http-probe.ts';
import { fillQuery, queryPrometheus } from './promql.ts';

/** A Prometheus-compatible server that checks may name. */
export interface PromqlServer {
  url: string;
  /** Independence group of what it measures (rule B3). */
  group: string;
}

/** Servers by the name that policies use. */
export type PromqlServers = Readonly<Record<string, PromqlServer>>;

/** How many resources of one participant are looked at at the same time. */
const LOOKS_AT_ONCE = 16;

/**
 * The checks that look at the outside world. A look is always said in the name of the check's own group; a server that belongs to
 * another group than its check claims is not asked, because then one monitor would count twice (rule B2).
 *
 * @example
 * const probes = createProbes({ main: { url: 'http://127.0.0.1:9090', group: 'prometheus-b' } });
 */
export function createProbes(servers: PromqlServers): Probes {
  return {
    async look(check, participant, resourceId) {
      const look =
        check.kind === 'http'
          ? await lookByHttp(check, participant, resourceId)
          : await lookByPromql(servers, check, participant, resourceId);
      return { ...look, group: check.group };
    },
  };
}

type HttpCheck = Extract<CheckSpec, { kind: 'http' }>;
type PromqlCheck = Extract<CheckSpec, { kind: 'promql' }>;

async function lookByHttp(
  check: HttpCheck,
  participant: Participant,
  resourceId: string | null,
): Promise<Look> {
  if (resourceId === null) return lookAtAll(check, participant);
  const resource = participant.resources.find((item) => item.resourceId === resourceId);
  if (!resource) return unseen(`${participant.participantId} has no resource ${resourceId}`);
  return lookAtOne(check, resource);
}

async function lookAtOne(check: HttpCheck, resource: Resource): Promise<Look> {
  const { probeUrl } = resource;
  if (probeUrl === undefined) return unseen(`resource ${resource.resourceId} has no probe URL`);
  if (!URL.canParse(probeUrl)) return unseen(`the probe URL of ${resource.resourceId} is no URL`);
  return probeHttp(probeTarget(probeUrl, check.path), check.timeoutMs);
}

/** A participant as a whole is healthy or unhealthy only when all that can be probed of it agree. */
async function lookAtAll(check: HttpCheck, participant: Participant): Promise<Look> {
  const probed = participant.resources.filter((item) => item.probeUrl !== undefined);
  if (probed.length === 0) return unseen('no resource has a probe URL');
  let common: boolean | null = null;
  for (let start = 0; start < probed.length; start += LOOKS_AT_ONCE) {
    const batch = probed.slice(start, start + LOOKS_AT_ONCE);
    for (const look of await Promise.all(batch.map((item) => lookAtOne(check, item)))) {
      common ??= look.healthy;
      if (look.healthy === null) return look;
      if (look.healthy !== common) return unseen('some resources are healthy and some are not');
    }
  }
  const word = common === true ? 'healthy' : 'unhealthy';
  return { healthy: common, detail: `all ${probed.length} probed resources are ${word}` };
}

/** The check's path below the resource's URL, which may have a path of its own. */
export function probeTarget(probeUrl: string, path: string): string {
  const url = new URL(probeUrl);
  const [pathname = '', query] = path.split('?', 2);
  url.pathname = url.pathname.replace(/\/+$/, '') + pathname;
  url.search = query ?? '';
  url.hash = '';
  return url.href;
}

async function lookByPromql(
  servers: PromqlServers,
  check: PromqlCheck,
  participant: Participant,
  resourceId: string | null,
): Promise<Look> {
  const server = servers[check.server];
  if (!server) return unseen(`no server is called ${check.server}`);
  if (server.group !== check.group) {
    return unseen(`${check.server} belongs to ${server.group}, not to ${check.group}`);
  }
  const filled = fillQuery(check.query, {
    participant: participant.participantId,
    resource: resourceId,
  });
  if (filled.query === null) return unseen(filled.reason);
  return queryPrometheus(server.url, filled.query, check.timeoutMs);
}

function unseen(detail: string): Look {
  return { healthy: null, detail };
}
