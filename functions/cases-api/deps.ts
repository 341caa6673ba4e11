import type { CaseMessages } from '../../domain/ports/case-messages.ts';
import type { CaseReader } from '../../domain/ports/case-reader.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { IntakeStore } from '../../domain/ports/intake.ts';
import type { TokenVerifier } from '../shared/principal.ts';

/** What the cases API is made from. */
export interface CasesApiDeps {
  readonly networkId: string;
  readonly cases: CaseReader;
  readonly messages: CaseMessages;
  readonly receipts: Pick<IntakeStore, 'readReceipt'>;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
}
