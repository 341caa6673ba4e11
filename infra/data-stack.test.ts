import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createTableInput, TABLES } from '../adapters/dynamodb/tables.ts';
import { shapeOf } from '../scripts/shape.ts';
import { DataStack } from './stacks/data-stack.ts';
import { stageOf } from './stages.ts';

const nothing = { temporalAddress: '', issuer: '', jwksUrl: '' };
const shape = shapeOf();

function dataTemplate(stageName: string): Template {
  const stage = stageOf(stageName, nothing);
  return Template.fromStack(new DataStack(new App(), `swarm-${stageName}-data`, { stage, shape }));
}

describe('the data stack', () => {
  const template = dataTemplate('prod');
  const tables = Object.values(template.findResources('AWS::DynamoDB::Table'));

  it.each(TABLES)('has the table %s as the code defines it', (kind) => {
    const name = `swarm-prod-${kind}`;
    const made = createTableInput(kind, name, true);
    const sorted = [...(made.AttributeDefinitions ?? [])];
    const [table] = tables.filter(({ Properties }) => Properties.TableName === name);
    expect(table?.Properties.KeySchema).toEqual(made.KeySchema);
    expect(new Set(table?.Properties.AttributeDefinitions)).toEqual(new Set(sorted));
    expect(table?.Properties.GlobalSecondaryIndexes).toEqual(made.GlobalSecondaryIndexes);
    expect(table?.Properties.BillingMode).toBe('PAY_PER_REQUEST');
    expect(table?.Properties.StreamSpecification?.StreamViewType).toBe(
      made.StreamSpecification?.StreamViewType,
    );
  });

  it('keeps, recovers and encrypts every table', () => {
    expect(tables).toHaveLength(TABLES.length);
    template.allResourcesProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
    });
    template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('keeps and rotates its keys', () => {
    template.resourceCountIs('AWS::KMS::Key', 2);
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain' });
    template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('lets only items that may expire expire', () => {
    const expiring = tables.filter(({ Properties }) => Properties.TimeToLiveSpecification);
    expect(expiring.map(({ Properties }) => Properties.TableName)).toEqual(['swarm-prod-inbox']);
  });

  it('cannot be deleted by mistake', () => {
    const stage = stageOf('prod', nothing);
    expect(new DataStack(new App(), 'it', { stage, shape }).terminationProtection).toBe(true);
  });

  // A changed logical id is a new, empty resource beside the old one: change this list only together with a plan to move the data.
  it('names what has state by the same logical ids for ever', () => {
    const stateful = ['AWS::DynamoDB::Table', 'AWS::KMS::Key'];
    const ids = stateful.flatMap((type) => Object.keys(template.findResources(type)));
    expect(ids.sort()).toMatchInlineSnapshot(`
      [
        "SealingKey98C9818D",
        "StakeLedgerAlertsTableD5F46225",
        "StakeLedgerAuditTable88F9E846",
        "StakeLedgerInboxTable6CA5CB4E",
        "StakeLedgerKey5BD72ACF",
        "StakeLedgerLedgerTable7A483B7B",
        "StakeLedgerRegistryTable5AEA1DF5",
      ]
    `);
  });
});

describe('a stage', () => {
  it('is known, or the answer names those that are', () => {
    expect(() => stageOf('production', nothing)).toThrow('use dev, prod or rehearsal');
  });
});
