import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  type FunctionConfiguration,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { localAws } from '../parts/ministack.ts';
import type { Installation } from './installation.ts';

/** Somebody who calls AWS: the account's root, or a function by its role. */
export interface Identity {
  readonly dynamodb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly secrets: SecretsManagerClient;
}

/** A deployed function, by the name that the project gives it. */
export type DeployedFunctions = Readonly<Record<string, FunctionConfiguration>>;

/** All functions of an installation by name. */
export async function deployedFunctions({ aws }: Installation): Promise<DeployedFunctions> {
  const { region, credentials } = localAws;
  const lambda = new LambdaClient({ endpoint: aws.endpoint, region, credentials });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  lambda.destroy();
  return Object.fromEntries(
    Functions.map((it) => [it.Environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] ?? '', it]),
  );
}

/**
 * Clients that call as each function's own role, and as root. The SDK assumes the roles by itself, from a file of profiles; the emulator
 * lets root assume a role that trusts a service, which AWS would refuse.
 */
export function identitiesOf(
  { aws, folder }: Installation,
  functions: DeployedFunctions,
): { readonly root: Identity; readonly of: (functionName: string) => Identity } {
  const { region, credentials } = localAws;
  const profile = (name: string, lines: readonly string[]) => [`[profile ${name}]`, ...lines];
  const lines = [
    ...profile('root', [
      `aws_access_key_id = ${credentials.accessKeyId}`,
      `aws_secret_access_key = ${credentials.secretAccessKey}`,
    ]),
    ...Object.entries(functions).flatMap(([name, { Role }]) =>
      profile(name, [`role_arn = ${Role}`, 'source_profile = root', `region = ${region}`]),
    ),
  ];
  const file = path.join(folder, 'profiles');
  writeFileSync(file, lines.join('\n'));
  process.env['AWS_CONFIG_FILE'] = file;
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'none');
  process.env['AWS_ENDPOINT_URL_STS'] = aws.endpoint;
  const as = (name: string): Identity => {
    const options = { endpoint: aws.endpoint, region, profile: name, maxAttempts: 1 };
    return {
      dynamodb: new DynamoDBClient(options),
      streams: new DynamoDBStreamsClient(options),
      kms: new KMSClient(options),
      lambda: new LambdaClient(options),
      secrets: new SecretsManagerClient(options),
    };
  };
  return { root: as('root'), of: as };
}
