import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stageInTransition, testInstallation } from './test-installation.ts';

const { serviceTemplate: template } = testInstallation(stageInTransition('prod'));

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All statements by the logical id of the role they are for. */
function statementsOf(from: Template): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const { Properties } of Object.values(from.findResources('AWS::IAM::Policy'))) {
    for (const role of Properties.Roles) {
      const before = found.get(role.Ref) ?? [];
      found.set(role.Ref, [...before, ...Properties.PolicyDocument.Statement]);
    }
  }
  return found;
}

const statements = statementsOf(template);
const actionsOf = (one: Statement) => [one.Action].flat();
const speaksOf = (one: Statement, what: string) => JSON.stringify(one.Resource).includes(what);

/** Roles that may do `action` to what is named `resource`. */
function whoMay(action: string, resource: string): string[] {
  return [...statements]
    .filter(([, list]) =>
      list.some(
        (one) =>
          one.Effect === 'Allow' && actionsOf(one).includes(action) && speaksOf(one, resource),
      ),
    )
    .map(([role]) => role.replace(/[0-9A-F]{8}$/, ''))
    .sort();
}

describe('who may do what', () => {
  it('lets only the worker and the participants API write the ledger, and nobody delete from it', () => {
    const writers = ['CaseApiParticipantsRole', 'WorkerRole'];
    expect(whoMay('dynamodb:PutItem', 'LedgerTable')).toEqual(writers);
    expect(whoMay('dynamodb:UpdateItem', 'LedgerTable')).toEqual(writers);
    expect(whoMay('dynamodb:PutItem', 'AuditTable')).toEqual(['CaseApiAdminRole', ...writers]);
    expect(whoMay('dynamodb:UpdateItem', 'AuditTable')).toEqual([]);
    for (const table of ['LedgerTable', 'AuditTable', 'AlertsTable', 'InboxTable']) {
      expect(whoMay('dynamodb:DeleteItem', table)).toEqual([]);
    }
  });

  it('has no action with a wildcard, and no resource with one where an action knows resources', () => {
    const withoutResources = new Set([
      'dynamodb:ListStreams',
      'ecr:GetAuthorizationToken',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    for (const one of [...statements.values()].flat()) {
      for (const action of actionsOf(one)) expect(action).not.toContain('*');
      if (actionsOf(one).every((action) => withoutResources.has(action))) continue;
      expect(JSON.stringify(one.Resource)).not.toContain('*');
    }
  });

  it('uses keys only through the tables, or for what was sealed in this network', () => {
    const unconditional = [...statements].flatMap(([role, list]) =>
      list
        .filter((one) => one.Condition === undefined)
        .filter((one) => actionsOf(one).some((action) => action.startsWith('kms:')))
        .map((one) => [role.slice(0, -8), actionsOf(one)]),
    );
    // The library's own statement for reading an encrypted stream: the platform polls it in the relay's name.
    expect(unconditional).toEqual([['AlertIntakeRelayRole', ['kms:Decrypt', 'kms:DescribeKey']]]);
  });

  it('opens secrets of sources only where alerts are received and notices are sent', () => {
    const openers = [...statements].filter(([, list]) =>
      list.some(
        (one) =>
          actionsOf(one).includes('kms:Decrypt') &&
          JSON.stringify(one.Condition ?? '').includes('"secret"'),
      ),
    );
    expect(openers.map(([role]) => role.slice(0, -8)).sort()).toEqual([
      'AlertIntakeReceiveAlertRole',
      'WorkerRole',
    ]);
  });

  const earlier = 'arn:aws:kms:eu-west-1:111122223333:key/earlier';
  const sealing = { keys: ['SealingKey', 'Second'], sealsWith: 'SealingKey', opensToo: [earlier] };
  const others = { ...stageInTransition('prod'), sealing };

  it('opens what another key sealed, and seals nothing with it', () => {
    for (const other of [earlier, 'Second']) opensOnly(other);
  });

  function opensOnly(other: string): void {
    const found = [...statementsOf(testInstallation(others).serviceTemplate).values()]
      .flat()
      .filter((one) => speaksOf(one, other));
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(actionsOf(one)).toEqual(['kms:Decrypt']);
      expect(one.Condition).toBeDefined();
    }
  }

  it('tells functions and worker of all keys that open', () => {
    const { serviceTemplate } = testInstallation(others);
    const told = JSON.stringify(serviceTemplate.toJSON()).split('"SEALING_KEYS_OLD"').length - 1;
    // Four functions that open something, and two builds of the worker.
    expect(told).toBe(4 + 2);
  });

  it('gives the credentials for Temporal only to who talks to it', () => {
    expect(whoMay('secretsmanager:GetSecretValue', 'TemporalCredentials')).toEqual([
      'AlertIntakeRedeliverRole',
      'AlertIntakeRelayRole',
      'CaseApiCasesRole',
      'WorkerRole',
    ]);
  });
});
