import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import {
  listPolicies,
  type PublishedPolicy,
  putPolicy,
} from '../../../adapters/dynamodb/directory-seed.ts';
import { parsePolicy } from '../../../contracts/policy.ts';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { DomainError } from '../../../domain/errors.ts';
import { boundsOf } from '../../../domain/law/lint/bound.ts';
import { promqlServersOf } from '../../../domain/law/lint/types.ts';
import { lasting } from '../../../domain/law/lint/words.ts';
import type { Policy } from '../../../domain/policy.ts';
import { withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { readJson } from '../read-file.ts';

/** `ops law lint | publish | list`. */
export function addLawCommands(program: Command, env: Env, out: Out): void {
  const law = program.command('law').description('Check, publish and list the versions of the law');
  law
    .command('lint')
    .description('Check a policy file without publishing it')
    .argument('<file>', 'policy file; - for what is piped in')
    .action((file: string) => {
      const { policy } = readPolicy(file, out);
      out.data(`${policy.version} ${policy.hash}`);
      out.talk(
        'The policy is sound. Without further input a case ends, or people are asked, within',
      );
      for (const { violationType, boundMs } of boundsOf(policy))
        out.talk(`  ${lasting(boundMs)}  ${violationType}`);
    });
  law
    .command('publish')
    .description(
      'Install the first law of a network; a later one is proposed and approved over HTTP',
    )
    .argument('<file>', 'policy file; - for what is piped in')
    .option(
      '--from <instant>',
      'when it comes into force, such as 2026-12-01T00:00:00Z; now when left out',
    )
    .action(async (file: string, { from }: { from?: string }) => {
      const read = readPolicy(file, out);
      await withStore(env, async (store) =>
        out.data(await publish(store, read, from === undefined ? null : instantOf(from))),
      );
      const servers = promqlServersOf(read.policy);
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

interface ReadPolicy {
  readonly policy: Policy;
  /** Canonical JSON of the file. */
  readonly fileText: string;
}

function readPolicy(file: string, out: Out): ReadPolicy {
  const json = readJson(file);
  const sha256Hex = (canonical: string) => createHash('sha256').update(canonical).digest('hex');
  try {
    return { policy: parsePolicy(json, sha256Hex), fileText: canonicalJson(json) };
  } catch (error) {
    const faults = error instanceof DomainError ? error.details['faults'] : undefined;
    if (Array.isArray(faults)) for (const fault of faults) out.talk(`  ${fault}`);
    throw error;
  }
}

async function publish(store: Store, read: ReadPolicy, wantedMs: number | null): Promise<string> {
  const { policy, fileText } = read;
  const all = await listPolicies(store);
  const present = all.find(({ version }) => version === policy.version);
  if (present !== undefined && present.hash === policy.hash) {
    if (wantedMs !== null && wantedMs !== present.effectiveFromMs)
      throw new DomainError(
        'policy-start-set',
        'conflict',
        `Version ${policy.version} comes into force at ${new Date(present.effectiveFromMs).toISOString()}, and that is not changed.`,
      );
    // Its file may be missing: versions were stored without it once.
    await putPolicy(store, policy, present.effectiveFromMs, fileText);
    return said(policy, present.effectiveFromMs, 'was published before');
  }
  if (all.length > 0)
    throw new DomainError(
      'policy-takes-two',
      'conflict',
      'There is a law. A later version takes two persons and its notice: POST /v1/policies, or slashing policies propose.',
    );
  const fromMs = wantedMs ?? Date.now();
  await putPolicy(store, policy, fromMs, fileText);
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
