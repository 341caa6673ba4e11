import type { LedgerChange, StepCommit } from '../../domain/ports/case-store.ts';
import type { AuditLabel } from './audit-chain.ts';
import { breakerWrites } from './breaker-codec.ts';
import { caseRecordItem, noticeItem, reviewItem, sanctionItem } from './case-codec.ts';
import type { Store } from './client.ts';
import { countChecks, enterGroup, moveGroup } from './groups.ts';
import { type Item, makeItem, textOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { encodeBalances, transferItems } from './ledger-codec.ts';
import { factItems } from './ledger-facts.ts';
import type { LabelledWrite, WriteAction } from './store-errors.ts';
import { withdrawalStartItem } from './withdrawal-starts.ts';

/** What of a step can be refused by its condition. */
export type StepLabel =
  | 'guard'
  | 'record'
  | 'head'
  | 'group'
  | 'slot'
  | 'transfer'
  | 'notice'
  | 'shard'
  | AuditLabel
  | 'plain';

/** A committed step: the hash of its input and its result (invariant H3). */
export interface StoredStep {
  readonly inputHash: string;
  readonly resultJson: string;
}

/** A put that is refused when the item exists. */
export function putNew(tableName: string, item: Item): WriteAction {
  return {
    Put: {
      TableName: tableName,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** A put that replaces. */
export function put(tableName: string, item: Item): WriteAction {
  return { Put: { TableName: tableName, Item: item } };
}

/** Moves a ledger head on by one version, if it is the version that was read (design §4). */
export function moveHead(
  store: Store,
  change: Pick<LedgerChange, 'participantId' | 'expectedVersion' | 'balances' | 'group'>,
  factKeys: readonly string[],
): WriteAction {
  const { pk, sk } = keysOf(store.networkId).ledgerHead(change.participantId);
  const entered = change.group?.joining && change.group.controlGroup;
  return {
    Update: {
      TableName: store.tables.ledger,
      Key: { pk, sk },
      UpdateExpression: `SET version = :next, body = :balances, lastFacts = :facts${entered ? ', controlGroup = :group' : ''}`,
      ConditionExpression: 'version = :expected',
      ExpressionAttributeValues: {
        ':expected': change.expectedVersion,
        ':next': change.expectedVersion + 1,
        ':balances': encodeBalances(change.balances),
        ':facts': [...factKeys],
        ...(entered && { ':group': entered }),
      },
    },
  };
}

function ledgerWrites(store: Store, keys: Keys, change: LedgerChange): LabelledWrite<StepLabel>[] {
  const { expectedVersion, transfers, sanction, review } = change;
  const { ledger, registry } = store.tables;
  const version = expectedVersion + 1;
  const facts = factItems(keys, change);
  const factKeys = facts.map((fact) => textOf(fact, 'sk'));
  const writes: LabelledWrite<StepLabel>[] = [
    { label: 'head', action: moveHead(store, change, factKeys) },
  ];
  writes.push(...groupWrites(store, change));
  transfers.forEach((transfer, index) => {
    for (const item of transferItems(keys, transfer, version, index)) {
      writes.push({ label: 'transfer', action: putNew(ledger, item) });
    }
  });
  for (const fact of facts) writes.push({ label: 'plain', action: put(ledger, fact) });
  if (sanction !== null) {
    writes.push({ label: 'plain', action: put(registry, sanctionItem(keys, sanction)) });
  }
  if (review !== undefined) {
    writes.push({ label: 'plain', action: put(registry, reviewItem(keys, review)) });
  }
  return writes;
}

/** The control group moves on with every step that read it (rule C8). */
function groupWrites(store: Store, change: LedgerChange): LabelledWrite<StepLabel>[] {
  const { participantId, expectedVersion, group } = change;
  if (group === undefined) return [];
  const by = { participantId, version: expectedVersion + 1 };
  const moved = { label: 'group', action: moveGroup(store, group, by) } as const;
  if (group.joining === undefined) return [moved];
  const member = { participantId, ...group.joining };
  return [moved, { label: 'plain', action: enterGroup(store, group.controlGroup, member) }];
}

/**
 * The one transaction of a step: its guard first, then record, ledger, notices and audit entries. `freeSlot` is the step's
 * slot if it still names the case, else null; `audit` puts its entries at the end of their chain.
 */
export function stepWrites(
  store: Store,
  step: StepCommit,
  freeSlot: StepCommit['freeSlot'],
  audit: readonly LabelledWrite<AuditLabel>[],
): LabelledWrite<StepLabel>[] {
  const keys = keysOf(store.networkId);
  const { registry } = store.tables;
  const { stepKey, inputHash, resultJson, record, recordIsNew, ledger } = step;
  const guard: StoredStep = { inputHash, resultJson };
  const writes: LabelledWrite<StepLabel>[] = [
    { label: 'guard', action: putNew(registry, makeItem(keys.step(stepKey), 'step', guard)) },
  ];
  if (record !== null) {
    const item = caseRecordItem(keys, record, stepKey);
    writes.push({
      label: 'record',
      action: recordIsNew ? putNew(registry, item) : put(registry, item),
    });
  }
  if (ledger !== null) writes.push(...ledgerWrites(store, keys, ledger));
  if (step.checksPassed !== undefined) {
    const { controlGroup, participantId, count } = step.checksPassed;
    writes.push({
      label: 'plain',
      action: countChecks(store, controlGroup, participantId, count),
    });
  }
  for (const notice of step.notices) {
    writes.push({ label: 'notice', action: putNew(registry, noticeItem(keys, notice)) });
  }
  writes.push(...audit);
  if (step.breaker) writes.push(...breakerWrites(store, step.breaker, stepKey));
  if (step.withdrawalStart) {
    const item = withdrawalStartItem(keys, step.withdrawalStart);
    writes.push({ label: 'plain', action: put(registry, item) });
  }
  if (freeSlot !== null) {
    const { pk, sk } = keys.slot(freeSlot.participantId, freeSlot.violationType);
    writes.push({
      label: 'slot',
      action: {
        Delete: {
          TableName: registry,
          Key: { pk, sk },
          ConditionExpression: 'caseId = :caseId',
          ExpressionAttributeValues: { ':caseId': freeSlot.caseId },
        },
      },
    });
  }
  return writes;
}
