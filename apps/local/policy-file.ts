import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PromqlServers } from '../../adapters/checks/probes.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Policy } from '../../domain/policy.ts';
import { PartError } from './parts/part-error.ts';

/**
 * Reads the law that the stack begins with.
 * @throws PartError when the file cannot be read, or with every fault that it has
 */
export function readPolicyFile(file: string): Policy {
  try {
    return parsePolicy(JSON.parse(readFileSync(file, 'utf8')), (canonical) =>
      createHash('sha256').update(canonical).digest('hex'),
    );
  } catch (cause) {
    throw new PartError({
      part: 'policy',
      why: `${file} cannot be used:${faultsOf(cause)
        .map((fault) => `\n  | ${fault}`)
        .join('')}`,
      whatToDo: ['Mend the file, or choose another with --policy.'],
      cause,
    });
  }
}

/** The file as it is hashed, so that the API can show it: whoever reads it recomputes the hash. It was read before without a fault. */
export function canonicalPolicyText(file: string): string {
  return canonicalJson(JSON.parse(readFileSync(file, 'utf8')));
}

function faultsOf(cause: unknown): string[] {
  const faults = cause instanceof DomainError ? cause.details['faults'] : undefined;
  if (Array.isArray(faults)) return faults;
  return [cause instanceof Error ? cause.message : String(cause)];
}

/**
 * Refuses a policy whose checks ask servers that are not configured, or claim another independence group than theirs: such a check
 * could never say anything.
 * @throws PartError
 */
export function requireServers(policy: Policy, servers: PromqlServers): void {
  const faults = Object.values(policy.violationTypes).flatMap(({ type, checks, watch }) => [
    ...(watch?.kind === 'promql' && servers[watch.server] === undefined
      ? [`${type} is watched through the server ${watch.server}`]
      : []),
    ...checks.flatMap((check) => {
      if (check.kind !== 'promql') return [];
      const server = servers[check.server];
      if (server === undefined) return [`${type} asks the server ${check.server}`];
      if (server.group === check.group) return [];
      return [`${type} counts ${check.server} as ${check.group}, it is ${server.group}`];
    }),
  ]);
  if (faults.length === 0) return;
  throw new PartError({
    part: 'policy',
    why: `its checks do not fit the configured PromQL servers: ${faults.join('; ')}.`,
    whatToDo: ['Name the servers in PROMQL_SERVERS: {"name": {"url": "http://…", "group": "…"}}'],
  });
}
