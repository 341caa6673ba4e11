import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { readParticipant } from '../../../adapters/dynamodb/participant-registry.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Env, Out } from '../program.ts';
import { addSecretCommands, type SecretPlace } from './secrets.ts';

/** `ops participants secret`: what a participant's notices are signed with. */
export function addParticipantCommands(program: Command, env: Env, out: Out): void {
  const participants = program
    .command('participants')
    .description('Look after what participants are reached with');
  addSecretCommands(participants, 'participant', env, out, secretOfParticipant);
}

async function secretOfParticipant(store: Store, participantId: string): Promise<SecretPlace> {
  const participant = await readParticipant(store, participantId);
  if (participant?.endpoint) return { secretId: participant.endpoint.secretId, form: 'webhook' };
  throw new DomainError(
    'endpoint-missing',
    'caller',
    participant === null
      ? `There is no participant ${participantId}.`
      : `${participantId} has no endpoint, so nothing is signed for it.`,
  );
}
