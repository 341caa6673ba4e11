import { DomainError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import type { Principal } from '../principal.ts';

/** Processes may know the versions of the law as they were this long ago (design §4). */
const LONGEST_CACHE_MS = 60_000;

/** One version of the law on its way into force, as the register keeps it. Instants in epoch ms. */
export interface Publication {
  readonly version: string;
  /** SHA-256 of the file's canonical JSON, hex. */
  readonly hash: string;
  readonly effectiveFromMs: number;
  /** Everybody who proposed it or moved its start, in order; empty for a law that came with the installation. */
  readonly proposers: readonly string[];
  readonly proposedAtMs: number | null;
  /** Hash of exactly what an approver reads (rule E2); null for a law that came with the installation. */
  readonly draftHash: string | null;
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
  readonly withdrawnBy: string | null;
  readonly withdrawnAtMs: number | null;
  /** Persons in the conflict set of every case under it (rule E1). */
  readonly publishedBy: readonly string[];
  /** The longest bound of invariant H10 over its violation types, in ms; null for a law that is older than the bound. */
  readonly boundMs: number | null;
}

/** Where a version is on its way. */
export type PublicationState = 'proposed' | 'scheduled' | 'in-force' | 'superseded' | 'withdrawn';

/** Whether a version has been, is or will be law: it came with the installation or was approved, and was not withdrawn. */
export function isEnacted(publication: Publication): boolean {
  const { proposers, approvedAtMs, withdrawnAtMs } = publication;
  return withdrawnAtMs === null && (proposers.length === 0 || approvedAtMs !== null);
}

/** The version in force at an instant; null before the first. */
export function inForceAt(all: readonly Publication[], atMs: number): Publication | null {
  return all
    .filter((each) => isEnacted(each) && each.effectiveFromMs <= atMs)
    .reduce<Publication | null>(
      (last, each) => (last === null || each.effectiveFromMs >= last.effectiveFromMs ? each : last),
      null,
    );
}

/** The state of a version among all of its network. */
export function publicationState(
  all: readonly Publication[],
  publication: Publication,
  nowMs: number,
): PublicationState {
  if (publication.withdrawnAtMs !== null) return 'withdrawn';
  if (!isEnacted(publication)) return 'proposed';
  if (publication.effectiveFromMs > nowMs) return 'scheduled';
  return inForceAt(all, nowMs)?.version === publication.version ? 'in-force' : 'superseded';
}

/** How long after its approval a version comes into force at the earliest, in ms (design §6). */
export function noticeOf(law: Policy): number {
  // A law that was stored before laws said so.
  return law.policyNoticeMs ?? law.noticeFallbackMs;
}

/** How old a process's knowledge of the versions may be, in ms, so that each is known everywhere before it is law (design §4). */
export function cacheAgeFor(noticeMs: number): number {
  return Math.min(LONGEST_CACHE_MS, noticeMs / 2);
}

/** The register as a decision reads it: all versions, and the law in force. */
export interface RegisterView {
  readonly all: readonly Publication[];
  readonly law: Policy;
  readonly nowMs: number;
}

/** Whether a draft waits for approval exactly like this, last proposed by the same person: proposing it again changes nothing. */
export function isProposedAlike(
  present: Publication,
  draft: Pick<Publication, 'hash' | 'effectiveFromMs' | 'proposers'>,
): boolean {
  return (
    present.withdrawnAtMs === null &&
    present.approvedAtMs === null &&
    present.hash === draft.hash &&
    present.effectiveFromMs === draft.effectiveFromMs &&
    present.proposers.join('\n') === draft.proposers.join('\n')
  );
}

/**
 * Whether a draft may be proposed: a version of its own, never retroactive, with the notice of the law in force, behind every version that
 * is law or will be. Throws `policy-version-taken`, `policy-not-proposed`, `policy-start-past`, `policy-notice-short`,
 * `policy-out-of-order`.
 */
export function checkProposal(
  draft: Pick<Publication, 'version' | 'hash' | 'effectiveFromMs'>,
  view: RegisterView,
): void {
  const { version, hash } = draft;
  const present = view.all.find((each) => each.version === version);
  if (present !== undefined && present.hash !== hash) {
    throw refused(
      'policy-version-taken',
      'There is a policy of this version with another content. Give the new one a new version.',
      { version },
    );
  }
  if (present !== undefined) requireProposed(present, view);
  requireTime(draft, view);
}

/**
 * Whether a person may make a proposed version law: a second person, from outside every participant, who names exactly what is proposed,
 * in time for the notice (rules E1, E2). Throws `policy-not-proposed`, `draft-changed`, `second-person-needed`, `person-affiliated`,
 * `policy-start-past`, `policy-notice-short`, `policy-out-of-order`.
 */
export function checkApproval(
  publication: Publication,
  approver: Pick<Principal, 'person' | 'participantId' | 'controlGroup'>,
  draftHash: string,
  view: RegisterView,
): void {
  requireProposed(publication, view);
  if (publication.draftHash !== draftHash) {
    throw refused('draft-changed', 'The draft is not the one you named; read it again.', {
      draftHash: publication.draftHash,
    });
  }
  if (publication.proposers.includes(approver.person)) {
    throw refused(
      'second-person-needed',
      'Who proposed a law does not approve it, whatever the account; another governor must.',
    );
  }
  if (approver.participantId !== null || approver.controlGroup !== null) {
    throw refused(
      'person-affiliated',
      'This person belongs to a participant; laws are approved by people outside of them.',
    );
  }
  requireTime(publication, view);
}

/**
 * Whether a version may be withdrawn: while it is proposed, or scheduled and far enough ahead that every process learns of it in time.
 * Throws `policy-in-force`, `policy-withdrawn`, and `governor-needed` for a scheduled one, which takes a governor.
 */
export function checkWithdrawal(
  publication: Publication,
  principal: Pick<Principal, 'roles'>,
  { all, law, nowMs }: RegisterView,
): void {
  const state = publicationState(all, publication, nowMs);
  if (state === 'withdrawn') {
    throw refused('policy-withdrawn', 'The version was withdrawn before.');
  }
  const leadMs = cacheAgeFor(noticeOf(law));
  const isLaw = state === 'in-force' || state === 'superseded';
  if (isLaw || (state === 'scheduled' && publication.effectiveFromMs - nowMs <= leadMs)) {
    throw refused(
      'policy-in-force',
      'The version is law, or will be before everybody knew of its withdrawal. Propose another one.',
      { effectiveFromMs: publication.effectiveFromMs },
    );
  }
  if (state === 'scheduled' && !principal.roles.includes('governor')) {
    throw refused('governor-needed', 'An approved law is withdrawn by a governor.');
  }
}

function requireProposed(publication: Publication, { all, nowMs }: RegisterView): void {
  const state = publicationState(all, publication, nowMs);
  if (state === 'proposed') return;
  throw refused(
    'policy-not-proposed',
    `The version is ${state}: it is not waiting for approval. A change needs a version of its own.`,
    { version: publication.version, state },
  );
}

function requireTime(
  draft: Pick<Publication, 'version' | 'effectiveFromMs'>,
  { all, law, nowMs }: RegisterView,
): void {
  const { effectiveFromMs } = draft;
  if (effectiveFromMs <= nowMs) {
    throw refused(
      'policy-start-past',
      'A law never comes into force in the past: what has happened is judged by the law of its time.',
      { effectiveFromMs, nowMs },
    );
  }
  const earliestMs = nowMs + noticeOf(law);
  if (effectiveFromMs < earliestMs) {
    throw refused(
      'policy-notice-short',
      `The law in force asks for a notice of ${noticeOf(law)} ms between approval and start.`,
      { effectiveFromMs, earliestMs },
    );
  }
  const later = all.find(
    (each) =>
      each.version !== draft.version && isEnacted(each) && each.effectiveFromMs >= effectiveFromMs,
  );
  if (later !== undefined) {
    throw refused(
      'policy-out-of-order',
      `Version ${later.version} comes into force at the same time or later. Choose a later start, or have it withdrawn.`,
      { version: later.version, effectiveFromMs: later.effectiveFromMs },
    );
  }
}

function refused(
  code: string,
  message: string,
  details: Record<string, string | number | null> = {},
): DomainError {
  return new DomainError(code, 'conflict', message, details);
}
