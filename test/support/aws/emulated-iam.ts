import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Begin of the condition keys that ministack does not know: a statement that asks for one never allows anything there. */
const UNKNOWN_KEY = 'kms:EncryptionContext:';

/**
 * Takes the conditions on the encryption context out of an assembly's IAM policies, so that an emulator that knows nothing of them can
 * decide by action and resource. What the conditions are is asserted on the templates themselves. Returns how many were taken out.
 */
export function withoutContextConditions(assembly: string): number {
  let removed = 0;
  for (const name of readdirSync(assembly).filter((file) => file.endsWith('.template.json'))) {
    const file = path.join(assembly, name);
    const template: unknown = JSON.parse(readFileSync(file, 'utf8'), (key, value) => {
      if (key !== 'Condition' || !asksForContext(value)) return value;
      removed += 1;
      return undefined;
    });
    writeFileSync(file, JSON.stringify(template, null, 1));
  }
  return removed;
}

function asksForContext(condition: unknown): boolean {
  return JSON.stringify(condition ?? null).includes(`"${UNKNOWN_KEY}`);
}
