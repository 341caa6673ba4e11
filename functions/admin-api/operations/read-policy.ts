import type { readPolicy as operation } from '../../../contracts/http/policies.ts';
import { lintPolicyFile } from '../../../contracts/policy.ts';
import { sha256Hex } from '../../shared/canonical.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { knownVersion } from '../change-register.ts';
import type { AdminApiDeps } from '../deps.ts';
import { boundsView, publicationView } from '../policy-view.ts';

type Read = typeof operation;

/** Reads a version with its file, as it was proposed or installed. Throws `policy-unknown`. */
export async function readPolicy(
  deps: Pick<AdminApiDeps, 'policies'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { version } = call.params;
  const { all } = await deps.policies.read();
  const publication = knownVersion(all, version);
  const text = await deps.policies.file(version);
  const file: Record<string, unknown> | null = text === null ? null : JSON.parse(text);
  const policy =
    file === null ? await deps.policies.policy(version) : lintPolicyFile(file, sha256Hex).policy;
  const view = publicationView(all, publication, call.nowMs);
  return { body: { ...view, bounds: policy === null ? [] : boundsView(policy), policy: file } };
}
