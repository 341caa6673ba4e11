export { caseSettlement } from './case-settlement.ts';
export { violationCase } from './violation-case.ts';
