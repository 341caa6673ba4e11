import { createHash } from 'node:crypto';
import { createActivities } from '../../../activities/index.ts';
import type { StepOutcome } from '../../../activities/step.ts';
import { createBreaker } from '../../../adapters/dynamodb/breaker.ts';
import { createCaseStore } from '../../../adapters/dynamodb/case-store.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../../adapters/dynamodb/directory.ts';
import { putSource } from '../../../adapters/dynamodb/directory-seed.ts';
import { createClockHolds } from '../../../adapters/dynamodb/incidents.ts';
import { createEvidence } from '../../../adapters/dynamodb/intake-evidence.ts';
import { createIntakeStore } from '../../../adapters/dynamodb/intake-store.ts';
import { shardOf, UNDELIVERED_SHARDS } from '../../../adapters/dynamodb/keys.ts';
import { createParticipantRegistry } from '../../../adapters/dynamodb/participant-registry.ts';
import { parseSourceConfig } from '../../../contracts/source-config.ts';
import type { CaseAction } from '../../../domain/case/actions.ts';
import { noticeServed } from '../../../domain/case/announcing.ts';
import { type Due, nextDue } from '../../../domain/case/outlook.ts';
import type { CaseState } from '../../../domain/case/state.ts';
import { refuseAction } from '../../../domain/case/validate-action.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Severity } from '../../../domain/violation.ts';
import { receiveAlertApi } from '../../../functions/receive-alert/receive-alert-api.ts';
import { relayBatch } from '../../../functions/relay-observations/operations/relay-batch.ts';
import { MemoryCases, relayDeps } from '../../../functions/relay-observations/test-relay.ts';
import { newReceiptId } from '../../../functions/shared/short-id.ts';
import { SENDER_TOKEN, Senders, senderConfig } from '../../scenarios/senders.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const REPEAT_MS = 11 * 3_600_000;
const MONITORS = ['monitor-a', 'monitor-b'] as const;
/** Resources of one request. */
const AT_ONCE = 50;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** A participant of a network without Temporal. */
export interface Provider {
  participantId: string;
  nodes: number;
  stakeUnits: bigint;
}

/**
 * A network whose cases take their real steps over the real store, straight one after the other: senders, functions, relay and
 * activities are the real ones, the clock stands where it is put, and nothing is left to chance. Whoever lives the same story twice
 * finds the same bytes.
 */
export class StraightNetwork {
  readonly store: Store;
  readonly clock: { at: number; nowMs: () => number };
  readonly senders: Senders;
  readonly steps: ReturnType<typeof createActivities>;
  /** Resources that our own looks find broken. */
  readonly down = new Set<string>();
  private readonly told = new MemoryCases();

  private constructor(store: Store, startMs: number) {
    this.store = store;
    const clock = { at: startMs, nowMs: () => clock.at };
    this.clock = clock;
    const directory = createDirectory(store, clock, { maxCacheAgeMs: 0 });
    const api = receiveAlertApi({
      intake: createIntakeStore(store),
      directory,
      secrets: { secrets: async (id) => (id === 'senders' ? [SENDER_TOKEN] : []) },
      clock,
      newReceiptId,
      logger: quiet,
    });
    this.senders = new Senders(api, REPEAT_MS);
    this.steps = createActivities({
      cases: createCaseStore(store),
      breaker: createBreaker(store),
      clockHolds: createClockHolds(store),
      evidence: createEvidence(store),
      directory,
      clock,
      probes: {
        look: async ({ group }, _participant, resourceId) => {
          const isDown = this.down.has(resourceId ?? '');
          return { group, healthy: !isDown, detail: isDown ? 'refused' : 'answered 200' };
        },
      },
      notifier: { deliver: async () => ({ delivered: true, reason: '' }) },
    });
  }

