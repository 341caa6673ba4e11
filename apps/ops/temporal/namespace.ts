import { setTimeout as sleep } from 'node:timers/promises';
import { msNumberToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { DomainError } from '../../../domain/errors.ts';
import type { Temporal } from './connect.ts';
import { GRPC, hasCode, reasonOf } from './grpc-errors.ts';
import {
  asArguments,
  ensureSearchAttributes,
  missingSearchAttributes,
} from './search-attributes.ts';

const DAY_MS = 86_400_000;

/** Retention of a namespace that is made here, in days: what Temporal Cloud gives too. */
const DEFAULT_RETENTION_DAYS = 30;

/** The server knows its own new namespace a little later; it is asked for its search attributes until then. */
const KNOWN_WITHIN_MS = 30_000;
const LOOK_MS = 200;

/**
 * Makes the namespace what the system needs: there, with its retention (days; null leaves an existing one as it is) and its search
 * attributes. Returns what was done, as sentences; nothing when all was so already.
 *
 * Throws `temporal-needs-owner` (conflict) with the commands to run instead when the server lets only the namespace's owner do that,
 * as Temporal Cloud does.
 */
export async function setUpNamespace(
  it: Temporal,
  retentionDays: number | null,
): Promise<string[]> {
  const done = await ensureNamespace(it, retentionDays);
  const endMs = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    try {
      const added = await ensureSearchAttributes(it);
      return added.length === 0 ? done : [...done, `Search attributes added: ${added.join(', ')}.`];
    } catch (error) {
      if (isForbidden(error)) throw needsOwner(await searchAttributeCommands(it), error);
      const isNew = done.length > 0 && hasCode(error, GRPC.notFound);
      if (!isNew || performance.now() > endMs) throw error;
      await sleep(LOOK_MS);
    }
  }
}

async function ensureNamespace(it: Temporal, retentionDays: number | null): Promise<string[]> {
  const { connection, namespace } = it;
  const days = retentionDays ?? DEFAULT_RETENTION_DAYS;
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const retention = config?.workflowExecutionRetentionTtl;
    const hasMs = retention ? tsToMs(retention) : 0;
    if (retentionDays === null || hasMs === retentionDays * DAY_MS) return [];
    await retain(it, retentionDays);
    return [`Retention of ${namespace}: ${hasMs / DAY_MS} days before, ${days} days now.`];
  } catch (error) {
    if (!hasCode(error, GRPC.notFound)) throw error;
  }
  try {
    const workflowExecutionRetentionPeriod = msNumberToTs(days * DAY_MS);
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod,
    });
    return [`Namespace ${namespace} made, with a retention of ${days} days.`];
  } catch (error) {
    if (hasCode(error, GRPC.alreadyExists)) return [];
    if (!isForbidden(error)) throw error;
    const [name] = namespace.split('.');
    const create = `tcld namespace create --namespace ${name} --region <region> --retention-days ${days} --auth-method api_key`;
    throw needsOwner([create, searchAttributeCommand(it, asArguments())], error);
  }
}

async function retain({ connection, namespace }: Temporal, days: number): Promise<void> {
  try {
    const workflowExecutionRetentionTtl = msNumberToTs(days * DAY_MS);
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl },
    });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const command = `tcld namespace retention set --namespace ${namespace} --retention-days ${days}`;
    throw needsOwner([command], error);
  }
}

async function searchAttributeCommands(it: Temporal): Promise<string[]> {
  return [searchAttributeCommand(it, asArguments(await missingSearchAttributes(it)))];
}

function searchAttributeCommand({ namespace }: Temporal, args: readonly string[]): string {
  const options = args.map((arg) => `--search-attribute "${arg}"`).join(' ');
  return `tcld namespace search-attributes add --namespace ${namespace} ${options}`;
}

function isForbidden(error: unknown): boolean {
  return hasCode(error, GRPC.permissionDenied, GRPC.unimplemented);
}

function needsOwner(commands: readonly string[], error: unknown): DomainError {
  return new DomainError(
    'temporal-needs-owner',
    'conflict',
    [
      `The server lets only the namespace's owner do this (${reasonOf(error)}).`,
      'On Temporal Cloud run as an account owner or global admin:',
      ...commands.map((command) => `  ${command}`),
      'or do the same on the page of the namespace, and then run this command again: it looks whether all is there.',
    ].join('\n'),
  );
}
