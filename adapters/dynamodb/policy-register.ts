import { longestBoundMs } from '../../domain/law/lint/bound.ts';
import { noticeOf, type Publication } from '../../domain/law/publication.ts';
import type { Policy } from '../../domain/policy.ts';
import type {
  PolicyChange,
  PolicyRegister,
  PolicyRegisterState,
} from '../../domain/ports/policy-register.ts';
import { transactTold } from './audit-chain.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, type Item, makeItem, queryPrefix } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { put, putNew } from './step-writes.ts';
import type { LabelledWrite, WriteAction } from './store-errors.ts';

/** From when a version is the law, as every process reads it. */
export interface PolicyStart {
  readonly version: string;
  readonly effectiveFromMs: number;
  /** Notice that the version asks of its successors; absent for versions that were stored before laws said so. */
  readonly noticeMs?: number;
  /** It was to be law, and will not be. */
  readonly isWithdrawn?: boolean;
}

/** The versions of the law, in the registry. Every change is guarded by one revision, so that two decisions never pass each other. */
export function createPolicyRegister(store: Store): PolicyRegister {
  const keys = keysOf(store.networkId);
  return {
    read: () => read(store, keys),
    async policy(version) {
      const item = await getItem(store, 'registry', keys.policy(version));
      return item === null ? null : bodyOf<Policy>(item, 'policy');
    },
    async file(version) {
      const item = await getItem(store, 'registry', keys.policyFile(version));
      return item === null ? null : bodyOf<string>(item, 'policy-file');
    },
    async commit(change) {
      const failed = await transactTold(store, [change.audit], changeWrites(store, keys, change));
      return failed.size === 0 ? 'committed' : 'stale';
    },
  };
}

async function read(store: Store, keys: Keys): Promise<PolicyRegisterState> {
  // The revision first: whatever is written after it makes a commit stale.
  const items = await queryPrefix(store, 'registry', keys.policyRegister().pk, '');
  const starts = await queryPrefix(store, 'registry', keys.policyStarts(), '');
  const head = items.find((item) => item['type'] === 'policy-register');
  const published = items
    .filter((item) => item['type'] === 'publication')
    .map((item) => bodyOf<Publication>(item, 'publication'));
  const known = new Set(published.map(({ version }) => version));
  const installed = await Promise.all(
    starts
      .map((item) => bodyOf<PolicyStart>(item, 'start'))
      .filter(({ version }) => !known.has(version))
      .map((start) => installedPublication(store, keys, start)),
  );
  const all = [...published, ...installed].sort(
    (a, b) => a.effectiveFromMs - b.effectiveFromMs || (a.version < b.version ? -1 : 1),
  );
  return { all, revision: revisionOf(head) };
}

function revisionOf(head: Item | undefined): number {
  const revision = head?.['revision'];
  return typeof revision === 'number' ? revision : 0;
}

/** A law that came with the installation, without a proposal. */
async function installedPublication(
  store: Store,
  keys: Keys,
  { version, effectiveFromMs }: PolicyStart,
): Promise<Publication> {
  const item = await getItem(store, 'registry', keys.policy(version));
  const policy = item === null ? null : bodyOf<Policy>(item, 'policy');
  return {
    version,
    hash: policy?.hash ?? '',
    effectiveFromMs,
    proposers: [],
    proposedAtMs: null,
    draftHash: null,
    approvedBy: null,
    approvedAtMs: null,
    withdrawnBy: null,
    withdrawnAtMs: null,
    publishedBy: policy?.publishedBy ?? [],
    boundMs: policy === null ? null : longestBoundMs(policy),
  };
}

function changeWrites(store: Store, keys: Keys, change: PolicyChange): LabelledWrite[] {
  const { registry } = store.tables;
  const { expectedRevision, publication, fileText, enacts, revokes } = change;
  const { version, effectiveFromMs } = publication;
  const start = keys.policyStart(effectiveFromMs, version);
  const writes: (readonly [string, WriteAction])[] = [
    ['revision', moveRegister(store, keys, expectedRevision)],
    ['publication', put(registry, makeItem(keys.publication(version), 'publication', publication))],
  ];
  if (fileText !== null) {
    const file = makeItem(keys.policyFile(version), 'policy-file', fileText);
    writes.push(['file', put(registry, file)]);
  }
  if (enacts !== null) {
    writes.push(
      ['policy', putNew(registry, makeItem(keys.policy(version), 'policy', enacts))],
      ['start', putNew(registry, makeItem(start, 'start', startOf(enacts, effectiveFromMs)))],
    );
  }
  if (revokes) {
    const body: PolicyStart = { version, effectiveFromMs, isWithdrawn: true };
    writes.push(['start', put(registry, makeItem(start, 'start', body))]);
  }
  return writes.map(([label, action]) => ({ label, action }));
}

/** From when a policy is law, and what notice it asks of its successors. */
export function startOf(policy: Policy, effectiveFromMs: number): PolicyStart {
  return { version: policy.version, effectiveFromMs, noticeMs: noticeOf(policy) };
}

/** Moves the register on by one revision: from the one that was read, or with null from whatever it is. */
export function moveRegister(
  store: Store,
  keys: Keys,
  expectedRevision: number | null,
): WriteAction {
  const { pk, sk } = keys.policyRegister();
  const condition =
    expectedRevision === 0 ? 'attribute_not_exists(revision)' : 'revision = :expected';
  return {
    Update: {
      TableName: store.tables.registry,
      Key: { pk, sk },
      UpdateExpression: 'SET v = :v, #type = :type ADD revision :one',
      ExpressionAttributeNames: { '#type': 'type' },
      ...(expectedRevision !== null && { ConditionExpression: condition }),
      ExpressionAttributeValues: {
        ':v': 1,
        ':type': 'policy-register',
        ':one': 1,
        ...(expectedRevision !== null &&
          expectedRevision !== 0 && { ':expected': expectedRevision }),
      },
    },
  };
}