  /** The policy must be in the store already. */
  static async open(store: Store, startMs: number): Promise<StraightNetwork> {
    for (const sourceId of MONITORS)
      await putSource(store, parseSourceConfig(senderConfig(sourceId)));
    return new StraightNetwork(store, startMs);
  }

  async register({ participantId, nodes, stakeUnits }: Provider, asset: string): Promise<void> {
    const registry = createParticipantRegistry(this.store);
    const atMs = this.clock.at;
    const resources = Array.from({ length: nodes }, (_, index) => ({
      resourceId: `${participantId}-node-${index + 1}`,
      capacity: 1,
      probeUrl: 'http://127.0.0.1:9',
    }));
    const participant = {
      participantId,
      kind: 'hardware-provider' as const,
      displayName: `Provider ${participantId}`,
      controlGroup: `group-of-${participantId}`,
      registeredAtMs: atMs,
      checksPassed: 100,
      resources: resources.slice(0, AT_ONCE),
      endpoint: { url: 'http://127.0.0.1:9/notices', secretId: 'notices' },
    };
    await registry.register(participant, asset, { actor: 'ada-admin', atMs });
    for (let start = AT_ONCE; start < nodes; start += AT_ONCE) {
      const more = resources.slice(start, start + AT_ONCE);
      await registry.putResources(
        participantId,
        more,
        { actor: 'ada-admin', atMs },
        { shrinkNoticeMs: 0 },
      );
    }
    const deposit = { participantId, externalRef: `pay-${participantId}`, units: stakeUnits };
    await registry.deposit(deposit, { actor: 'tom-treasurer', atMs });
  }

  /** Both monitors see that nodes are down, or well again; the relay tells the case. */
  async see(
    participantId: string,
    violationType: string,
    severity: Severity | 'cleared',
    nodes: readonly number[] = [1],
  ): Promise<void> {
    for (const source of MONITORS) {
      // One after the other, so that it never depends on the store which alert opens the case.
      this.clock.at += SECOND_MS;
      const seen = nodes.map((number) => {
        const resourceId = `${participantId}-node-${number}`;
        if (severity === 'cleared') this.down.delete(resourceId);
        else this.down.add(resourceId);
        return { participantId, violationType, resourceId };
      });
      if (severity === 'cleared') await this.senders.resolve(source, this.clock.at, seen);
      else
        await this.senders.fire(
          source,
          this.clock.at,
          seen.map((one) => ({ ...one, severity })),
        );
    }
    await this.relay(participantId);
  }

  /** Time passes; what fires is posted again and again on the way. */
  async until(atMs: number): Promise<void> {
    for (let next = this.senders.nextPostMs(); next <= atMs; next = this.senders.nextPostMs()) {
      this.clock.at = Math.max(this.clock.at, next);
      await this.senders.postRepeats(this.clock.at);
    }
    this.clock.at = Math.max(this.clock.at, atMs);
  }

  /** Opens the case that the relay took the slot for. */
  async open(participantId: string, violationType: string): Promise<StraightCase> {
    const deps = relayDeps(this.store, this.told, this.clock.nowMs);
    const slot = await deps.store.readSlot(participantId, violationType);
    if (slot === null) throw new Error(`${participantId} has no open case.`);
    const { caseId } = slot;
    const input = { v: 1 as const, networkId: 'main', caseId, participantId, violationType };
    const opened = await this.steps.openCase({ ...input, nowMs: this.clock.at });
    return new StraightCase(this, opened);
  }

  private async relay(participantId: string): Promise<void> {
    const deps = relayDeps(this.store, this.told, this.clock.nowMs);
    const shard = shardOf(participantId, UNDELIVERED_SHARDS);
    const page = await deps.store.undelivered(shard, this.clock.at + 1, 500);
    const { failed } = await relayBatch(deps, page);
    if (failed.length > 0) throw new Error('The relay failed.');
  }
}

/** One case, driven from step to step as its workflow would. */
export class StraightCase {
  state: CaseState;
  private readonly network: StraightNetwork;
  private keys = 0;

