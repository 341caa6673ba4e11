import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Participant } from '../../domain/participant.ts';
import type { ParticipantRegistry, RegistryAct } from '../../domain/ports/participant-registry.ts';
import { transactTold } from './audit-chain.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import type { Store } from './client.ts';
import { controlGroupOf, countChecks } from './groups.ts';
import { bodyOf, getItem, makeItem, numberOf, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { putNew } from './step-writes.ts';

type Checks = Parameters<ParticipantRegistry['recordChecks']>[0];
type StoredRef = { participantId: string; passed: number };

/**
 * Counts system checks that a participant passed, once per external reference (rule C7). Throws `participant-unknown`,
 * `external-ref-reused`.
 */
export async function recordChecks(
  store: Store,
  checks: Checks,
  act: RegistryAct,
): Promise<{ status: 'recorded' | 'repeat'; checksPassed: number }> {
  const { participantId, externalRef, passed } = checks;
  const keys = keysOf(store.networkId);
  const controlGroup = await controlGroupOf(store, participantId);
  const body: StoredRef = { participantId, passed };
  const ref = makeItem(keys.externalRef('checks', externalRef), 'external-ref', body);
  const entry: AuditEntry = {
    entryId: `checks/${externalRef}`,
    participantId,
    caseId: null,
    atMs: act.atMs,
    kind: 'checks-passed',
    actor: act.actor,
    summary: `${passed} passed system checks counted.`,
    data: { externalRef, passed },
  };
  const failed = await transactTold(
    store,
    [entry],
    [
      { label: 'ref', action: putNew(store.tables.ledger, ref) },
      { label: 'member', action: countChecks(store, controlGroup, participantId, passed) },
    ],
  );
  if (failed.size > 0) await refuseOther(store, checks);
  const member = await getItem(store, 'ledger', keys.groupMember(controlGroup, participantId));
  return {
    status: failed.size === 0 ? 'recorded' : 'repeat',
    checksPassed: member === null ? 0 : numberOf(member, 'checksPassed'),
  };
}

async function refuseOther(store: Store, checks: Checks): Promise<void> {
  const key = keysOf(store.networkId).externalRef('checks', checks.externalRef);
  const item = await getItem(store, 'ledger', key);
  const known = item === null ? null : bodyOf<StoredRef>(item, 'external-ref');
  if (known?.participantId === checks.participantId && known.passed === checks.passed) return;
  throw new DomainError(
    'external-ref-reused',
    'conflict',
    'This externalRef names other checks. Each report has a reference of its own.',
    { externalRef: checks.externalRef },
  );
}

/** Participants with the number of checks that they have passed by now; the registration keeps the number that they began with. */
export async function withChecks(
  store: Store,
  participants: readonly Participant[],
): Promise<Participant[]> {
  const keys = keysOf(store.networkId);
  const counted = new Map<string, number>();
  for (let start = 0; start < participants.length; start += BATCH_KEYS) {
    const wanted = participants
      .slice(start, start + BATCH_KEYS)
      .map(({ controlGroup, participantId }) => keys.groupMember(controlGroup, participantId));
    for (const item of await batchGet(store, 'ledger', wanted)) {
      if (item['registeredAtMs'] === undefined) continue;
      counted.set(textOf(item, 'participantId'), numberOf(item, 'checksPassed'));
    }
  }
  return participants.map((participant) => {
    const checksPassed = counted.get(participant.participantId) ?? participant.checksPassed;
    return { ...participant, checksPassed };
  });
}
