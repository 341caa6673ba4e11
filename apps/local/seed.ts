import type { Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy, putSource } from '../../adapters/dynamodb/directory-seed.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Participant } from '../../domain/participant.ts';
import type { Policy } from '../../domain/policy.ts';
import {
  CHECKS_PASSED,
  type DemoParticipant,
  demoParticipants,
  NETWORK_AGE_MS,
} from './demo-network.ts';
import { demoSources } from './demo-sources.ts';
import { noticeSecretId } from './keys.ts';
import { PartError } from './parts/part-error.ts';
import { ADMIN_ACCOUNT } from './people.ts';

/** What a first run needs to know beside the store. */
export interface SeedOptions {
  readonly store: Store;
  readonly policy: Policy;
  /** Canonical JSON of the policy's file. */
  readonly fileText: string;
  /** When the data folder began: a repeated seed writes the very same things. */
  readonly createdAtMs: number;
  /** Where the demonstration's nodes and notice board answer. */
  readonly demoUrl: string;
}

/**
 * Puts the law into force: from the network's beginning if it is the first one, else from now on. A version that is stored stays as it is,
 * and so does one that people have put in its place since. Returns the law in force.
 * @throws PartError when the version has another content, or another file was put in its place
 */
export async function enactPolicy(options: Omit<SeedOptions, 'demoUrl'>): Promise<Policy> {
  const { store, policy, createdAtMs, fileText } = options;
  const directory = createDirectory(store, { nowMs: () => Date.now() }, { maxCacheAgeMs: 0 });
  const before = await directory.policyAt(Date.now()).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'policy-missing') return null;
    throw error;
  });
  const fromMs = before === null ? createdAtMs - NETWORK_AGE_MS : Date.now();
  const outcome = await putPolicy(store, policy, fromMs, fileText).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'policy-version-taken') return 'taken';
    throw error;
  });
  if (outcome === 'stored') return policy;
  const replaced = before !== null && before.version !== policy.version;
  if (outcome === 'exists' && before !== null && (!replaced || (await isApproved(store, before))))
    return before;
  throw new PartError({
    part: 'policy',
    why:
      outcome === 'taken'
        ? `the data folder knows a version ${policy.version} with another content.`
        : `version ${policy.version} was replaced by ${before?.version} before.`,
    whatToDo: ['Give the changed policy a new version,', 'or begin anew with --fresh.'],
  });
}

/** Whether people have made this version law, and not a file of whoever starts the stack. */
async function isApproved(store: Store, { version }: Policy): Promise<boolean> {
  const { all } = await createPolicyRegister(store).read();
  return all.some((each) => each.version === version && each.approvedBy !== null);
}

/** Writes sources, participants, resources and stake. Everything is idempotent: a run that was killed in between is repeated. */
export async function seedNetwork(options: Omit<SeedOptions, 'fileText'>): Promise<void> {
  const { store, policy, createdAtMs, demoUrl } = options;
  for (const source of demoSources()) await putSource(store, source);
  const registry = createParticipantRegistry(store);
  const act = { actor: ADMIN_ACCOUNT, atMs: createdAtMs - NETWORK_AGE_MS };
  for (const outline of demoParticipants()) {
    const { participantId, stakeUnits } = outline;
    const { resources, ...rest } = participantOf(outline, act.atMs, demoUrl);
    // A registration takes a bounded number of resources; the rest follow in batches.
    await registry.register({ ...rest, resources: [] }, policy.asset, act);
    for (let start = 0; start < resources.length; start += RESOURCES_AT_ONCE) {
      const batch = resources.slice(start, start + RESOURCES_AT_ONCE);
      await registry.putResources(participantId, batch, act, policy);
    }
    const externalRef = `seed-${participantId}`;
    await registry.deposit({ participantId, externalRef, units: stakeUnits }, act);
  }
}

const RESOURCES_AT_ONCE = 50;

function participantOf(
  outline: DemoParticipant,
  registeredAtMs: number,
  demoUrl: string,
): Participant {
  const { participantId, kind, displayName, controlGroup } = outline;
  return {
    participantId,
    kind,
    displayName,
    controlGroup,
    registeredAtMs,
    checksPassed: CHECKS_PASSED,
    resources: outline.resources.map((resource) => ({
      ...resource,
      probeUrl: `${demoUrl}/nodes/${resource.resourceId}`,
    })),
    endpoint: {
      url: `${demoUrl}/notices/${participantId}`,
      secretId: noticeSecretId(participantId),
    },
  };
}
