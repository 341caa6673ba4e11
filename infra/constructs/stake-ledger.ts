import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Shape, TableKind, TableShape } from '../shape.ts';

/** What the tables are made from. */
export interface StakeLedgerProps {
  readonly shape: Shape;
  readonly tablePrefix: string;
}

/** Tables that only grow: what was booked and decided is corrected by a further entry, never taken away. */
const APPEND_ONLY: ReadonlySet<TableKind> = new Set(['ledger', 'audit']);

/**
 * The five tables, and the key that they are encrypted with. They outlive every stack: nothing that deploys may take
 * stake, evidence or decisions with it.
 */
export class StakeLedger extends Construct {
  readonly tables: Readonly<Record<TableKind, Table>>;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: StakeLedgerProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Tables of the enforcement system',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const table = (kind: TableKind) =>
      this.table(kind, `${props.tablePrefix}${kind}`, props.shape.tables[kind]);
    this.tables = {
      alerts: table('alerts'),
      inbox: table('inbox'),
      registry: table('registry'),
      ledger: table('ledger'),
      audit: table('audit'),
    };
  }

  private table(kind: TableKind, tableName: string, shape: TableShape): Table {
    const table = new Table(this, `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Table`, {
      // The functions find the tables by prefix and kind, here as on one machine.
      tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(shape.stream && { stream: StreamViewType.NEW_IMAGE }),
      ...(shape.expiry !== null && { timeToLiveAttribute: shape.expiry }),
      ...(APPEND_ONLY.has(kind) && { resourcePolicy: nobodyMayDelete() }),
    });
    for (const index of shape.indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partition, type: AttributeType.STRING },
        sortKey: { name: index.sort, type: AttributeType.NUMBER },
      });
    }
    return table;
  }
}

/** Whoever asks, an administrator included, and whatever their own policies allow. */
function nobodyMayDelete(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'NobodyMayDelete',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        // Batches may hold deletions and cannot be told apart; nothing here writes by batches.
        actions: ['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem', 'dynamodb:PartiQLDelete'],
        resources: ['*'],
      }),
    ],
  });
}
