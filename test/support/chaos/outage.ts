import { waitUntil } from '../../../apps/local/parts/wait-until.ts';
import type { AuditEntry, CaseRecord } from '../../../domain/case/record.ts';
import { readAuditOf } from './audit.ts';
import { readLedger } from './comparable-ledger.ts';
import { demoPolicy, type Network, openNetwork } from './network.ts';
import type { RealParts } from './real-parts.ts';
import { Scene } from './scene.ts';
import { DOWNTIME, isAnnounced, isSettled } from './stories.ts';
import type { Crew } from './worker-crew.ts';

/** A case whose first penalty fell due while no worker was there. */
interface Outage {
  readonly network: Network;
  readonly scene: Scene;
  readonly servedAtMs: number;
  readonly graceMs: number;
  /** When a worker was there again. */
  readonly backAtMs: number;
  /** Ends the scene and the worker. */
  end(): Promise<void>;
}

/** Warns, serves the notice of P1, and takes the worker away until well after P1 fell due; alerts go on all the time. */
async function outage(parts: RealParts, crew: Crew, name: string): Promise<Outage> {
  const network = await openNetwork(parts, name);
  const post = crew.post(network.workerEnv, () => 'go');
  await post.staff();
  const scene = new Scene(network, DOWNTIME);
  await scene.fire();
  const warned = await scene.until('P1 is announced', isAnnounced);
  const servedAtMs = warned.announcementServedAtMs ?? 0;
  await post.abandon();
  const graceMs = demoPolicy().families.performance.rungs[1]?.graceBeforeMs ?? 0;
  await waitUntil(() => Date.now() > servedAtMs + 2 * graceMs + 1_000, {
    what: 'a whole grace passes after the deadline',
    withinMs: 4 * graceMs,
  });
  const backAtMs = Date.now();
  await post.staff();
  const end = async () => {
    await scene.close();
    await post.abandon();
  };
  return { network, scene, servedAtMs, graceMs, backAtMs, end };
}

/** The violation goes on: P1 comes, later. */
export async function heldThrough(parts: RealParts, crew: Crew, name: string) {
  const { network, scene, servedAtMs, graceMs, backAtMs, end } = await outage(parts, crew, name);
  try {
    const p1: CaseRecord = await scene.until('P1 is imposed', ({ rung }) => rung === 'P1');
    const audit: AuditEntry[] = await readAuditOf(network.store, p1.caseId);
    return { network, servedAtMs, graceMs, backAtMs, p1, audit };
  } finally {
    await end();
  }
}

/** The participant corrects in the time that it got back. */
export async function correctedInTime(parts: RealParts, crew: Crew, name: string) {
  const { network, scene, end } = await outage(parts, crew, name);
  try {
    await scene.clear();
    const record = await scene.until('the case is settled', isSettled);
    const ledger = await readLedger(network.store);
    return { network, record, ledger };
  } finally {
    await end();
  }
}