  constructor(network: StraightNetwork, opened: StepOutcome) {
    this.network = network;
    this.state = { ...opened.change, law: opened.law ?? null, steps: 1 };
  }

  /** Looks at what changed. */
  async look(): Promise<void> {
    await this.take(await this.network.steps.reassess(this.step()));
  }

  /** Goes to the next deadline and does what is due there. Returns what it was. */
  async next(): Promise<Due['act']> {
    const due = nextDue(this.state);
    if (due === null) throw new Error('The case waits for nothing.');
    await this.network.until(due.atMs);
    await this.take(await this.act(due));
    return due.act;
  }

  /** Goes on until the case is as wanted. */
  async until(isThere: (state: CaseState) => boolean, most = 40): Promise<void> {
    for (let steps = 0; !isThere(this.state); steps += 1) {
      if (steps === most) throw new Error(`Never came: ${JSON.stringify(this.state)}`);
      await this.next();
    }
  }

  /** A person acts, a minute after whatever was before. Throws what the law refuses. */
  async by(person: string, action: CaseAction, roles: Partial<Principal> = {}): Promise<void> {
    await this.network.until(this.network.clock.at + MINUTE_MS);
    this.keys += 1;
    const isOwner = person === this.state.participantId;
    const principal: Principal = {
      account: person,
      person,
      organisation: `org-of-${person}`,
      roles: isOwner ? ['participant'] : ['governor', 'auditor', 'operator', 'reviewer'],
      participantId: isOwner ? person : null,
      controlGroup: isOwner ? this.state.controlGroup : null,
      ...roles,
    };
    const bodyHash = createHash('sha256').update(JSON.stringify(action)).digest('hex');
    const request = { v: 1 as const, principal, key: `key-${this.keys}`, bodyHash, action };
    const refusal = refuseAction(this.state, request, this.network.clock.nowMs());
    if (refusal) throw new Error(refusal.message);
    const { outcome } = await this.network.steps.recordAction({ ...this.step(), request });
    await this.take(outcome);
    if (action.kind === 'approve' && this.state.proposal?.kind === 'dismiss')
      await this.take(await this.network.steps.dismissCase(this.step()));
  }

  /** A governor approves what is proposed. */
  async approve(person: string): Promise<void> {
    const { proposal } = this.state;
    if (!proposal) throw new Error('Nothing is proposed.');
    const { proposalId, draftHash } = proposal;
    await this.by(person, { kind: 'approve', proposalId, draftHash, reason: 'evidence is clear' });
  }

  private act(due: Due): Promise<StepOutcome> {
    const { steps } = this.network;
    const step = this.step();
    switch (due.act) {
      case 'confirm':
        return steps.confirmCase(step);
      case 'decide-rung':
      case 'impose-proposed':
        return steps.decideRung({ ...step, dueAtMs: due.atMs });
      case 'finish-hold-down':
      case 'recheck-cure':
        return steps.reassess(step);
      case 'end-corrected':
        return steps.endCorrected(step);
      case 'reinstate':
        return steps.tryRestoration(step);
      case 'settle':
        return steps.settleDue(step);
      case 'ask-governors':
        return steps.askGovernors(step);
      default:
        throw new Error(`No story goes to ${due.act}.`);
    }
  }

  private step() {
    return { state: this.state, nowMs: this.network.clock.at };
  }

  private async take(outcome: StepOutcome): Promise<void> {
    const { law, steps } = this.state;
    this.state = { ...outcome.change, law: outcome.law ?? law, steps: steps + 1 };
    const { caseId, participantId } = this.state;
    for (const noticeId of outcome.serve) {
      const notice = { caseId, participantId, noticeId, announcement: null, fallbackMs: 1 };
      const { servedAtMs } = await this.network.steps.serveNotice(notice);
      this.state = noticeServed(this.state, noticeId, servedAtMs);
    }
  }
}
