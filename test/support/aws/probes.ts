import {
  DeleteItemCommand,
  DeleteTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { GetFunctionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { TABLES, type TableKind, type TableNames } from '../../../adapters/dynamodb/tables.ts';
import type { Identity } from './identities.ts';

/** What can be done with a table. */
export const TABLE_DEEDS = ['get', 'query', 'scan', 'put', 'update', 'delete', 'drop'] as const;
type TableDeed = (typeof TABLE_DEEDS)[number];

/** What can be done beside the tables. */
export const OTHER_DEEDS = [
  'open what was sealed',
  'seal',
  'use the key of the tables',
  'read secrets',
  'change functions',
] as const;
type OtherDeed = (typeof OTHER_DEEDS)[number];

/** What somebody may do: per table, and beside the tables. */
export interface Rights {
  readonly tables: Readonly<Record<TableKind, readonly TableDeed[]>>;
  readonly other: readonly OtherDeed[];
}

/** What the probes are aimed at. */
export interface Aims {
  readonly tables: TableNames;
  readonly sealingKey: string;
  readonly tableKey: string;
  /** Context that the installation seals under. */
  readonly context: Readonly<Record<string, string>>;
  /** A function that exists. */
  readonly functionName: string;
}

type Attempt = () => Promise<unknown>;

/** Never true: a write that is allowed finds it false, and changes nothing. */
const NEVER = 'attribute_exists(pk) AND attribute_not_exists(pk)';
const Key = { pk: { S: 'probe' }, sk: { S: 'probe' } };

/** Tries everything with everything, and says what was not denied. `root` seals what the others try to open. */
export async function rightsOf(identity: Identity, root: Identity, aims: Aims): Promise<Rights> {
  const tables = {} as Record<TableKind, TableDeed[]>;
  for (const kind of TABLES) {
    tables[kind] = await allowed(TABLE_DEEDS, tableAttempts(identity, aims.tables[kind]));
  }
  return { tables, other: await allowed(OTHER_DEEDS, otherAttempts(identity, root, aims)) };
}

async function allowed<Deed extends string>(
  deeds: readonly Deed[],
  attempts: Readonly<Record<Deed, Attempt>>,
): Promise<Deed[]> {
  const found: Deed[] = [];
  for (const deed of deeds) if (await isAllowed(attempts[deed])) found.push(deed);
  return found;
}

/** Whether a call passed the policies; what else it failed of is another matter. */
async function isAllowed(attempt: Attempt): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'AccessDeniedException') return false;
    if (HARMLESS.has(name)) return true;
    throw error;
  }
}

/** How an allowed probe ends that was made to change nothing or to ask for what is not there. */
const HARMLESS = new Set([
  'ConditionalCheckFailedException',
  // Nobody deletes a protected table.
  'ValidationException',
  'ResourceNotFoundException',
]);

function tableAttempts({ dynamodb }: Identity, TableName: string): Record<TableDeed, Attempt> {
  const ExpressionAttributeValues = { ':pk': Key.pk };
  const condition = { ConditionExpression: NEVER };
  return {
    get: () => dynamodb.send(new GetItemCommand({ TableName, Key })),
    query: () =>
      dynamodb.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues,
        }),
      ),
    scan: () => dynamodb.send(new ScanCommand({ TableName, Limit: 1 })),
    put: () => dynamodb.send(new PutItemCommand({ TableName, Item: Key, ...condition })),
    update: () => dynamodb.send(new UpdateItemCommand({ TableName, Key, ...condition })),
    delete: () => dynamodb.send(new DeleteItemCommand({ TableName, Key, ...condition })),
    drop: () => dynamodb.send(new DeleteTableCommand({ TableName })),
  };
}

function otherAttempts(identity: Identity, root: Identity, aims: Aims): Record<OtherDeed, Attempt> {
  const { kms, secrets, lambda } = identity;
  const EncryptionContext = { ...aims.context };
  const open = (KeyId: string) => async () => {
    const Plaintext = new TextEncoder().encode('probe');
    const sealed = await root.kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const { CiphertextBlob } = sealed;
    await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  };
  const { functionName: FunctionName } = aims;
  return {
    'open what was sealed': open(aims.sealingKey),
    seal: () =>
      kms.send(
        new GenerateDataKeyCommand({
          KeyId: aims.sealingKey,
          KeySpec: 'AES_256',
          EncryptionContext,
        }),
      ),
    'use the key of the tables': open(aims.tableKey),
    'read secrets': () =>
      secrets.send(new GetSecretValueCommand({ SecretId: 'swarm-rehearsal-nothing' })),
    'change functions': async () => {
      const { Configuration } = await root.lambda.send(new GetFunctionCommand({ FunctionName }));
      const Description = Configuration?.Description ?? '';
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));
    },
  };
}
