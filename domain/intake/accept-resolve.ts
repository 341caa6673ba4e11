import type { AlertHead, FiringInterval, Observation } from '../observation.ts';
import type { Acceptance } from './accept.ts';
import {
  type AcceptingSource,
  beganAtMs,
  endedAtMs,
  evidenceFromMs,
  evidenceHoldsMs,
  saysTheSame,
} from './evidence-of.ts';
import { closeInterval, extendInterval, openInterval } from './intervals.ts';

/** A spell in the source's own words: where it began and ended, neither after it was heard of. */
interface SaidSpell {
  startsAtMs: number;
  endsAtMs: number;
}

/**
 * Judges a resolve by the end it names, not by its arrival (rule B4): it closes the alert if that is no earlier than the
 * newest start we know. One that names an earlier end belongs to a spell before, one without a head is an orphan; both are
 * kept, so that fires they have overtaken are known as late copies.
 */
export function acceptResolve(
  head: AlertHead | null,
  observation: Observation,
  source: AcceptingSource,
): Acceptance {
  const said = saidSpell(observation);
  if (head === null) return orphan(observation, said);
  if (head.status === 'resolved') return afterTheEnd(head, observation, said, source);
  if (said.endsAtMs >= head.startsAtMs) return ending(head, observation, said, source);
  return quiet(head, withSpell(head, said, source), 'recorded-only');
}

function saidSpell(observation: Observation): SaidSpell {
  const startsAtMs = beganAtMs(observation);
  const endsAtMs = Math.min(
    observation.endsAtMs ?? observation.receivedAtMs,
    observation.receivedAtMs,
  );
  return { startsAtMs, endsAtMs: Math.max(startsAtMs, endsAtMs) };
}

function orphan(observation: Observation, said: SaidSpell): Acceptance {
  const nextHead: AlertHead = {
    alertKey: observation.alertKey,
    sourceId: observation.sourceId,
    seq: 1,
    status: 'resolved',
    participantId: observation.participantId,
    resourceId: observation.resourceId,
    violationType: observation.violationType,
    severity: observation.severity,
    mappingVersion: observation.mappingVersion,
    startsAtMs: said.startsAtMs,
    firstReceivedAtMs: observation.receivedAtMs,
    endsAtMs: said.endsAtMs,
    lastSeenAtMs: said.startsAtMs,
    intervals: [],
    rearmedByCaseId: null,
    lastResolve: said,
  };
  return { fate: 'orphan', nextHead, write: 'quiet', change: null };
}

function ending(
  head: AlertHead,
  observation: Observation,
  said: SaidSpell,
  source: AcceptingSource,
): Acceptance {
  const { receivedAtMs } = observation;
  // A fire heard after this resolve came says nothing about the time before it.
  const evidenceMs = head.lastSeenAtMs <= receivedAtMs ? head.lastSeenAtMs : said.endsAtMs;
  const endsAtMs = Math.min(Math.max(said.endsAtMs, evidenceMs), receivedAtMs);
  const { lateCopyAtMs: _over, ...rest } = head;
  const nextHead: AlertHead = {
    ...rest,
    seq: head.seq + 1,
    status: 'resolved',
    startsAtMs: Math.max(head.startsAtMs, said.startsAtMs),
    endsAtMs,
    intervals: endedIntervals(head, observation, endsAtMs, source),
    rearmedByCaseId: null,
    lastResolve: said,
  };
  return { fate: 'pending', nextHead, write: 'news', change: 'resolved' };
}

function endedIntervals(
  head: AlertHead,
  observation: Observation,
  endsAtMs: number,
  source: AcceptingSource,
): FiringInterval[] {
  const began = beganAtMs(observation);
  if (began > head.startsAtMs) {
    // The resolve is of a later spell than the one we know: between them the alert was clear.
    const closed = closeInterval(head.intervals, Math.min(head.lastSeenAtMs, began));
    const fromMs = Math.min(evidenceFromMs(observation, source), endsAtMs);
    return closeInterval(openInterval(closed, fromMs), endsAtMs);
  }
  // No evidence, no clock: a resolve after a long silence does not say that it fired until then.
  const isSilent = endsAtMs - head.lastSeenAtMs > evidenceHoldsMs(source);
  return closeInterval(head.intervals, isSilent ? head.lastSeenAtMs : endsAtMs);
}

function afterTheEnd(
  head: AlertHead,
  observation: Observation,
  said: SaidSpell,
  source: AcceptingSource,
): Acceptance {
  const endMs = endedAtMs(head);
  const { lateCopyAtMs: _over, ...rest } = withSpell(head, said, source);
  if (said.endsAtMs <= endMs) {
    const isCopy = said.endsAtMs === endMs && said.startsAtMs === head.lastResolve?.startsAtMs;
    return quiet(head, rest, isCopy ? 'repeat' : 'recorded-only');
  }
  const later: AlertHead = {
    ...rest,
    startsAtMs: Math.max(head.startsAtMs, said.startsAtMs),
    endsAtMs: Math.max(head.endsAtMs ?? said.endsAtMs, said.endsAtMs),
  };
  const isUnseen = beganAtMs(observation) > endMs;
  return quiet(head, later, isUnseen ? 'orphan' : 'recorded-only');
}

/** Keeps what a resolve said of a spell that is already past. */
function withSpell(head: AlertHead, said: SaidSpell, source: AcceptingSource): AlertHead {
  const known = head.lastResolve;
  const lastResolve = known === undefined || said.endsAtMs > known.endsAtMs ? said : known;
  const spell = { fromMs: said.startsAtMs, toMs: said.endsAtMs };
  const intervals = extendInterval(head.intervals, spell, evidenceHoldsMs(source));
  return { ...head, intervals, lastResolve };
}

function quiet(head: AlertHead, nextHead: AlertHead, fate: Acceptance['fate']): Acceptance {
  if (saysTheSame(head, nextHead)) return { fate, nextHead: head, write: 'none', change: null };
  return { fate, nextHead: { ...nextHead, seq: head.seq + 1 }, write: 'quiet', change: null };
}
