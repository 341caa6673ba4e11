import { mayBeImposed, restorationComplete } from '../case/outlook.ts';
import type { CaseState, PinnedLaw } from '../case/state.ts';
import { acceptObservation } from '../intake/accept.ts';
import type { CaseEntry, LedgerSnapshot, Transfer } from '../ledger/accounts.ts';
import { deposit } from '../ledger/bookings.ts';
import { emptyBalances } from '../ledger/conservation.ts';
import { overturnCase } from '../ledger/inverse.ts';
import { applyMove, type LedgerMove } from '../ledger/move.ts';
import { amendEntry, releaseHold } from '../ledger/moves.ts';
import type { AlertHead } from '../observation.ts';
import type { Participant } from '../participant.ts';
import type { Rung } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import type { Family, Severity } from '../violation.ts';
import { freeUnits, mayLeaveUnits } from './blocks.ts';
import { type Calculation, calculateCharge } from './calculation.ts';
import { type ExposureInput, exposureUnits, highestReachable } from './exposure.ts';
import { type GateInput, type GateVerdict, judge } from './gate.ts';
import { aLedger, aParticipant, aSource, DAY_MS, HOUR_MS, lawOf, T0 } from './test-fixtures.ts';

/** What a planted bug may replace. Everything else of the model is the law as it is. */
export const LAWS = {
  judge,
  calculate: calculateCharge,
  releaseHold,
  overturn: overturnCase,
  exposure: exposureUnits,
  freeUnits,
  mayLeaveUnits,
  mayBeImposed,
  mayReturn: (state: CaseState, isClear: boolean, nowMs: number): boolean =>
    isClear && restorationComplete(state) && nowMs >= (state.suspendedUntilMs ?? 0),
  /** Which sanctions end their suspension when a case is reinstated. */
  isLifted: (sanction: Sanction, caseId: string): boolean => sanction.caseId === caseId,
};

export type Laws = typeof LAWS;

/** A vote on one draft. */
export interface Vote {
  person: string;
  organisation: string;
  draftHash: string;
}

/** A decision that moved money or access, with everything it rests on. */
export interface Decision {
  decisionId: string;
  caseId: string;
  violationType: string;
  kind: 'hold' | 'charge' | 'impose';
  rung: Rung;
  atMs: number;
  gateAtMs: number;
  groups: string[];
  earning: (string | null)[];
  notices: { servedAtMs: number; resourceIds: (string | null)[] }[];
  draftHash: string | null;
  votes: Vote[];
  calculation: Calculation;
  /** The ledger that the decision was computed on. */
  before: LedgerSnapshot;
  /** What the case had charged or held after the decision, and the most that it could have held. */
  chargedUnits: bigint;
  multiplierBps: number;
  occurredAtMs: number;
}

/** A suspension or exclusion that ended or softened, and why. */
export interface AccessReturn {
  caseId: string;
  violationType: string;
  atMs: number;
  cause: 'gate' | 'overturn';
  state: CaseState;
}

/** A spell in which an alert really fired. */
export interface Truth {
  fromMs: number;
  toMs: number | null;
}

export interface Setup {
  family: Family;
  severities: Severity[];
  stake: bigint;
}

const TYPES: Record<Family, [string, string]> = {
  performance: ['downtime', 'subpar-delivery'],
  security: ['node-compromise', 'unauthorized-access'],
  operational: ['stake-shortfall', 'resource-hoarding'],
};

export const REPEAT_MS = 6 * HOUR_MS;
const SOURCES = [0, 1].map((no) => aSource(`s${no}`, { repeatIntervalMs: REPEAT_MS }));

/** What there is: one participant of two resources, two monitors and a probe, its ledger, sanctions and cases. */
export class World {
  nowMs = T0;
  ledger: LedgerSnapshot;
  cases: CaseState[] = [];
  sanctions: Sanction[] = [];
  readonly transfers: Transfer[] = [];
  readonly decisions: Decision[] = [];
  readonly returns: AccessReturn[] = [];
  /** Ledger and cases as they were right after stake left. */
  readonly exits: Pick<World, 'ledger' | 'cases'>[] = [];
  readonly votes = new Map<string, Vote[]>();
  readonly truth = new Map<string, Truth[]>();
  readonly heads = new Map<string, AlertHead>();
  readonly participant: Participant = aParticipant(2);
  readonly law: PinnedLaw;
  readonly laws: Laws;
  readonly types: [string, string];
  probe: 'honest' | 'blind' | 'healthy' = 'honest';
  backlogSinceMs: number | null = null;
  private readonly severities: Severity[];
  private serial = 0;
  private readonly bases = new Map<string, string>();

  constructor(setup: Setup, laws: Partial<Laws> = {}) {
    this.laws = { ...LAWS, ...laws };
    this.law = lawOf(setup.family);
    this.types = TYPES[setup.family];
    this.severities = setup.severities;
    for (const resource of this.participant.resources.slice(0, 1)) resource.capacity = 3;
    this.ledger = { ...aLedger(0n), balances: emptyBalances(), deposits: [] };
    this.move(deposit(this.ledger, { transferId: 'in', units: setup.stake, atMs: T0 - DAY_MS }));
  }

