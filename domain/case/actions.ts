import type { Principal } from '../principal.ts';
import type { RungId } from '../violation.ts';
import type { Verdict, VerdictReason } from './dispute.ts';

/** What people can do in a case (design §5, messages). The workflow's validators decide whether they may (rules C4, E1–E4). */
export type CaseAction =
  | { kind: 'acknowledge'; note: string }
  | { kind: 'answer'; text: string }
  | { kind: 'submitRemediation'; cause: string; actions: string }
  | { kind: 'confirmRemediation'; note: string }
  | { kind: 'requestChecks' }
  | { kind: 'appeal'; grounds: string }
  | { kind: 'askReadmission'; grounds: string }
  | { kind: 'recordFinding'; result: 'pass' | 'fail'; note: string }
  | { kind: 'propose'; what: 'rung'; rung: RungId; reason: string }
  | { kind: 'propose'; what: 'dismiss'; reasonCode: string; reason: string }
  | { kind: 'approve'; proposalId: string; draftHash: string; reason: string }
  | {
      kind: 'veto';
      proposalId: string;
      draftHash: string;
      stance: 'veto' | 'confirm' | 'lift';
      reason: string;
    }
  | { kind: 'openDispute'; decisionId: string; grounds: string }
  | {
      kind: 'decideDispute';
      disputeId: string;
      result: Verdict;
      /** Set for `reduced` alone: the rung that stands. */
      toRung: RungId | null;
      reasonCode: VerdictReason;
      reason: string;
    }
  | { kind: 'addNote'; text: string };

/** An action with who does it and the idempotency of its request. */
export interface ActionRequest<A extends CaseAction = CaseAction> {
  v: 1;
  principal: Principal;
  /** The `Idempotency-Key` of the request. */
  key: string;
  /** SHA-256 of the canonical body, hex: the same key with another body is `idempotency-key-reused`. */
  bodyHash: string;
  action: A;
}

/** What the API answers to an accepted action. */
export interface ActionResult {
  v: 1;
  caseId: string;
  action: CaseAction['kind'];
  atMs: number;
  /** Set when the action made a proposal. */
  proposalId: string | null;
  draftHash: string | null;
  /** Set when the action opened or ruled on a dispute. */
  disputeId?: string;
}
