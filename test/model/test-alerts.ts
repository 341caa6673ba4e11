import { MINUTE_MS } from '../../domain/law/test-fixtures.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Severity } from '../../domain/violation.ts';
import type { ModelIntake } from './test-intake.ts';
import { kept } from './test-plain.ts';
import { idOf, REPEAT_MS, TYPES } from './test-scene.ts';

/** Which alert: monitor, participant, violation type and node, by their numbers. */
export interface AlertNo {
  source: number;
  who: number;
  type: number;
  node: number;
}

/** What really goes on at one alert, and what its monitor does about it. */
interface Alert {
  key: string;
  participantId: string;
  violationType: string;
  resourceId: string;
  source: number;
  severity: Severity;
  spells: { fromMs: number; toMs: number | null }[];
  nextRepeatMs: number;
}

/** Two monitors: what they see, and how they repeat it while it lasts. */
export class Alerts {
  readonly all = new Map<string, Alert>();
  readonly sent: Observation[] = [];
  readonly silent = new Set<number>();
  /** Alerts of which old words were delivered again: they may say more than went on. */
  readonly muddled = new Set<string>();
  /** Whether every delivery comes twice, and a batch in another order. */
  isShaken = false;
  private readonly intake: ModelIntake;
  private readonly nowMs: () => number;

  constructor(intake: ModelIntake, nowMs: () => number) {
    this.intake = intake;
    this.nowMs = nowMs;
  }

  /** Something fails, or is graver than it was; its monitor says so. */
  fire(numbers: readonly AlertNo[], severity: Severity): void {
    this.deliver(
      numbers.map((no) => {
        const alert = this.alert(no);
        alert.severity = severity;
        if (alert.spells.at(-1)?.toMs !== null) {
          alert.spells.push({ fromMs: this.nowMs(), toMs: null });
          alert.nextRepeatMs = this.nowMs() + REPEAT_MS;
        }
        return this.silent.has(alert.source) ? null : this.word(alert, 'firing');
      }),
    );
  }

  /** Something is mended; the word of it may come late. */
  clear(numbers: readonly AlertNo[], lateMs = 0): void {
    this.deliver(
      numbers.map((no) => {
        const alert = this.alert(no);
        const last = alert.spells.at(-1);
        if (last?.toMs !== null) return null;
        last.toMs = Math.max(last.fromMs, this.nowMs() - lateMs);
        return this.silent.has(alert.source) ? null : this.word(alert, 'resolved');
      }),
    );
  }

  /** The monitor sees nothing: neither firing nor resolved. */
  noData(no: AlertNo): void {
    this.deliver([this.word(this.alert(no), 'no-data')]);
  }

  /** An old delivery comes again. */
  copy(nth: number): void {
    const old = this.sent.at(-1 - (nth % Math.max(1, this.sent.length)));
    if (!old) return;
    this.muddled.add(`${old.participantId}/${old.violationType}`);
    this.deliver([{ ...old, receivedAtMs: this.nowMs() }]);
  }

  /** A monitor falls silent, or speaks again. */
  silence(source: number, isSilent: boolean): void {
    this.repeat();
    if (isSilent) this.silent.add(source);
    else this.silent.delete(source);
  }

  /** Whether a resource really fails, of whatever type; null is the participant as a whole. */
  isFailing(participantId: string, resourceId: string | null): boolean {
    for (const alert of this.all.values())
      if (
        alert.participantId === participantId &&
        (resourceId === null || alert.resourceId === resourceId) &&
        alert.spells.at(-1)?.toMs === null
      )
        return true;
    return false;
  }

  /** Spells of a violation, over all monitors. */
  spellsOf(participantId: string, violationType: string, resourceId: string | null) {
    return [...this.all.values()].flatMap((alert) =>
      alert.participantId === participantId &&
      alert.violationType === violationType &&
      (resourceId === null || alert.resourceId === resourceId)
        ? alert.spells
        : [],
    );
  }

