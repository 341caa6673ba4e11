export { caseSettlement } from './case-settlement.ts';
export { networkWatch } from './network-watch.ts';
export { readmission } from './readmission.ts';
export { violationCase } from './violation-case.ts';
export { withdrawal } from './withdrawal.ts';
