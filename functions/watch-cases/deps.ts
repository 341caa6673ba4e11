import type { CaseWatch } from '../../domain/ports/case-watch.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import type { Meter } from '../shared/metrics.ts';
import type { Log } from '../shared/tracing.ts';

/** What watching over the cases is made from: it reads and counts, and changes nothing. */
export interface WatchCasesDeps {
  readonly cases: CaseWatch;
  readonly law: Pick<Directory, 'policy'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Pick<Log, 'warn'>;
  /** An appeal that waits for auditors longer than this is overdue (rule E6). */
  readonly auditTermMs: number;
  /** At most this many open cases are looked at in one run. Default 20,000. */
  readonly maxCases?: number;
}
