import { toWire, type Wire } from '../../contracts/wire.ts';
import type { CaseRecord } from '../../domain/case/record.ts';

/** A case as the API shows it: the record without the version of its stored shape. */
export function caseView(record: CaseRecord): Omit<Wire<CaseRecord>, 'v'> & { shadow: boolean } {
  const { v: _, shadow = false, ...rest } = toWire(record);
  return { ...rest, shadow };
}
