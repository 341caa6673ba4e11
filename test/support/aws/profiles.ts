import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { localAws } from '../parts/ministack.ts';

/**
 * Writes a profile per role, so that any AWS client can act as it: the SDK assumes roles by itself. The emulator lets the account's root
 * assume a role that trusts a service, which AWS would refuse.
 * @param roles ARNs by the names that the profiles get; beside them there is `root`
 * @returns the environment of a client that shall find them
 */
export function writeProfiles(
  folder: string,
  roles: Readonly<Record<string, string>>,
): { readonly AWS_CONFIG_FILE: string; readonly AWS_SHARED_CREDENTIALS_FILE: string } {
  const { region, credentials } = localAws;
  const lines = [
    '[profile root]',
    `aws_access_key_id = ${credentials.accessKeyId}`,
    `aws_secret_access_key = ${credentials.secretAccessKey}`,
    ...Object.entries(roles).flatMap(([name, arn]) => [
      `[profile ${name}]`,
      `role_arn = ${arn}`,
      'source_profile = root',
      `region = ${region}`,
    ]),
  ];
  const file = path.join(folder, `profiles-${Object.keys(roles).length}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return {
    AWS_CONFIG_FILE: file,
    // Nothing of this machine's own is read.
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'no-credentials'),
  };
}
