import type { SourceConfig } from '../../contracts/source-config.ts';
import { participantAt } from '../../domain/declaration.ts';
import { DomainError } from '../../domain/errors.ts';
import { cacheAgeFor } from '../../domain/law/publication.ts';
import type { Source } from '../../domain/observation.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import { NETWORK_WATCH, watchSource } from '../../domain/watch/sighting.ts';
import { cached, MAX_CACHE_AGE_MS } from './cache.ts';
import type { Store } from './client.ts';
import { getTogether } from './get-together.ts';
import { bodyOf, getItem, type Item, numberOf, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { readParticipant } from './participant-registry.ts';
import type { PolicyStart } from './policy-register.ts';

/** The directory, and what receiving from a source needs beyond the law. */
export interface StoredDirectory extends Directory {
  /** The whole configuration of a source, at most 60 s old; null when unknown. */
  sourceConfig(sourceId: string): Promise<SourceConfig | null>;
  /** All configured sources, read consistently, by id. */
  sourceConfigs(): Promise<SourceConfig[]>;
}

/**
 * What the store knows about participants, sources and the law. `clock` ages the caches of sources and policies, and says which
 * declarations of resources act by now (rule C8).
 */
export function createDirectory(
  store: Store,
  clock: Clock,
  options: { readonly maxCacheAgeMs?: number } = {},
): StoredDirectory {
  const maxAgeMs = Math.min(options.maxCacheAgeMs ?? MAX_CACHE_AGE_MS, MAX_CACHE_AGE_MS);
  const keys = keysOf(store.networkId);
  const sourceConfig = cached(clock, maxAgeMs, async (sourceId) => {
    const item = await getTogether(store, 'registry', keys.sourceConfig(sourceId));
    return item === null ? null : bodyOf<SourceConfig>(item, 'source');
  });
  const policyByVersion = cached(clock, maxAgeMs, async (version) => {
    const item = await getItem(store, 'registry', keys.policy(version));
    return item === null ? null : bodyOf<Policy>(item, 'policy');
  });
  const starts = cached(
    clock,
    maxAgeMs,
    async () => {
      const items = await queryPrefix(store, 'registry', keys.policyStarts(), '');
      return items.length === 0 ? null : items.map((item) => bodyOf<PolicyStart>(item, 'start'));
    },
    ageOfStarts,
  );

  async function policy(version: string): Promise<Policy> {
    const found = await policyByVersion(version);
    if (found !== null) return found;
    throw missing('There is no policy of this version.', { version });
  }

  async function policyAt(atMs: number): Promise<Policy> {
    const inForce = (await starts('all'))?.findLast(
      (start) => start.effectiveFromMs <= atMs && start.isWithdrawn !== true,
    );
    if (inForce !== undefined) return policy(inForce.version);
    throw missing('No policy was in force at this instant.', { atMs });
  }

  /** The network itself is a source without a configuration: the policy says how often it looks. */
  async function theWatch(): Promise<Source> {
    const { watchEveryMs } = await policyAt(clock.nowMs());
    const state = await getItem(store, 'registry', keys.sourceState(NETWORK_WATCH));
    return watchSource(watchEveryMs, instant(state, 'lastSeenAtMs'));
  }

  return {
    async participant(participantId) {
      const participant = await readParticipant(store, participantId);
      return participant === null ? null : participantAt(participant, clock.nowMs());
    },
    async source(sourceId) {
      if (sourceId === NETWORK_WATCH) return theWatch();
      const config = await sourceConfig(sourceId);
      if (config === null) return null;
      // Its state decides whether evidence is fresh, so that is never cached.
      const state = await getTogether(store, 'registry', keys.sourceState(sourceId));
      return toSource(config, state);
    },
    sourceConfig,
    async sourceConfigs() {
      const items = await queryPrefix(store, 'registry', keys.sourceConfigs(), '');
      return items.map((item) => bodyOf<SourceConfig>(item, 'source'));
    },
    policyAt,
    policy,
  };
}

/** A version is scheduled a whole notice ahead, so that it is known here before it is law, however short the notice of a law is. */
function ageOfStarts(starts: readonly PolicyStart[]): number {
  return Math.min(...starts.map(({ noticeMs }) => cacheAgeFor(noticeMs ?? MAX_CACHE_AGE_MS * 2)));
}

function missing(message: string, details: Record<string, string | number>): DomainError {
  // A person can mend it, so work that needs the law waits for it and is not given up.
  return new DomainError('policy-missing', 'dependency', message, details);
}

function instant(state: Item | null, attribute: string): number | null {
  return state?.[attribute] === undefined ? null : numberOf(state, attribute);
}

/** A source as the law sees it: its configuration without how to receive, and what deliveries said about it. */
function toSource(config: SourceConfig, state: Item | null): Source {
  const { sourceId, kind, ownerControlGroup, independenceGroup, setBy, enabled } = config;
  const { families, highestSeverity, mayContain } = config.scope;
  return {
    sourceId,
    kind,
    ownerControlGroup,
    independenceGroup,
    setBy,
    scope: { families, highestSeverity, mayContain },
    repeatIntervalMs: config.repeatIntervalMs,
    maxLagMs: config.maxLagMs,
    enabled,
    truncatedAtMs: instant(state, 'truncatedAtMs'),
    lastSeenAtMs: instant(state, 'lastSeenAtMs'),
  };
}
