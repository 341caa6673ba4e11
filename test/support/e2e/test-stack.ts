import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore, type Store } from '../../../adapters/dynamodb/client.ts';
import { NETWORK_ID, TABLE_PREFIX } from '../../../apps/local/child-env.ts';
import { localStoreAccess } from '../../../apps/local/parts/store.ts';
import { type LocalStack, type StackOptions, startLocalStack } from '../../../apps/local/stack.ts';
import { demoPolicy } from '../local-stack.ts';

/** A whole stack on a folder of its own, and a look into its store. */
export interface TestStack {
  readonly stack: LocalStack;
  readonly data: string;
  readonly store: Store;
  readonly close: () => Promise<void>;
}

/** The parts of the demonstration's law that tests lengthen or shorten. */
export interface DemoLaw {
  version: string;
  disputeWindow: Record<'warning' | 'penalty' | 'severe', string>;
  pendingHardStop: string;
  governorAsk: string;
  readmission: { after: string };
  families: Record<
    'performance' | 'operational' | 'security',
    {
      recurrenceWindow: string;
      rungs: {
        id: string;
        tier: string;
        probation: string;
        graceBefore: string;
        auditors: number;
      }[];
    }
  >;
}

/** Long enough for every window that a test may lengthen: the law must fit it, or it is refused. */
export function remember(law: DemoLaw): void {
  law.readmission.after = '12h';
  for (const family of Object.values(law.families)) family.recurrenceWindow = '12h';
}

/** How a test's stack differs from the demonstration. */
export interface TestStackOptions extends Partial<StackOptions> {
  /** Changes the demonstration's law before it comes into force. */
  readonly changeLaw?: (law: DemoLaw) => void;
}

/** Starts a stack with the demonstration's law on a new folder that `close` removes. */
export async function openTestStack(
  name: string,
  { changeLaw, ...options }: TestStackOptions = {},
): Promise<TestStack> {
  const folder = mkdtempSync(path.join(tmpdir(), `swarm-${name}-`));
  const data = path.join(folder, 'data');
  const policyPath = changeLaw ? changedLaw(path.join(folder, 'law.json'), changeLaw) : demoPolicy;
  const stack = await startLocalStack({ data, policyPath, ...options });
  const store = openStore({
    endpoint: stack.storeEndpoint,
    ...localStoreAccess,
    tablePrefix: TABLE_PREFIX,
    networkId: NETWORK_ID,
  });
  return {
    stack,
    data,
    store,
    async close() {
      store.client.destroy();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function changedLaw(file: string, change: (law: DemoLaw) => void): string {
  const law: DemoLaw = JSON.parse(readFileSync(demoPolicy, 'utf8'));
  change(law);
  writeFileSync(file, JSON.stringify(law));
  return file;
}