  /** A number that no other thing in this world has. */
  next(): number {
    this.serial += 1;
    return this.serial;
  }

  move(move: LedgerMove): void {
    this.ledger = applyMove(this.ledger, move);
    this.transfers.push(...move.transfers);
  }

  put(state: CaseState): void {
    this.block(state);
    this.cases = this.cases.map((old) => (old.caseId === state.caseId ? state : old));
  }

  /** What the case keeps from leaving, written as its steps do: where what it rests on has changed (rule D8). */
  private block(state: CaseState): void {
    const entry = this.entry(state.caseId);
    if (entry === undefined || !entry.counts) return;
    const { caseId, severity, multiplierBps, stage } = state;
    const start = { rung: state.startRung ?? 'W', multiplierBps };
    const raised = {
      announced: state.proposal?.rung ?? state.announced?.rung ?? null,
      refused: state.refusedRungs,
    };
    const highest = highestReachable(this.law, severity, start.rung, raised);
    const basis = `${stage === 'ended'} ${severity} ${start.rung} ${multiplierBps} ${highest}`;
    if (this.bases.get(caseId) === basis) return;
    this.bases.set(caseId, basis);
    const blockUnits = stage === 'ended' ? 0n : this.exposureOf(state, start, raised);
    this.move(amendEntry(this.ledger, caseId, { blockUnits }));
  }

  private exposureOf(
    state: CaseState,
    start: ExposureInput['start'],
    raised: ExposureInput['raised'],
  ): bigint {
    return this.laws.exposure({
      law: this.law,
      severity: state.severity,
      start,
      raised,
      participant: this.participant,
      resourceIds: this.participant.resources.map(({ resourceId }) => resourceId),
      snapshot: this.ledger,
      caseId: state.caseId,
      occurredAtMs: state.occurredAtMs ?? this.nowMs,
      nowMs: this.nowMs,
    });
  }

  sanction(sanction: Sanction): void {
    this.sanctions = [...this.sanctions.filter((own) => own.caseId !== sanction.caseId), sanction];
  }

  sanctionOf(caseId: string): Sanction | null {
    return this.sanctions.find((own) => own.caseId === caseId) ?? null;
  }

  entry(caseId: string): CaseEntry | undefined {
    return this.ledger.cases.find((entry) => entry.caseId === caseId);
  }

  openCase(type: string): CaseState | undefined {
    return this.cases.find((state) => state.violationType === type && state.stage !== 'ended');
  }

  severityOf(type: string): Severity {
    return this.severities[this.types.indexOf(type)] ?? 'minor';
  }

  headsOf(type: string): AlertHead[] {
    return [...this.heads.values()].filter((head) => head.violationType === type);
  }

  firingNodes(type: string): (string | null)[] {
    const firing = this.headsOf(type).filter(({ status }) => status === 'firing');
    return [...new Set(firing.map(({ resourceId }) => resourceId))].sort();
  }

  /** The spells of one resource, as they really were, over all monitors. */
  truthOf(type: string, node: string | null): Truth[] {
    return [...this.truth].flatMap(([key, spells]) => {
      const [, ofType, ofNode] = key.split('/');
      return ofType === type && (node === null || ofNode === node) ? spells : [];
    });
  }

  /** Whether a resource really fires, at any monitor. */
  isFiring(type: string, node: string | null = null): boolean {
    return this.truthOf(type, node).some(({ toMs }) => toMs === null);
  }

  /** A monitor tells what an alert is like now; returns whether anything new was learnt. */
  observe(key: string, fires: boolean): void {
    const [sourceId = '', violationType = '', resourceId = ''] = key.split('/');
    const spell = this.truth.get(key)?.at(-1);
    const source = SOURCES.find((one) => one.sourceId === sourceId);
    if (spell === undefined || source === undefined) return;
    const { nextHead } = acceptObservation(
      this.heads.get(key) ?? null,
      {
        alertKey: key,
        sourceId,
        state: fires ? 'firing' : 'resolved',
        participantId: 'p-1',
        resourceId,
        violationType,
        severity: this.severityOf(violationType),
        startsAtMs: spell.fromMs,
        endsAtMs: spell.toMs,
        receivedAtMs: this.nowMs,
        mappingVersion: 'm-1',
        summary: '',
        evidenceUrl: null,
      },
      { ...source, freshMinMs: this.law.freshMinMs },
    );
    if (nextHead !== null) this.heads.set(key, nextHead);
  }

  /** Asks the evidence gate about one case. */
  gate(state: CaseState, rung: Rung, named: GateInput['named']): GateVerdict {
    const healthy = (node: string): boolean | null => {
      if (this.probe === 'honest') return !this.isFiring(state.violationType, node);
      return this.probe === 'healthy' ? true : null;
    };
    const nodes = this.participant.resources.map(({ resourceId }) => resourceId);
    return this.laws.judge({
      nowMs: this.nowMs,
      law: this.law,
      rung,
      heads: this.headsOf(state.violationType),
      sources: SOURCES,
      controlGroup: this.participant.controlGroup,
      probes: nodes.map((node) => ({ resourceId: node, group: 'probe', healthy: healthy(node) })),
      oldestUndeliveredMs: this.backlogSinceMs,
      named,
    });
  }
}
