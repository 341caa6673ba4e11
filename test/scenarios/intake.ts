import type { Store } from '../../adapters/dynamodb/client.ts';
import type { StoredDirectory } from '../../adapters/dynamodb/directory.ts';
import { putSource } from '../../adapters/dynamodb/directory-seed.ts';
import { createRelayStore } from '../../adapters/dynamodb/intake-relay.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { shardOf, UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import { parseSourceConfig, type SourceConfigInput } from '../../contracts/source-config.ts';
import type { RelayStore } from '../../domain/ports/intake.ts';
import { receiveAlertApi } from '../../functions/receive-alert/receive-alert-api.ts';
import type { RelayDeps } from '../../functions/relay-observations/deps.ts';
import { relayBatch } from '../../functions/relay-observations/operations/relay-batch.ts';
import { SILENT_METER } from '../../functions/shared/metrics.ts';
import { newReceiptId } from '../../functions/shared/short-id.ts';
import type { CaseWorkflows } from '../../functions/shared/temporal.ts';
import { SENDER_TOKEN, Senders, senderConfig } from './senders.ts';
import type { ServerClock } from './server-clock.ts';

/** What the intake of a world is made from. */
export interface IntakeParts {
  store: Store;
  clock: ServerClock;
  cases: CaseWorkflows;
  directory: StoredDirectory;
}

const ALL_SHARDS = Array.from({ length: UNDELIVERED_SHARDS }, (_, shard) => shard);

const PAGE = 500;

/** Evidence stays fresh for half of the shortest grace, twelve hours: a longer interval would be too long, a shorter costs posts. */
export const REPEAT_MS = 11 * 3_600_000;

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** What the relay says of one failure, for whoever reads why a test failed. */
type RelayWarning = { violationType?: unknown; participantId?: unknown; reason?: unknown };

/** The real way of an alert: senders post to the real function, and the real relay takes the inbox to the workflows. */
export class Intake {
  readonly senders: Senders;
  readonly relayStore: RelayStore;
  private readonly parts: IntakeParts;
  private readonly deps: RelayDeps;
  private readonly wanted = new Set<number>();
  /** Why the relay failed since it was last asked. */
  private readonly reasons: string[] = [];
  private relaying: Promise<void> = Promise.resolve();
  private nextRelay: Promise<void> | null = null;

  private constructor(parts: IntakeParts) {
    const { store, clock, cases, directory } = parts;
    this.parts = parts;
    this.relayStore = createRelayStore(store);
    this.deps = {
      networkId: store.networkId,
      store: this.relayStore,
      cases,
      clock,
      maxAttempts: async () => (await directory.policyAt(clock.nowMs())).relayAttempts,
      readImage: () => null,
      logger: { ...quiet, warn: (said, about: RelayWarning) => this.remember(said, about) },
      meter: SILENT_METER,
    };
    const api = receiveAlertApi({
      intake: createIntakeStore(store),
      directory,
      secrets: { secrets: async (id) => (id === 'senders' ? [SENDER_TOKEN] : []) },
      clock,
      newReceiptId,
      logger: quiet,
    });
    this.senders = new Senders(api, REPEAT_MS);
  }

  /** Two monitors of two independence groups watch every world. */
  static async open(parts: IntakeParts): Promise<Intake> {
    const intake = new Intake(parts);
    for (const sourceId of ['monitor-a', 'monitor-b']) await intake.addSource(sourceId);
    return intake;
  }

  async addSource(sourceId: string, changes: Partial<SourceConfigInput> = {}): Promise<void> {
    await putSource(this.parts.store, parseSourceConfig(senderConfig(sourceId, changes)));
  }

  /** Posts the repeats that are due, and relays if one of them was news. */
  async postRepeats(): Promise<void> {
    if (!(await this.senders.postRepeats(await this.parts.clock.follow()))) return;
    await this.relay(ALL_SHARDS);
  }

  /** Relays what is undelivered about a participant, and about those who share its shard. */
  relayFor(participantId: string): Promise<void> {
    return this.relay([shardOf(participantId, UNDELIVERED_SHARDS)]);
  }

  /** Whatever fails to be relayed fails the test. Scripts that ask while a relay runs share the next one. */
  private relay(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.wanted.add(shard);
    this.nextRelay ??= this.relaying.then(() => {
      this.nextRelay = null;
      return this.relayWanted();
    });
    this.relaying = this.nextRelay;
    return this.nextRelay;
  }

  private async relayWanted(): Promise<void> {
    const nowMs = await this.parts.clock.follow();
    const shards = [...this.wanted];
    this.wanted.clear();
    for (const shard of shards) {
      const page = await this.relayStore.undelivered(shard, nowMs + 1, PAGE);
      this.reasons.length = 0;
      const { failed } = await relayBatch(this.deps, page);
      if (failed.length > 0)
        throw new Error(
          `The relay failed ${failed.length} observations: ${this.reasons.join('; ')}.`,
        );
      if (page.length === PAGE) throw new Error('More news at once than any scenario makes.');
    }
  }

  private remember(said: string, about: RelayWarning): void {
    const { participantId, violationType, reason } = about;
    this.reasons.push(`${said} for ${participantId}, ${violationType}: ${reason}`);
  }
}
