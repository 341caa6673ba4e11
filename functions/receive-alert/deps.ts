import type { SourceConfig } from '../../contracts/source-config.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Directory } from '../../domain/ports/directory.ts';
import type { IntakeStore } from '../../domain/ports/intake.ts';
import type { SecretStore } from '../../domain/ports/secret-store.ts';
import type { Meter } from '../shared/metrics.ts';
import type { Log } from '../shared/tracing.ts';

/** What the reception of alerts is made from. */
export interface ReceiveAlertDeps {
  readonly intake: IntakeStore;
  readonly directory: Pick<Directory, 'participant' | 'policyAt'> & {
    sourceConfig(sourceId: string): Promise<SourceConfig | null>;
  };
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly newReceiptId: () => string;
  readonly logger?: Log;
  readonly meter?: Meter;
}
