import { readFileSync } from 'node:fs';
import { lintPolicyFile } from '../../../contracts/policy.ts';

// biome-ignore lint/suspicious/noExplicitAny: a file is edited at will here
export type Draft = any;
export type Edit = (draft: Draft) => void;

/** A broken policy: what is wrong with it, how it is broken, and the sentence that says so. */
export type Broken = [name: string, edit: Edit, sentence: string];

export const W = 0;
export const P1 = 1;
export const P2 = 2;
export const S1 = 3;
export const S2 = 4;

/** A shipped policy file, to be edited. */
export function file(name: 'default' | 'demo'): Draft {
  const url = new URL(`../../../policies/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

/** The faults of the default policy after an edit. */
export function faultsOf(edit: Edit): readonly string[] {
  const draft = file('default');
  edit(draft);
  return lintPolicyFile(draft, () => 'hash').faults;
}

/** Changes one rung of the performance ladder. */
export const rung = (index: number, change: object): Edit => {
  return (draft) => Object.assign(draft.families.performance.rungs[index], change);
};

/** Changes the law of performance. */
export const performance = (change: object): Edit => {
  return (draft) => Object.assign(draft.families.performance, change);
};

/** Changes the network's own numbers. */
export const network = (change: object): Edit => {
  return (draft) => Object.assign(draft, change);
};

/** Changes downtime. */
export const downtime = (change: object): Edit => {
  return (draft) => Object.assign(draft.violationTypes.downtime, change);
};

/** A check that asks another monitoring server. */
export const asking = (query: string) => ({
  kind: 'promql',
  group: 'b',
  server: 'b',
  query,
  timeout: '5s',
});