  /** Sends the repeats that are due. Those between, which say nothing new, are passed over. */
  repeat(): void {
    const nowMs = this.nowMs();
    for (const alert of this.all.values()) {
      if (alert.nextRepeatMs > nowMs || alert.spells.at(-1)?.toMs !== null) continue;
      const last =
        alert.nextRepeatMs + Math.floor((nowMs - alert.nextRepeatMs) / REPEAT_MS) * REPEAT_MS;
      if (!this.silent.has(alert.source)) this.repeatUntil(alert, last);
      alert.nextRepeatMs = last + REPEAT_MS;
    }
  }

  /** When the next repeat says something new: the head was re-armed (rule B6). */
  nextNewsMs(): number | null {
    let next: number | null = null;
    for (const alert of this.all.values()) {
      const at = this.newsOf(alert);
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }

  private newsOf(alert: Alert): number | null {
    const head = this.intake.heads.get(alert.key);
    const isFiring = alert.spells.at(-1)?.toMs === null && !this.silent.has(alert.source);
    if (!isFiring || !head || head.rearmedByCaseId === null) return null;
    return this.repeatFrom(alert, head.rearmedFromMs ?? 0);
  }

  private repeatFrom(alert: Alert, fromMs: number): number {
    const late = Math.max(0, fromMs - alert.nextRepeatMs);
    return alert.nextRepeatMs + Math.ceil(late / REPEAT_MS) * REPEAT_MS;
  }

  private repeatUntil(alert: Alert, lastMs: number): void {
    const news = this.newsOf(alert);
    const wanted = [alert.nextRepeatMs, ...(news === null ? [] : [news]), lastMs];
    const instants = [...new Set(wanted)].filter((at) => at <= lastMs).sort((a, b) => a - b);
    for (const atMs of instants) {
      this.passOver(alert, atMs - REPEAT_MS);
      this.intake.accept(this.word(alert, 'firing', atMs));
    }
  }

  /** What repeats did between, as each of them does it: the head was seen. */
  private passOver(alert: Alert, untilMs: number): void {
    const head = this.intake.heads.get(alert.key);
    if (head?.status !== 'firing' || head.lastSeenAtMs >= untilMs) return;
    if (head.lastSeenAtMs < alert.nextRepeatMs) return;
    this.intake.heads.set(alert.key, kept({ ...head, lastSeenAtMs: untilMs }));
  }

  private deliver(words: readonly (Observation | null)[]): void {
    const said = words.filter((word) => word !== null);
    this.sent.push(...said);
    const batch = this.isShaken ? [...said].reverse() : said;
    for (const word of batch) {
      this.intake.accept(word);
      if (this.isShaken) this.intake.accept(word);
    }
  }

  private alert({ source, who, type, node }: AlertNo): Alert {
    const participantId = idOf(who);
    const violationType = TYPES[type % TYPES.length] ?? TYPES[0];
    const resourceId = `node-${node + 1}`;
    const key = `s${source}/${participantId}/${violationType}/${resourceId}`;
    const known = this.all.get(key);
    if (known) return known;
    const alert: Alert = {
      ...{ key, participantId, violationType, resourceId, source },
      severity: 'minor',
      spells: [],
      nextRepeatMs: this.nowMs() + REPEAT_MS,
    };
    this.all.set(key, alert);
    return alert;
  }

  private word(
    alert: Alert,
    state: Observation['state'],
    receivedAtMs = this.nowMs(),
  ): Observation {
    const spell = alert.spells.at(-1);
    const startsAtMs = spell?.fromMs ?? receivedAtMs - MINUTE_MS;
    const { key, participantId, violationType, resourceId, severity } = alert;
    return {
      alertKey: key,
      sourceId: `s${alert.source}`,
      ...{ state, participantId, resourceId, violationType, severity, startsAtMs, receivedAtMs },
      endsAtMs: state === 'resolved' ? (spell?.toMs ?? receivedAtMs) : null,
      mappingVersion: 'm-1',
      summary: '',
      evidenceUrl: null,
    };
  }
}
