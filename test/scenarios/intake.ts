import type { Store } from '../../adapters/dynamodb/client.ts';
import type { StoredDirectory } from '../../adapters/dynamodb/directory.ts';
import { putSource } from '../../adapters/dynamodb/directory-seed.ts';
import { createRelayStore } from '../../adapters/dynamodb/intake-relay.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { parseSourceConfig, type SourceConfigInput } from '../../contracts/source-config.ts';
import type { RelayStore } from '../../domain/ports/intake.ts';
import { receiveAlertApi } from '../../functions/receive-alert/receive-alert-api.ts';
import { redeliver } from '../../functions/redeliver/redeliver.ts';
import type { RelayDeps } from '../../functions/relay-observations/deps.ts';
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

const SHARDS = 16;

/** Evidence stays fresh for half of the shortest grace, twelve hours: a longer interval would be too long, a shorter costs posts. */
export const REPEAT_MS = 11 * 3_600_000;

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** The real way of an alert: senders post to the real function, and the real relay takes the inbox to the workflows. */
export class Intake {
  readonly senders: Senders;
  readonly relayStore: RelayStore;
  private readonly parts: IntakeParts;
  private readonly relay: RelayDeps;
  private relaying: Promise<void> = Promise.resolve();
  private nextRelay: Promise<void> | null = null;

  private constructor(parts: IntakeParts) {
    const { store, clock, cases, directory } = parts;
    this.parts = parts;
    this.relayStore = createRelayStore(store);
    this.relay = {
      networkId: store.networkId,
      store: this.relayStore,
      cases,
      clock,
      maxAttempts: async () => (await directory.policyAt(clock.nowMs())).relayAttempts,
      readImage: () => null,
      logger: quiet,
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
    if (await this.senders.postRepeats(await this.parts.clock.follow())) await this.relayAll();
  }

  /**
   * Relays everything undelivered, as `redeliver` does; whatever fails is a failure of the test. Scripts that ask while it runs
   * share the next run.
   */
  relayAll(): Promise<void> {
    this.nextRelay ??= this.relaying.then(() => {
      this.nextRelay = null;
      return this.relayOnce();
    });
    this.relaying = this.nextRelay;
    return this.nextRelay;
  }

  private async relayOnce(): Promise<void> {
    await this.parts.clock.follow();
    const { failed, outage } = await redeliver(this.relay, { shards: SHARDS, ageMs: -1 });
    if (failed > 0 || outage) throw new Error(`The relay failed ${failed} observations.`);
  }
}
