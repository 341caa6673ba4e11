import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { grantRights, type Rights } from '../rights.ts';
import type { FunctionSurroundings } from './edge-function.ts';

/** The steps of cases: they read evidence, decide, and write money, sanctions, notices and records in one transaction. */
export const WORKER_RIGHTS: Rights = {
  tables: {
    alerts: ['read', 'put', 'update'],
    // What came after a case's end goes back.
    inbox: ['read', 'put', 'update'],
    // A case that ends gives its slot back.
    registry: ['read', 'put', 'update', 'delete'],
    ledger: ['read', 'put', 'update'],
    audit: ['read', 'put'],
  },
  opens: ['payload', 'secret'],
  seals: ['payload'],
  reachesTemporal: true,
};

/** The worker's role: there too where its containers run elsewhere. */
export class WorkerRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, around: FunctionSurroundings) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'Role of the worker: the steps of cases',
    });
    grantRights(this.role, around, WORKER_RIGHTS);
  }
}
