import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type KeyFileContent, writeKeyFile } from '../../adapters/secrets/key-file.ts';
import { demoParticipants } from './demo-network.ts';
import { ALERTMANAGER_SECRET, NATIVE_SECRET } from './demo-sources.ts';

/** Id of the secret that signs a participant's notices. */
export function noticeSecretId(participantId: string): string {
  return `participant/${participantId}`;
}

/** Makes the key file of a new data folder; an existing one stays as it is. Returns what it holds. */
export async function openKeys(file: string): Promise<KeyFileContent> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const content: KeyFileContent = {
    [ALERTMANAGER_SECRET]: [randomBytes(24).toString('base64url')],
    [NATIVE_SECRET]: [webhookSecret()],
    ...Object.fromEntries(
      demoParticipants().map(({ participantId }) => [
        noticeSecretId(participantId),
        [webhookSecret()],
      ]),
    ),
  };
  await writeKeyFile(file, content);
  return content;
}

/** A secret as Standard Webhooks write it. */
function webhookSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}
