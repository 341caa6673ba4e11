import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { AuditEntry } from '../../../domain/case/record.ts';

/** The whole history of a case, oldest first. */
export async function readAuditOf(store: Store, caseId: string): Promise<AuditEntry[]> {
  const reader = createCaseReader(store);
  const entries: AuditEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.timeline(caseId, cursor, 100);
    entries.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return entries;
}
