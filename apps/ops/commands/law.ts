import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import {
  listPolicies,
  type PublishedPolicy,
  putPolicy,
} from '../../../adapters/dynamodb/directory-seed.ts';
import { parsePolicy } from '../../../contracts/policy.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Policy } from '../../../domain/policy.ts';
import { withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { readJson } from '../read-file.ts';

/**
 * Every process knows a new version after this long. A version that came into force before would be the law for some of them and not
 * yet for others.
 */
const LEAD_MS = 60_000;

/** A new version comes into force so much later unless another instant is named. */
const DEFAULT_LEAD_MS = 120_000;

/** `ops law lint | publish | list`. */
export function addLawCommands(program: Command, env: Env, out: Out): void {
  const law = program.command('law').description('Check, publish and list the versions of the law');
  law
    .command('lint')
    .description('Check a policy file without publishing it')
    .argument('<file>', 'policy file; - for what is piped in')
    .action((file: string) => {
      const { version, hash } = readPolicy(file, out);
      out.data(`${version} ${hash}`);
      out.talk('The policy is sound.');
    });
  law
    .command('publish')
    .description('Publish a policy file: its version comes into force once and is never changed')
    .argument('<file>', 'policy file; - for what is piped in')
    .option(
      '--from <instant>',
      'when it comes into force, such as 2026-12-01T00:00:00Z; in two minutes when left out',
    )
    .action(async (file: string, { from }: { from?: string }) => {
      const policy = readPolicy(file, out);
      await withStore(env, async (store) =>
        out.data(await publish(store, policy, from === undefined ? null : instantOf(from))),
      );
      const servers = serversOf(policy);
      if (servers.length > 0)
        out.talk(
          `Its checks ask ${servers.join(', ')}: PROMQL_SERVERS of the worker must name them.`,
        );
    });
  law
    .command('list')
    .description('List the versions in the order in which they come into force')
    .action(() =>
      withStore(env, async (store) => {
        const all = await listPolicies(store);
        const inForce = all.findLast(({ effectiveFromMs }) => effectiveFromMs <= Date.now());
        for (const each of all) out.data(lineOf(each, each === inForce));
        if (all.length === 0) out.talk('No law has been published.');
      }),
    );
}

function lineOf({ version, effectiveFromMs, hash }: PublishedPolicy, isInForce: boolean): string {
  const mark = isInForce ? '  in force' : '';
  return `${new Date(effectiveFromMs).toISOString()}  ${version}  ${hash.slice(0, 12)}${mark}`;
}

function readPolicy(file: string, out: Out): Policy {
  const json = readJson(file);
  try {
    return parsePolicy(json, (canonical) => createHash('sha256').update(canonical).digest('hex'));
  } catch (error) {
    const faults = error instanceof DomainError ? error.details['faults'] : undefined;
    if (Array.isArray(faults)) for (const fault of faults) out.talk(`  ${fault}`);
    throw error;
  }
}

async function publish(store: Store, policy: Policy, wantedMs: number | null): Promise<string> {
  const all = await listPolicies(store);
  const present = all.find(({ version }) => version === policy.version);
  if (present !== undefined && present.hash === policy.hash) {
    if (wantedMs === null || wantedMs === present.effectiveFromMs)
      return said(policy, present.effectiveFromMs, 'was published before');
    throw new DomainError(
      'policy-start-set',
      'conflict',
      `Version ${policy.version} comes into force at ${new Date(present.effectiveFromMs).toISOString()}, and that is not changed.`,
    );
  }
  const nowMs = Date.now();
  const fromMs = wantedMs ?? nowMs + (all.length === 0 ? 0 : DEFAULT_LEAD_MS);
  // Before the first law nothing was decided, so that one alone may begin in the past.
  if (all.length > 0 && fromMs < nowMs + LEAD_MS) {
    throw new DomainError(
      'policy-start-past',
      'caller',
      'A law comes into force a minute from now at the earliest, so that every process knows it by then.',
    );
  }
  await putPolicy(store, policy, fromMs);
  return said(policy, fromMs, 'is published');
}

function said({ version, hash }: Policy, fromMs: number, what: string): string {
  return `Version ${version} (${hash.slice(0, 12)}) ${what}; in force from ${new Date(fromMs).toISOString()}.`;
}

function instantOf(text: string): number {
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const atMs = isInstant ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new DomainError(
    'instant-invalid',
    'caller',
    `--from is no instant: ${text}. Write it with its offset, such as 2026-12-01T00:00:00Z.`,
  );
}

function serversOf(policy: Policy): string[] {
  const asked = Object.values(policy.violationTypes).flatMap(({ checks, watch }) =>
    [...checks, watch].flatMap((asks) => (asks?.kind === 'promql' ? [asks.server] : [])),
  );
  return [...new Set(asked)].sort();
}
