import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  type FunctionConfiguration,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Installation, SERVICE_STACK } from './installation.ts';
import { writeProfiles } from './profiles.ts';

/** Somebody who calls AWS: the account's root, or a function or the worker by its role. */
export interface Identity {
  readonly dynamodb: DynamoDBClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly secrets: SecretsManagerClient;
}

/** A deployed function, by the name that the project gives it. */
export type DeployedFunctions = Readonly<Record<string, FunctionConfiguration>>;

/** All functions of an installation by name. */
export async function deployedFunctions(): Promise<DeployedFunctions> {
  const lambda = new LambdaClient({});
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  lambda.destroy();
  return Object.fromEntries(
    Functions.map((it) => [it.Environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] ?? '', it]),
  );
}

/** Clients that call as each function and the worker by their own roles, and as `root`. */
export function identitiesOf(
  { folder, outputs }: Installation,
  functions: DeployedFunctions,
): (name: string) => Identity {
  const roles = {
    worker: outputs[SERVICE_STACK]?.['WorkerRole'] ?? '',
    ...Object.fromEntries(Object.entries(functions).map(([name, { Role }]) => [name, Role ?? ''])),
  };
  Object.assign(process.env, writeProfiles(folder, roles));
  return (profile) => ({
    dynamodb: new DynamoDBClient({ profile, maxAttempts: 1 }),
    kms: new KMSClient({ profile, maxAttempts: 1 }),
    lambda: new LambdaClient({ profile, maxAttempts: 1 }),
    secrets: new SecretsManagerClient({ profile, maxAttempts: 1 }),
  });
}
