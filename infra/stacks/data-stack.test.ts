import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createTableInput, TABLES } from '../../adapters/dynamodb/tables.ts';
import { stageOf } from '../stages.ts';
import { CONTEXT, stageInTransition, testInstallation } from '../test-installation.ts';

const { data, dataTemplate: template } = testInstallation(stageInTransition('prod'));

describe('the data stack', () => {
  const tables = Object.values(template.findResources('AWS::DynamoDB::Table'));
  const tableOf = (kind: string) =>
    tables.find(({ Properties }) => Properties.TableName === `swarm-prod-${kind}`)?.Properties;

  it.each(TABLES)('has the table %s as the code defines it', (kind) => {
    const made = createTableInput(kind, `swarm-prod-${kind}`, true);
    const table = tableOf(kind);
    expect(table?.KeySchema).toEqual(made.KeySchema);
    expect(new Set(table?.AttributeDefinitions)).toEqual(new Set(made.AttributeDefinitions));
    expect(table?.GlobalSecondaryIndexes).toEqual(made.GlobalSecondaryIndexes);
    expect(table?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(table?.StreamSpecification?.StreamViewType).toBe(
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

  it('lets nobody delete from ledger and audit, whatever their own policies say', () => {
    for (const kind of TABLES) {
      const [statement] = tableOf(kind)?.ResourcePolicy?.PolicyDocument.Statement ?? [];
      const isAppendOnly = kind === 'ledger' || kind === 'audit';
      expect(statement?.Effect).toBe(isAppendOnly ? 'Deny' : undefined);
      if (!isAppendOnly) continue;
      expect(statement.Principal).toEqual({ AWS: '*' });
      expect(statement.Action).toContain('dynamodb:DeleteItem');
      expect(statement.Action).toContain('dynamodb:BatchWriteItem');
    }
  });

  it('keeps and rotates its keys', () => {
    template.resourceCountIs('AWS::KMS::Key', 3);
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain' });
    template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('adds a sealing key beside the others, and leaves each where it is', () => {
    const sealing = { keys: ['SealingKey', 'Second'], sealsWith: 'Second', opensToo: [] };
    const { dataTemplate } = testInstallation({ ...stageOf('prod', CONTEXT), sealing });
    const ids = Object.keys(dataTemplate.findResources('AWS::KMS::Key'));
    expect(ids).toEqual(
      expect.arrayContaining(Object.keys(template.findResources('AWS::KMS::Key'))),
    );
    const [added] = ids.filter((id) => id.startsWith('Second'));
    dataTemplate.hasOutput('SealingKeyArn', { Value: { 'Fn::GetAtt': [added, 'Arn'] } });
    const unknown = { ...sealing, sealsWith: 'Third' };
    expect(() => testInstallation({ ...stageOf('prod', CONTEXT), sealing: unknown })).toThrow(
      'must be one of SealingKey, Second',
    );
  });

  it('makes no table before the people, whose sign-in page may be refused', () => {
    const [domain] = Object.keys(template.findResources('AWS::Cognito::UserPoolDomain'));
    expect(domain).toBeDefined();
    for (const { DependsOn } of tables) expect(DependsOn).toContain(domain);
    template.hasResourceProperties('AWS::Cognito::UserPoolDomain', {
      Domain: { 'Fn::Join': ['', ['swarm-prod-', { Ref: 'AWS::AccountId' }]] },
    });
  });

  it('keeps the credentials for Temporal under a key of their own, and every build of the worker', () => {
    template.allResources('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain' });
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TemporalKey'), 'Arn'] },
    });
    template.hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Retain',
      Properties: { ImageTagMutability: 'IMMUTABLE' },
    });
  });

  it('keeps the people of a network without an issuer of its own, who come only by invitation', () => {
    template.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: {
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        MfaConfiguration: 'ON',
        DeletionProtection: 'ACTIVE',
      },
    });
    const [client] = Object.values(template.findResources('AWS::Cognito::UserPoolClient'));
    expect(client?.Properties.WriteAttributes).toEqual(['email']);
    expect(client?.Properties.GenerateSecret).not.toBe(true);
  });

  it('keeps snapshots of production that nobody can remove early', () => {
    template.hasResourceProperties('AWS::Backup::BackupVault', {
      LockConfiguration: { MinRetentionDays: 30 },
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      ManagedPolicyArns: ['Backup', 'Restores'].map((what) => ({
        'Fn::Join': [
          '',
          Match.arrayWith([Match.stringLikeRegexp(`AWSBackupServiceRolePolicyFor${what}$`)]),
        ],
      })),
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ],
      },
    });
    const dev = testInstallation(stageOf('dev', CONTEXT));
    dev.dataTemplate.resourceCountIs('AWS::Backup::BackupPlan', 0);
  });

  it('lets only items that may expire expire', () => {
    const expiring = tables.filter(({ Properties }) => Properties.TimeToLiveSpecification);
    expect(expiring.map(({ Properties }) => Properties.TableName)).toEqual(['swarm-prod-inbox']);
  });

  it('cannot be deleted by mistake', () => {
    expect(data.terminationProtection).toBe(true);
  });

  // A changed logical id is a new, empty resource beside the old one: change this list only together with a plan to move the data.
  it('names what has state by the same logical ids for ever', () => {
    const stateful = [
      'AWS::DynamoDB::Table',
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
      'AWS::ECR::Repository',
      'AWS::Backup::BackupVault',
      'AWS::Cognito::UserPool',
    ];
    const ids = stateful.flatMap((type) => Object.keys(template.findResources(type)));
    expect(ids.sort()).toMatchInlineSnapshot(`
      [
        "BackupsVault1F11AFCC",
        "PeoplePoolC64A4D1E",
        "SealingKey98C9818D",
        "StakeLedgerAlertsTableD5F46225",
        "StakeLedgerAuditTable88F9E846",
        "StakeLedgerInboxTable6CA5CB4E",
        "StakeLedgerKey5BD72ACF",
        "StakeLedgerLedgerTable7A483B7B",
        "StakeLedgerRegistryTable5AEA1DF5",
        "TemporalCredentials01A0504B",
        "TemporalKey18EBE5CB",
        "WorkerBuildsB018EDFF",
      ]
    `);
  });

  it('is what was reviewed', () => {
    expect(template.toJSON()).toMatchSnapshot();
  });
});

describe('a stage', () => {
  it('is known, or the answer names those that are', () => {
    expect(() => stageOf('production', CONTEXT)).toThrow('use dev, prod or rehearsal');
  });
});
