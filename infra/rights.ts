import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { TableKind } from './shape.ts';

/** What may be done with one table. */
export type TableRight = 'read' | 'put' | 'update' | 'delete';

/** What a sealed text is for; part of its context, so a right to open one kind opens no other. */
export type SealPurpose = 'payload' | 'secret';

/** All that a function or the worker may do; nothing that is not named. */
export interface Rights {
  readonly tables: Readonly<Partial<Record<TableKind, readonly TableRight[]>>>;
  /** What it opens and seals with the sealing key. */
  readonly opens?: readonly SealPurpose[];
  readonly seals?: readonly SealPurpose[];
  /** Reads the credentials for Temporal. */
  readonly reachesTemporal?: boolean;
}

/** The credentials for Temporal, and the key that they are encrypted with. */
export interface TemporalAccess {
  readonly secret: Secret;
  readonly key: Key;
}

/** ARNs of the keys that payloads and secrets are sealed with. */
export interface SealingKeys {
  /** The one that seals now. */
  readonly present: string;
  /** Those that sealed before, or will: what they sealed is opened. */
  readonly others: readonly string[];
}

/** What rights are rights to. */
export interface RightsSurroundings {
  readonly networkId: string;
  readonly tables: Readonly<Record<TableKind, Table>>;
  /** Names of each table's indexes. */
  readonly indexes: Readonly<Record<TableKind, readonly string[]>>;
  readonly tableKey: Key;
  readonly sealing: SealingKeys;
  readonly temporalAccess: TemporalAccess | null;
}

/** DynamoDB's actions behind each right; a transaction asks for the rights of the writes in it. */
const ACTIONS: Readonly<Record<TableRight, readonly string[]>> = {
  read: ['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem'],
  put: ['PutItem'],
  update: ['UpdateItem'],
  delete: ['DeleteItem'],
};

/** What a table encrypted with a key of ours asks of who reads, and beside that of who writes. */
const KEY_TO_READ = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_TO_WRITE = [
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** The same keys, as functions and worker are told of them. */
export function sealingEnvironment({ sealing }: RightsSurroundings): Record<string, string> {
  const { present, others } = sealing;
  return {
    SEALING_KEY: present,
    ...(others.length > 0 && { SEALING_KEYS_OLD: others.join(',') }),
  };
}

/** Gives a role its rights, statement by statement and without wildcards of actions. */
export function grantRights(role: Role, around: RightsSurroundings, rights: Rights): void {
  const tables = Object.entries(rights.tables) as [TableKind, readonly TableRight[]][];
  for (const [kind, granted] of tables) grantTable(role, around, kind, granted);
  if (tables.length > 0) {
    const writes = tables.some(([, granted]) => granted.some((right) => right !== 'read'));
    grantTableKey(role, around, writes);
  }
  const { present, others } = around.sealing;
  grantSealing(role, around, ['kms:Decrypt'], [present, ...others], rights.opens ?? []);
  grantSealing(role, around, ['kms:GenerateDataKey'], [present], rights.seals ?? []);
  if (rights.reachesTemporal === true && around.temporalAccess !== null) {
    grantTemporalSecret(role, around.temporalAccess);
  }
}

function grantTable(
  role: Role,
  around: RightsSurroundings,
  kind: TableKind,
  granted: readonly TableRight[],
): void {
  const { tableArn } = around.tables[kind];
  const indexes = granted.includes('read') ? around.indexes[kind] : [];
  role.addToPolicy(
    new PolicyStatement({
      actions: granted.flatMap((right) => ACTIONS[right].map((action) => `dynamodb:${action}`)),
      resources: [tableArn, ...indexes.map((name) => `${tableArn}/index/${name}`)],
    }),
  );
}

function grantTableKey(role: Role, around: RightsSurroundings, writes: boolean): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [...KEY_TO_READ, ...(writes ? KEY_TO_WRITE : [])],
      resources: [around.tableKey.keyArn],
      // The key serves only through the tables, never by itself. The relay's role has Decrypt and DescribeKey without this condition
      // beside it: the library gives them to who reads an encrypted stream.
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(role).region}.amazonaws.com` },
      },
    }),
  );
}

function grantSealing(
  role: Role,
  around: RightsSurroundings,
  actions: string[],
  keys: string[],
  purposes: readonly SealPurpose[],
): void {
  if (purposes.length === 0) return;
  role.addToPolicy(
    new PolicyStatement({
      actions,
      resources: keys,
      conditions: {
        StringEquals: {
          'kms:EncryptionContext:network': around.networkId,
          'kms:EncryptionContext:purpose': [...purposes],
        },
      },
    }),
  );
}

function grantTemporalSecret(role: Role, { secret, key }: TemporalAccess): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secret.secretArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': `secretsmanager.${Stack.of(role).region}.amazonaws.com`,
        },
      },
    }),
  );
}
