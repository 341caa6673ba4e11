import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Publication } from '../../domain/law/publication.ts';
import { sha256Hex } from '../../functions/shared/canonical.ts';
import { openInstallation, type TestInstallation } from '../ops/test-installation.ts';
import { enactPolicy } from './seed.ts';

let installed: TestInstallation;
beforeEach(async () => {
  installed = await openInstallation();
});
afterEach(() => installed?.close());

function lawOf(version: string, change: object = {}) {
  const file = new URL('../../policies/demo.json', import.meta.url);
  const json = { ...JSON.parse(readFileSync(file, 'utf8')), version, ...change };
  return { policy: parsePolicy(json, sha256Hex), fileText: canonicalJson(json) };
}

/** Starts a stack with a file, as far as the law is concerned. Returns the version in force. */
async function startWith(version: string, change: object = {}): Promise<string> {
  const { store } = installed;
  const law = lawOf(version, change);
  return (await enactPolicy({ store, ...law, createdAtMs: Date.now() })).version;
}

/** Two people make a version law, a moment ago. */
async function publish(version: string): Promise<void> {
  const { policy, fileText } = lawOf(version);
  const register = createPolicyRegister(installed.store);
  const { revision } = await register.read();
  const publication: Publication = {
    version,
    hash: policy.hash,
    effectiveFromMs: Date.now(),
    proposers: ['mara'],
    proposedAtMs: 0,
    draftHash: 'draft',
    approvedBy: 'gwen',
    approvedAtMs: 1,
    withdrawnBy: null,
    withdrawnAtMs: null,
    publishedBy: ['mara', 'gwen'],
    boundMs: null,
  };
  const audit = {
    entryId: version,
    participantId: '@network',
    caseId: null,
    atMs: 1,
    kind: 'policy-approved',
    actor: 'gwen',
    summary: '',
    data: {},
  };
  const change = { publication, fileText, enacts: policy, revokes: false, audit };
  const done = await register.commit({ ...change, expectedRevision: revision });
  if (done !== 'committed') throw new Error('The register was changed by somebody else.');
}

it('begins with a file, and with another one goes on under that from now on', async () => {
  expect(await startWith('demo-1')).toBe('demo-1');
  expect(await startWith('demo-1')).toBe('demo-1');
  expect(await startWith('demo-2')).toBe('demo-2');
  await expect(startWith('demo-1')).rejects.toThrow(/demo-1 was replaced by demo-2/);
  await expect(startWith('demo-2', { relayAttempts: 7 })).rejects.toThrow(/another content/);
});

it('starts under the law that people have made since, with the file that it began with', async () => {
  await startWith('demo-1');
  await publish('next-1');
  expect(await startWith('demo-1')).toBe('next-1');
  const { all } = await createPolicyRegister(installed.store).read();
  expect(all.map(({ version }) => version)).toEqual(['demo-1', 'next-1']);
});
